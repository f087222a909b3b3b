"""Hold every released cell against the rules, attack all tables together, and write the certificate."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.disclosure.attacked import attack_files
from recredit.disclosure.certificate import ReleasedTable, certify
from recredit.disclosure.determination import determination
from recredit.disclosure.files import read_csv_rows, read_sidecar
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.surroundings import read_release


def main(
    exact: Sequence[Path],
    released: Sequence[Path],
    figures: Path,
    output: Path,
    disclosure: Mapping[str, Any],
    bases: Sequence[Path],
    known: Mapping[str, Path],
    registry: Path,
    exact_cells: Path,
    inputs: Path,
    record: Path,
    title: str,
) -> None:
    """Write the certificate of the `released` CSV files and of `figures`, and the record of what was decided."""
    release = read_release(exact, bases, disclosure, known, registry)
    if json.loads(exact_cells.read_text(encoding="utf-8"))["verdict"] == release.rounded.verdict:
        release = release.without_exact_cells()
    tables = {
        path.stem: ReleasedTable.of(read_csv_rows(path), read_sidecar(path), release.tables[path.stem])
        for path in released
    }
    drawn = {path.stem: read_sidecar(path) for path in sorted(figures.glob("*.png"))}
    rules = DisclosureRules.from_settings(disclosure)
    attacked = attack_files(tables, rules, release.around)
    certificate = certify(tables, drawn, rules, attacked, release.declared.verdict)
    written = determination(title, disclosure, attacked, release.declared)
    record.write_text(written, encoding="utf-8", newline="")
    inputs.write_text(release.for_registry(), encoding="utf-8", newline="")
    output.write_text(certificate, encoding="utf-8", newline="")


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            exact=[Path(path) for path in snakemake.input.exact],
            released=[Path(path) for path in snakemake.input.tables],
            figures=Path(snakemake.input.figures),
            output=Path(snakemake.output.certificate),
            disclosure=snakemake.params.disclosure,
            bases=[Path(path) for path in snakemake.input.bases],
            known={Path(path).stem: Path(path) for path in snakemake.input.known},
            registry=Path(snakemake.params.registry),
            exact_cells=Path(snakemake.input.exact_cells),
            inputs=Path(snakemake.output.inputs),
            record=Path(snakemake.output.determination),
            title=snakemake.params.title,
        )
