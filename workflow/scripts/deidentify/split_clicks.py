"""Lay the click stream apart by bucket of students, with numbers for the enrollments."""

from collections.abc import Sequence
from pathlib import Path

from recredit.deidentify.clicks import lay_clicks_apart
from recredit.deidentify.coding import Coding, open_tables
from recredit.engine import connect
from recredit.vault import private_files


def main(coding: Coding, folder: Path, completed_kinds: Sequence[str], memory_gb: float, threads: int) -> None:
    """Write the clicks of ``coding`` below ``folder``, in the identified zone."""
    scratch = folder.parent / "scratch"
    with private_files(), connect(memory_gb=memory_gb, threads=threads, scratch=scratch) as connection:
        open_tables(connection, coding)
        lay_clicks_apart(connection, folder, len(coding.buckets), completed_kinds)


if __name__ == "__main__":
    from recredit.contract import load_contract
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            coding=Coding(
                tables={Path(path).stem: Path(path) for path in snakemake.input.tables},
                contract=load_contract(Path(snakemake.input.contract[0]).parent),
                crosswalk=Path(snakemake.params.crosswalk),
                time_zone=snakemake.params.time_zone,
                buckets=snakemake.params.buckets,
            ),
            folder=Path(snakemake.output.clicks),
            completed_kinds=snakemake.params.completed_kinds,
            memory_gb=snakemake.params.memory_gb,
            threads=snakemake.threads,
        )
