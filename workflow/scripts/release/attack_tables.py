"""Attack the released tables, all together, and write what the attacker found and what was decided."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.disclosure.attacked import Attacked, attack_files
from recredit.disclosure.certificate import released_tables
from recredit.disclosure.determination import determination
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.surroundings import read_release


def main(
    exact: Sequence[Path],
    released: Sequence[Path],
    attack: Path,
    disclosure: Mapping[str, Any],
    bases: Sequence[Path],
    known: Mapping[str, Path],
    registry: Path,
    exact_cells: Path,
    inputs: Path,
    record: Path,
    title: str,
) -> None:
    """Write the attack on the `released` CSV files, and the record of what was decided."""
    release = read_release(exact, bases, disclosure, known, registry).as_protected(exact_cells)
    found = attack_files(
        released_tables(released, release.tables), DisclosureRules.from_settings(disclosure), release.around
    )
    record.write_text(determination(title, disclosure, found, release.declared), encoding="utf-8", newline="")
    inputs.write_text(release.for_registry(), encoding="utf-8", newline="")
    attack.write_text(Attacked.of(released, found).to_json(), encoding="utf-8", newline="")


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            exact=[Path(path) for path in snakemake.input.exact],
            released=[Path(path) for path in snakemake.input.tables],
            attack=Path(snakemake.output.attack),
            disclosure=snakemake.params.disclosure,
            bases=[Path(path) for path in snakemake.input.bases],
            known={Path(path).stem: Path(path) for path in snakemake.input.known},
            registry=Path(snakemake.params.registry),
            exact_cells=Path(snakemake.input.exact_cells),
            inputs=Path(snakemake.output.inputs),
            record=Path(snakemake.output.determination),
            title=snakemake.params.title,
        )
