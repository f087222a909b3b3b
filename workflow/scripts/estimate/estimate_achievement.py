"""Online credits beside test scores, credits earned, grades and graduation, in a panel of students and years."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from recredit.achievement.estimate import estimate_achievement
from recredit.achievement.specifications import ACHIEVEMENT_SPECIFICATIONS
from recredit.estimators.exact import made_table, write_exact


def main(files: Mapping[str, Path], online_modes: Sequence[str], folder: Path, made: Path) -> None:
    tables, list_made = estimate_achievement(files, online_modes)
    for name, table in tables.items():
        write_exact(table, ACHIEVEMENT_SPECIFICATIONS[name], folder / f"{name}.parquet")
    made_table(list_made).to_parquet(made, index=False)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            files={Path(path).stem: Path(path) for path in snakemake.input.tables},
            online_modes=snakemake.params.online_modes,
            folder=Path(snakemake.output.tables[0]).parent,
            made=Path(snakemake.output.made),
        )
