"""Online against teacher-directed classes: differences, how sure they are, and what judges them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.effects.estimate import Inputs, estimate_effects
from recredit.effects.impacts import Draws
from recredit.effects.plan import Plan
from recredit.estimators.analysis import read_analysis, read_plain
from recredit.estimators.differences import Contrast
from recredit.estimators.exact import made_table, write_exact


def main(
    cohort: Path,
    measures: Path,
    enrollments: Path,
    survey: Path | None,
    folder: Path,
    made: Path,
    base: Path,
    contrasts: Sequence[Mapping[str, Any]],
    plan: Mapping[str, Any],
    draws: Draws,
    settings: Mapping[str, Any],
    tables: Sequence[str],
    school_blocks: bool = False,
) -> None:
    frame = read_analysis(cohort, measures, settings)
    answers = None if survey is None else read_plain(survey)
    inputs = Inputs(frame, answers, read_plain(enrollments), tables, settings["labels"], school_blocks)
    declared = [Contrast.from_settings(entry) for entry in contrasts]
    found = estimate_effects(inputs, declared, Plan.from_settings(plan), draws)
    for name, table in found.tables.items():
        write_exact(table, found.specifications[name], folder / f"{name}.parquet")
    made_table(found.made).to_parquet(made, index=False)
    found.base.to_parquet(base, index=False)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            cohort=Path(snakemake.input.cohort),
            measures=Path(snakemake.input.measures),
            enrollments=Path(snakemake.input.enrollments),
            survey=Path(snakemake.input.survey[0]) if snakemake.input.survey else None,
            folder=Path(snakemake.output.tables[0]).parent,
            made=Path(snakemake.output.made),
            base=Path(snakemake.output.base),
            contrasts=snakemake.params.contrasts,
            plan=snakemake.params.plan,
            draws=Draws(snakemake.params.seed, *snakemake.params.draws),
            settings=snakemake.params.cohort,
            tables=snakemake.params.tables,
            school_blocks=snakemake.params.school == "block",
        )
