"""Sums over the session log of one bucket of students."""

import tempfile
from pathlib import Path

from recredit.engine import connect, write_parquet
from recredit.measures.sums import sum_sessions


def main(sessions: Path, sums: Path, memory_gb: float, threads: int) -> None:
    with tempfile.TemporaryDirectory(dir=sums.parent) as scratch:
        connection = connect(memory_gb=memory_gb, threads=threads, scratch=Path(scratch))
        sum_sessions(connection, sessions)
        write_parquet(connection, "sums", sums)
        connection.close()


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            sessions=Path(snakemake.input.sessions),
            sums=Path(snakemake.output.sums),
            memory_gb=snakemake.params.memory_gb,
            threads=snakemake.threads,
        )
