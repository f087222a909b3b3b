"""Sessions, pauses and places in the school day of one bucket's clicks; their clock times stay behind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recredit.deidentify.click_runs import make_pauses
from recredit.deidentify.clicks import write_click_sessions
from recredit.engine import connect
from recredit.vault import private_files


def main(
    clicks: Path,
    bucket: int,
    sessions: Path,
    measures: Mapping[str, Any],
    time_zone: str,
    calendar: Path | None,
    memory_gb: float,
    threads: int,
) -> None:
    """Write the coded sessions of one bucket to ``sessions``."""
    # What DuckDB spills holds clock times: it stays in the identified zone, apart from other buckets at work.
    scratch = clicks.parent / f"scratch_{bucket}"
    with private_files(), connect(memory_gb=memory_gb, threads=threads, scratch=scratch) as connection:
        write_click_sessions(
            connection, clicks, bucket, sessions, make_pauses(measures), time_zone, calendar,
            memory_gb=memory_gb, threads=threads,
        )  # fmt: skip


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            clicks=Path(snakemake.input.clicks),
            bucket=int(snakemake.wildcards.bucket),
            sessions=Path(snakemake.output.sessions),
            measures=snakemake.params.measures,
            time_zone=snakemake.params.time_zone,
            calendar=Path(snakemake.input.calendar[0]) if snakemake.input.calendar else None,
            memory_gb=snakemake.params.memory_gb,
            threads=snakemake.threads,
        )
