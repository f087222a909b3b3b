"""Sums over the sessions computed from the clicks of one bucket of students, and measures by week and school year."""

import tempfile
from pathlib import Path

from recredit.engine import connect
from recredit.measures.bucket import BucketFiles, measure_clicks
from recredit.measures.sums import Calendar


def main(
    sessions: Path,
    files: BucketFiles,
    days: Calendar,
    minimum_minutes: float,
    memory_gb: float,
    threads: int,
) -> None:
    with tempfile.TemporaryDirectory(dir=files.sums.parent) as scratch:
        connection = connect(memory_gb=memory_gb, threads=threads, scratch=Path(scratch))
        measure_clicks(connection, sessions, days, files, minimum_minutes, threads)
        connection.close()


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            sessions=Path(snakemake.input.sessions),
            files=BucketFiles(*(Path(getattr(snakemake.output, name)) for name in ("sums", "weeks", "years"))),
            days=Calendar(**{Path(path).stem: Path(path) for path in snakemake.input.days}),
            minimum_minutes=snakemake.params.minimum_minutes,
            memory_gb=snakemake.params.memory_gb,
            threads=snakemake.threads,
        )
