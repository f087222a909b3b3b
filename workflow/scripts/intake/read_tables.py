"""Read a study's raw files into the canonical tables; bad rows go to quarantine with their reason."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.contract import load_contract
from recredit.intake.canonical import Engine, read_study
from recredit.intake.plan import make_plan
from recredit.intake.sources import RawFile, listed_names
from recredit.intake.unpack import list_unpacked
from recredit.vault import private_files


def main(
    raw: Sequence[Path],
    places: Sequence[tuple[str, int, str]],
    adapters: Mapping[str, Path],
    contract: Path,
    settings: Mapping[str, Any],
    folder: Path,
    engine: Engine,
    unpacked: Path | None = None,
) -> None:
    """Read ``raw`` (``places``: source, number and shown name of each file) and write the outputs below ``folder``.

    ``unpacked`` is the folder with what `unpack_files` took out of archives and other formats.
    """
    files = list_unpacked(unpacked) if unpacked else []
    files += [RawFile(source, number, name, path) for path, (source, number, name) in zip(raw, places, strict=True)]
    with private_files():
        read_study(make_plan(settings, load_contract(contract), files, adapters), folder, engine)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            # Links under names that are nobody's; the files' own names stand in a list beside them.
            raw=[Path(path).resolve() for path in snakemake.input.raw],
            places=[
                (source, number, name)
                for (source, number), name in zip(
                    snakemake.params.places, listed_names(Path(snakemake.input.names)), strict=True
                )
            ],
            adapters=dict(zip(snakemake.params.tables, map(Path, snakemake.input.adapters), strict=True)),
            contract=Path(snakemake.input.contract[0]).parent,
            settings=snakemake.params.settings,
            folder=Path(snakemake.output.ledger).parent,
            engine=Engine(snakemake.params.memory_gb, snakemake.threads),
            unpacked=Path(snakemake.input.unpacked[0]) if snakemake.input.unpacked else None,
        )
