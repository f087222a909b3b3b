"""What goes with grades, completion and passing: the regressions a study declares."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from recredit.associations.specification_curve import SPECIFICATION_CURVE, curve_rows
from recredit.estimators.analysis import read_analysis
from recredit.estimators.associations import Model, association_base, fit_associations
from recredit.estimators.exact import exact_table, made_table, write_exact
from recredit.estimators.layouts import association_layout
from recredit.estimators.specifications import SPECIFICATIONS


def main(
    cohort: Path,
    measures: Path,
    table: Path,
    curve: Path,
    made: Path,
    base: Path,
    models: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
    tables: Sequence[str],
) -> None:
    declared = [Model.from_settings(entry) for entry in models]
    frame = read_analysis(cohort, measures, settings)
    rows, list_made, uses = fit_associations(frame, declared, settings["labels"], tables)
    marks, definitions = association_base(uses)
    specification = replace(SPECIFICATIONS["associations"], layout=association_layout(definitions))
    write_exact(exact_table(rows, specification), specification, table)
    choices = list(curve_rows(frame, declared, settings["labels"], tables))
    write_exact(exact_table(choices, SPECIFICATION_CURVE), SPECIFICATION_CURVE, curve)
    made_table(list_made).to_parquet(made, index=False)
    marks.to_parquet(base, index=False)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            cohort=Path(snakemake.input.cohort),
            measures=Path(snakemake.input.measures),
            table=Path(snakemake.output.table),
            curve=Path(snakemake.output.curve),
            made=Path(snakemake.output.made),
            base=Path(snakemake.output.base),
            models=snakemake.params.models,
            settings=snakemake.params.cohort,
            tables=snakemake.params.tables,
        )
