"""What each student did in each course: time, idle share, sessions, days, pace, work outside the school day."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from recredit.engine import connect, write_parquet
from recredit.measures.combine import combine_measures


def main(
    cohort: Path,
    sums: Sequence[Path],
    totals: Path | None,
    measures: Path,
    minimum_minutes: float,
    memory_gb: float,
    threads: int,
    usage_days: Path | None = None,
) -> None:
    with tempfile.TemporaryDirectory(dir=measures.parent) as scratch:
        connection = connect(memory_gb=memory_gb, threads=threads, scratch=Path(scratch))
        combine_measures(connection, cohort, sums, totals, minimum_minutes, usage_days)
        write_parquet(connection, "measures", measures)
        connection.close()


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            cohort=Path(snakemake.input.cohort),
            sums=[Path(path) for path in snakemake.input.sums],
            totals=Path(snakemake.input.totals[0]) if snakemake.input.totals else None,
            usage_days=Path(snakemake.input.usage_days[0]) if snakemake.input.usage_days else None,
            measures=Path(snakemake.output.measures),
            minimum_minutes=snakemake.params.minimum_minutes,
            memory_gb=snakemake.params.memory_gb,
            threads=snakemake.threads,
        )
