"""Measure how alike the students of the coded tables are, and list the files that may be handed over."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from recredit.contract import load_contract
from recredit.deidentify.handover import handover_json
from recredit.deidentify.risk_report import risk_figures, risk_page, risks, risky_rows, tells_of_people
from recredit.vault import private_files


def main(
    tables: Sequence[Path],
    files: Sequence[Path],
    contract: Path,
    minimum: int,
    settings: Mapping[str, Any],
    output: Path,
    listed: Path,
) -> None:
    """Write `output` (JSON) with a table and a page beside it, and the list of `files` to `listed`."""
    rules = load_contract(contract)
    found = risks({path.stem: pd.read_parquet(path) for path in tables if tells_of_people(rules[path.stem])}, rules)
    figures = risk_figures(found, minimum)
    with private_files():
        output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        output.with_suffix(".md").write_text(risk_page(figures), encoding="utf-8")
        risky_rows(found, minimum).to_parquet(output.with_suffix(".parquet"), index=False)
        listed.write_text(handover_json(listed.parent, files, settings), encoding="utf-8")


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            tables=[Path(path) for path in snakemake.input.tables],
            files=[Path(path) for path in (*snakemake.input.tables, *snakemake.input.files, *snakemake.input.clicks)],
            contract=Path(snakemake.input.contract[0]).parent,
            minimum=snakemake.params.minimum,
            settings=snakemake.params.settings,
            output=Path(snakemake.output.risk[0]),
            listed=Path(snakemake.output.listed),
        )
