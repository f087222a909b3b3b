"""Types of user, efficiency by school year, and what hangs on the definition of idle time."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from recredit.estimators.analysis import read_plain
from recredit.estimators.exact import made_table, write_exact
from recredit.estimators.log_frame import read_log
from recredit.estimators.type_outcomes import Resampling
from recredit.estimators.type_tables import describe_types


def main(
    files: Mapping[str, Path],
    clicks: Sequence[Path],
    fits: Path,
    folder: Path,
    made: Path,
    base: Path,
    thresholds: Sequence[float],
    resampling: Resampling,
    minimum_minutes: float,
) -> None:
    frame, ratings = read_log(files, clicks, thresholds)
    found = describe_types(frame, ratings, read_plain(fits), thresholds, resampling, minimum_minutes)
    for name, table in found.tables.items():
        write_exact(table, found.specifications[name], folder / f"{name}.parquet")
    made_table(found.made).to_parquet(made, index=False)
    found.base.to_parquet(base, index=False)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            files={Path(path).stem: Path(path) for path in snakemake.input.files},
            clicks=[Path(path) for path in snakemake.input.clicks],
            fits=Path(snakemake.input.fits),
            folder=Path(snakemake.output.tables[0]).parent,
            made=Path(snakemake.output.made),
            base=Path(snakemake.output.base),
            thresholds=snakemake.params.measures["idle_thresholds_minutes"],
            resampling=Resampling(snakemake.params.draws, snakemake.params.seed),
            minimum_minutes=snakemake.params.measures["minimum_minutes"],
        )
