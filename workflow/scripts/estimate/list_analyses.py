"""What was analysed, what could not be and why, and what the study leaves out of its release."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from recredit.disclosure.specification import TableSpecification
from recredit.estimators.exact import all_analyses, write_exact
from recredit.estimators.specifications import SPECIFICATIONS


def main(made: Sequence[Path], left_out: Sequence[str], described: Mapping[str, Path], table: Path) -> None:
    found = {name: TableSpecification.from_json(path.read_text(encoding="utf-8")) for name, path in described.items()}
    listed = all_analyses([pd.read_parquet(path) for path in made], left_out, found)
    write_exact(listed, SPECIFICATIONS["analyses"], table)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            made=[Path(path) for path in snakemake.input.made],
            left_out=snakemake.params.left_out,
            described={Path(path).stem: Path(path) for path in snakemake.input.described},
            table=Path(snakemake.output.table),
        )
