"""Protect all exact tables of the study together and write them as CSV with their sidecars."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.disclosure.files import csv_text
from recredit.disclosure.protection import protect_release
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
) -> None:
    """Write `outputs` (one CSV per source, in the same order) and a sidecar beside each."""
    rules = DisclosureRules.from_settings(disclosure)
    release = read_release(sources, bases, disclosure, known, registry)
    # All or nothing: no file is written before every table has passed.
    released = protect_release(release.tables, rules, release.around)
    for source, output in zip(sources, outputs, strict=True):
        spec = release.tables[source.stem].specification
        output.write_text(csv_text(released[source.stem]), encoding="utf-8", newline="")
        output.with_suffix(".json").write_text(sidecar_json(spec, rules), encoding="utf-8", newline="")


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
        )
