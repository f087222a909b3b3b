"""Simulate a district: raw files as a district hands them over, and the truth behind them."""

from pathlib import Path

from recredit.configuration import read_yaml
from recredit.errors import ConfigurationError
from simulator.reading import SettingsError, read_settings
from simulator.truth import write_district


def main(settings: Path, raw: Path, truth: Path, students: Path, seed: int, cores: int) -> None:
    """Write the raw files of the district in file ``settings`` below ``raw``, and its truth to two files."""
    try:
        district = read_settings(read_yaml(settings))
    except SettingsError as error:
        raise ConfigurationError(f"{settings}: {error}") from error
    write_district(district, seed, raw, truth, students, cores)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            settings=Path(snakemake.input.settings),
            raw=Path(snakemake.output.files[0]).parent.parent,
            truth=Path(snakemake.output.truth),
            students=Path(snakemake.output.students),
            seed=snakemake.params.seed,
            cores=snakemake.threads,
        )
