"""What was analysed, and what could not be and why."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from recredit.estimators.exact import write_exact
from recredit.estimators.specifications import SPECIFICATIONS


def main(made: Sequence[Path], table: Path) -> None:
    analyses = pd.concat([pd.read_parquet(path) for path in made], ignore_index=True)
    write_exact(analyses, SPECIFICATIONS["analyses"], table)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(made=[Path(path) for path in snakemake.input.made], table=Path(snakemake.output.table))
