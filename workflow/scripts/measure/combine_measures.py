"""What each student did in each course: time, idle share, sessions, days, pace, work outside the school day."""

import tempfile
from pathlib import Path

from recredit.engine import connect, write_parquet
from recredit.measures.combine import Work, combine_measures
from recredit.measures.plans import Plans


def main(
    cohort: Path,
    work: Work,
    plans: Plans,
    measures: Path,
    online: Path,
    minimum_minutes: float,
    target_minutes: float,
    memory_gb: float,
    threads: int,
) -> None:
    with tempfile.TemporaryDirectory(dir=measures.parent) as scratch:
        connection = connect(memory_gb=memory_gb, threads=threads, scratch=Path(scratch))
        combine_measures(connection, cohort, work, minimum_minutes, target_minutes, plans)
        write_parquet(connection, "measures", measures)
        write_parquet(connection, "online", online)
        connection.close()


if __name__ == "__main__":
    from recredit.doorway import doorway

    def first(name: str) -> Path | None:
        return next((Path(path) for path in getattr(snakemake.input, name)), None)

    with doorway(snakemake.log[0]):
        main(
            cohort=Path(snakemake.input.cohort),
            work=Work(
                sums=[Path(path) for path in snakemake.input.sums],
                click_sums=[Path(path) for path in snakemake.input.click_sums],
                totals=first("totals"),
                usage_days=first("usage_days"),
            ),
            plans=Plans(first("enrollments"), first("sections"), first("terms"), first("calendar")),
            measures=Path(snakemake.output.measures),
            online=Path(snakemake.output.online),
            minimum_minutes=snakemake.params.minimum_minutes,
            target_minutes=snakemake.params.target_minutes,
            memory_gb=snakemake.params.memory_gb,
            threads=snakemake.threads,
        )
