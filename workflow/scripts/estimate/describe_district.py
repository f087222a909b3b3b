"""The students in the study beside those of the study schools and of the whole district."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recredit.context.describe import describe_district
from recredit.context.specification import STUDY_SCHOOLS
from recredit.context.study_schools import Limits
from recredit.estimators.analysis import read_analysis
from recredit.estimators.exact import made_table, write_exact


def main(
    cohort: Path,
    measures: Path,
    files: Mapping[str, Path],
    table: Path,
    made: Path,
    base: Path,
    settings: Mapping[str, Any],
    limits: Limits,
) -> None:
    analysed = read_analysis(cohort, measures, settings)
    exact, counted, one = describe_district(analysed, files, settings["labels"], limits)
    write_exact(exact, STUDY_SCHOOLS, table)
    counted.to_parquet(base, index=False)
    made_table([one]).to_parquet(made, index=False)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            cohort=Path(snakemake.input.cohort),
            measures=Path(snakemake.input.measures),
            files={Path(path).stem: Path(path) for path in snakemake.input.tables},
            table=Path(snakemake.output.table),
            made=Path(snakemake.output.made),
            base=Path(snakemake.output.base),
            settings=snakemake.params.cohort,
            limits=Limits(**snakemake.params.limits),
        )
