"""Who is eligible, assigned, enrolled and analysed, with every exclusion counted."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recredit.cohort.build import build_cohort
from recredit.cohort.rules import CohortRules
from recredit.engine import connect, write_parquet


def main(
    tables: Mapping[str, Path],
    cohort: Path,
    flow: Path,
    flow_rows: Path,
    settings: Mapping[str, Any],
    memory_gb: float,
    threads: int,
) -> None:
    with tempfile.TemporaryDirectory(dir=cohort.parent) as scratch:
        connection = connect(memory_gb=memory_gb, threads=threads, scratch=Path(scratch))
        build_cohort(connection, tables, CohortRules.from_settings(settings))
        write_parquet(connection, "cohort", cohort)
        write_parquet(connection, "flow", flow)
        write_parquet(connection, "flow_rows", flow_rows)
        connection.close()


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            tables={Path(path).stem: Path(path) for path in snakemake.input.tables},
            cohort=Path(snakemake.output.cohort),
            flow=Path(snakemake.output.flow),
            flow_rows=Path(snakemake.output.flow_rows),
            settings=snakemake.params.cohort,
            memory_gb=snakemake.params.memory_gb,
            threads=snakemake.threads,
        )
