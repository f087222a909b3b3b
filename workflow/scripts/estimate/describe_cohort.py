"""Descriptive tables: flow, students, outcomes, engagement, reasons, quality. Exact, not yet public."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.estimators.analysis import read_analysis, read_plain
from recredit.estimators.bases import enrollment_base
from recredit.estimators.describe import describe
from recredit.estimators.descriptive import Words
from recredit.estimators.exact import made_table, write_exact
from recredit.estimators.specifications import SPECIFICATIONS


def main(
    cohort: Path,
    flow: Path,
    flow_rows: Path,
    measures: Path,
    quality: Path,
    folder: Path,
    made: Path,
    base: Path,
    settings: Mapping[str, Any],
    minimum_minutes: float,
    tables: Sequence[str],
) -> None:
    words = Words(settings["labels"], minimum_minutes)
    frame = read_analysis(cohort, measures, settings)
    described, list_made = describe(frame, read_plain(flow), read_plain(quality), words, tables)
    for name, table in described.items():
        write_exact(table, SPECIFICATIONS[name], folder / f"{name}.parquet")
    made_table(list_made).to_parquet(made, index=False)
    enrollment_base(read_plain(flow_rows), frame, words).to_parquet(base, index=False)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            cohort=Path(snakemake.input.cohort),
            flow=Path(snakemake.input.flow),
            flow_rows=Path(snakemake.input.flow_rows),
            measures=Path(snakemake.input.measures),
            quality=Path(snakemake.input.quality),
            folder=Path(snakemake.output.tables[0]).parent,
            made=Path(snakemake.output.made),
            base=Path(snakemake.output.base),
            settings=snakemake.params.cohort,
            minimum_minutes=snakemake.params.minimum_minutes,
            tables=snakemake.params.tables,
        )
