"""Lay the click stream apart by bucket of students, with numbers for the enrollments."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from recredit.deidentify.click_parts import lay_clicks_apart
from recredit.deidentify.opening import open_tables
from recredit.engine import connect
from recredit.vault import private_files


def main(
    tables: Mapping[str, Path],
    crosswalk: Path,
    folder: Path,
    buckets: Sequence[str],
    completed_kinds: Sequence[str],
    memory_gb: float,
    threads: int,
) -> None:
    """Write the clicks among ``tables`` below ``folder``, in the identified zone."""
    scratch = folder.parent / "scratch"
    with private_files(), connect(memory_gb=memory_gb, threads=threads, scratch=scratch) as connection:
        open_tables(connection, tables, crosswalk)
        lay_clicks_apart(connection, folder, len(buckets), completed_kinds)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            tables={Path(path).stem: Path(path) for path in snakemake.input.tables},
            crosswalk=Path(snakemake.params.crosswalk),
            buckets=snakemake.params.buckets,
            folder=Path(snakemake.output.clicks),
            completed_kinds=snakemake.params.completed_kinds,
            memory_gb=snakemake.params.memory_gb,
            threads=snakemake.threads,
        )
