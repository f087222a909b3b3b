"""Protect all exact tables of the study together and write them as CSV with their sidecars."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.disclosure.fall_back import protect_or_fall_back
from recredit.disclosure.files import csv_text
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.sidecar import sidecar_json
from recredit.disclosure.surroundings import read_release


def main(
    sources: Sequence[Path],
    outputs: Sequence[Path],
    disclosure: Mapping[str, Any],
    bases: Sequence[Path],
    known: Mapping[str, Path],
    registry: Path,
    exact_cells: Path,
) -> None:
    """Write `outputs` (one CSV per released table), a sidecar beside each, and whether declared cells are exact."""
    rules = DisclosureRules.from_settings(disclosure)
    # All or nothing: no file is written before every table has passed.
    release, released = protect_or_fall_back(read_release(sources, bases, disclosure, known, registry), rules)
    for output in outputs:
        spec = release.tables[output.stem].specification
        output.write_text(csv_text(released[output.stem]), encoding="utf-8", newline="")
        output.with_suffix(".json").write_text(sidecar_json(spec, rules), encoding="utf-8", newline="")
    exact_cells.write_text(json.dumps({"verdict": release.declared.verdict}) + "\n", encoding="utf-8", newline="")


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            sources=[Path(path) for path in snakemake.input.tables],
            outputs=[Path(path) for path in snakemake.output.tables],
            disclosure=snakemake.params.disclosure,
            bases=[Path(path) for path in snakemake.input.bases],
            known={Path(path).stem: Path(path) for path in snakemake.input.known},
            registry=Path(snakemake.params.registry),
            exact_cells=Path(snakemake.output.exact_cells),
        )
