"""What goes with grades, completion and passing: the regressions a study declares, on its cohort and on the log."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.associations.estimate import Inputs, estimate_associations
from recredit.associations.log import read_log_analysis
from recredit.estimators.analysis import read_analysis
from recredit.estimators.associations import Model
from recredit.estimators.exact import made_table, write_exact


def main(
    cohort: Path,
    measures: Path,
    log: Mapping[str, Path],
    weeks: Sequence[Path],
    folder: Path,
    made: Path,
    models: Sequence[Mapping[str, Any]],
    settings: Mapping[str, Any],
    tables: Sequence[str],
    definition: str,
) -> None:
    declared = [Model.from_settings(entry) for entry in models]
    frames = {"cohort": read_analysis(cohort, measures, settings)}
    if any(model.population == "log" for model in declared):
        frames["log"] = read_log_analysis(log, weeks, settings["labels"])
    found = estimate_associations(Inputs(frames, settings["labels"], tables, definition), declared)
    for name, table in found.tables.items():
        write_exact(table, found.specifications[name], folder / f"{name}.parquet")
    for name, base in found.bases.items():
        base.to_parquet(folder / "bases" / name / "estimate_associations.parquet", index=False)
    made_table(found.made).to_parquet(made, index=False)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            cohort=Path(snakemake.input.cohort),
            measures=Path(snakemake.input.measures),
            log={Path(path).stem: Path(path) for path in snakemake.input.log},
            weeks=[Path(path) for path in snakemake.input.weeks],
            folder=Path(snakemake.output.tables[0]).parent,
            made=Path(snakemake.output.made),
            models=snakemake.params.models,
            settings=snakemake.params.cohort,
            tables=snakemake.params.tables,
            definition=snakemake.params.definition,
        )
