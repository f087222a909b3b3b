"""Hold every released cell against the rules, and write the certificate of the tables that were attacked."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.disclosure.attacked import Attacked
from recredit.disclosure.certificate import certify, released_tables
from recredit.disclosure.files import read_sidecar
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
    attack: Path,
) -> None:
    """Write the certificate of the `released` CSV files, as they were attacked, and of `figures`."""
    release = read_release(exact, bases, disclosure, known, registry).as_protected(exact_cells)
    attacked = Attacked.from_json(attack.read_text(encoding="utf-8"))
    attacked.require(released)
    drawn = {path.stem: read_sidecar(path) for path in sorted(figures.glob("*.png"))}
    tables, rules = released_tables(released, release.tables), DisclosureRules.from_settings(disclosure)
    certificate = certify(tables, drawn, rules, attacked.found, release.declared.verdict)
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
            attack=Path(snakemake.input.attack),
        )
