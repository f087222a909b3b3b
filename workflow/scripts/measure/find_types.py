"""Types of user, found in the measures of everybody in the log."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recredit.estimators.analysis import read_plain
from recredit.measures.typology.find import Choice, find_types


def main(online: Path, types: Path, fits: Path, typology: Mapping[str, Any], seed: int) -> None:
    found = find_types(read_plain(online), Choice.from_settings(typology, seed))
    found.types.to_parquet(types, index=False)
    found.fits.to_parquet(fits, index=False)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            online=Path(snakemake.input.online),
            types=Path(snakemake.output.types),
            fits=Path(snakemake.output.fits),
            typology=snakemake.params.typology,
            seed=snakemake.params.seed,
        )
