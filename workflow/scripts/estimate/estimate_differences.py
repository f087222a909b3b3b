"""Online against teacher-directed classes: the contrasts a study declares."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from recredit.estimators.analysis import read_analysis
from recredit.estimators.differences import Contrast, difference_base, fit_differences
from recredit.estimators.exact import exact_table, made_table, write_exact
from recredit.estimators.layouts import difference_layout
from recredit.estimators.specifications import SPECIFICATIONS


def main(
    cohort: Path,
    measures: Path,
    table: Path,
    made: Path,
    base: Path,
    contrasts: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
    tables: Sequence[str],
) -> None:
    # Survey scales are no part of the analysis table: their contrasts stand in `impacts`.
    declared = [one for one in map(Contrast.from_settings, contrasts) if one.scale is None]
    frame = read_analysis(cohort, measures, settings)
    rows, list_made, uses = fit_differences(frame, declared, tables)
    marks, definitions = difference_base(declared, uses, settings["labels"])
    specification = replace(SPECIFICATIONS["differences"], layout=difference_layout(definitions))
    write_exact(exact_table(rows, specification), specification, table)
    made_table(list_made).to_parquet(made, index=False)
    marks.to_parquet(base, index=False)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            cohort=Path(snakemake.input.cohort),
            measures=Path(snakemake.input.measures),
            table=Path(snakemake.output.table),
            made=Path(snakemake.output.made),
            base=Path(snakemake.output.base),
            contrasts=snakemake.params.contrasts,
            settings=snakemake.params.cohort,
            tables=snakemake.params.tables,
        )
