"""Hold every released cell against the rules, attack all tables together, and write the certificate."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.disclosure.attacked import attack_files
from recredit.disclosure.certificate import ReleasedTable, certify
from recredit.disclosure.files import read_csv_rows, read_exact_table, read_sidecar
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.surroundings import inputs_of, read_surroundings


def main(
    exact: Sequence[Path],
    released: Sequence[Path],
    figures: Path,
    output: Path,
    disclosure: Mapping[str, Any],
    bases: Sequence[Path],
    known: Mapping[str, Path],
    registry: Path,
    inputs: Path,
) -> None:
    """Write the certificate of the `released` CSV files (one per file of `exact`, same order) and of `figures`."""
    sources = {source.stem: read_exact_table(source) for source in exact}
    tables = {
        path.stem: ReleasedTable.of(read_csv_rows(path), read_sidecar(path), sources[path.stem]) for path in released
    }
    drawn = {path.stem: read_sidecar(path) for path in sorted(figures.glob("*.png"))}
    rules = DisclosureRules.from_settings(disclosure)
    around = read_surroundings(sources, bases, disclosure, known, registry)
    certificate = certify(tables, drawn, rules, attack_files(tables, rules, around))
    # For the registry. It stays in the vault: from a digest of exact tables a hidden cell could be guessed.
    made = {"inputs": inputs_of(sources, disclosure, known), "earlier": [each.name for each in around.earlier]}
    inputs.write_text(json.dumps(made) + "\n", encoding="utf-8")
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
            inputs=Path(snakemake.output.inputs),
        )
