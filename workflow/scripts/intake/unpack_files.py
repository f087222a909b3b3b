"""Unpack archives, and convert Parquet, JSON, statistical files and spreadsheets, into CSV files inside the vault."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recredit.intake.sources import RawFile, listed_names, sources_of
from recredit.intake.unpack import Unpacking, unpack_files
from recredit.vault import private_files


def main(
    packed: Sequence[Path],
    places: Sequence[tuple[str, int, str]],
    settings: Mapping[str, Any],
    folder: Path,
    memory_gb: float,
    threads: int,
) -> None:
    """Unpack ``packed`` (``places``: source, number and shown name of each file) into ``folder``."""
    files = [RawFile(source, number, name, path) for path, (source, number, name) in zip(packed, places, strict=True)]
    limits = Unpacking(folder, settings["raw"]["unpacked_limit_gb"], memory_gb, threads)
    with private_files():
        unpack_files(files, sources_of(settings), limits)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            # Links under names that are nobody's; the files' own names stand in a list beside them.
            packed=[Path(path).resolve() for path in snakemake.input.packed],
            places=[
                (source, number, name)
                for (source, number), name in zip(
                    snakemake.params.places, listed_names(Path(snakemake.input.names)), strict=True
                )
            ],
            settings=snakemake.params.settings,
            folder=Path(snakemake.output.folder),
            memory_gb=snakemake.params.memory_gb,
            threads=snakemake.threads,
        )
