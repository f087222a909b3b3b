"""Hold every released cell against the rules, attack all tables together, and write the certificate."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.disclosure.attacked import attack_files
from recredit.disclosure.certificate import ReleasedTable, certify
from recredit.disclosure.files import read_csv_rows, read_exact_table, read_sidecar
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.surroundings import read_surroundings


def main(
    exact: Sequence[Path],
    released: Sequence[Path],
    figures: Path,
    output: Path,
    disclosure: Mapping[str, Any],
    bases: Sequence[Path],
) -> None:
    """Write the certificate of the `released` CSV files (one per file of `exact`, same order) and of `figures`."""
    tables = {}
    for source, table in zip(exact, released, strict=True):
        truth = read_exact_table(source)
        rows, sidecar = read_csv_rows(table), read_sidecar(table)
        tables[table.stem] = ReleasedTable(rows, sidecar, truth.values, truth.specification)
    drawn = {path.stem: read_sidecar(path) for path in sorted(figures.glob("*.png"))}
    rules = DisclosureRules.from_settings(disclosure)
    attacked = attack_files(tables, rules, read_surroundings(bases, disclosure))
    certificate = certify(tables, drawn, rules, attacked)
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
        )
