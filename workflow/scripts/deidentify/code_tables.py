"""Write the coded tables: study codes for identifiers, coarse dates, program days for clock times."""

from pathlib import Path

from recredit.contract import load_contract
from recredit.deidentify.coding import Coding, code_tables, write_quality, write_set_aside
from recredit.engine import connect
from recredit.vault import private_files


def main(
    coding: Coding, findings: Path, ledger: Path, set_aside: Path, folder: Path, memory_gb: float, threads: int
) -> None:
    """Code the tables of ``coding`` into ``folder``; beside them the intake's ``findings`` and row ``ledger``, and
    whose marks were ``set_aside``."""
    # What DuckDB spills holds identifiers: it stays in the identified zone.
    scratch = ledger.parent / "scratch"
    with private_files(), connect(memory_gb=memory_gb, threads=threads, scratch=scratch) as connection:
        code_tables(connection, coding, folder)
        write_set_aside(connection, set_aside, folder / "set_aside.parquet")
        write_quality(connection, findings, ledger, folder / "quality.parquet")


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            coding=Coding(
                tables={Path(path).stem: Path(path) for path in snakemake.input.tables},
                contract=load_contract(Path(snakemake.input.contract[0]).parent),
                crosswalk=Path(snakemake.params.crosswalk),
                time_zone=snakemake.params.time_zone,
                buckets=snakemake.params.buckets,
                blocks=snakemake.params.school == "block",
            ),
            findings=Path(snakemake.input.quality),
            ledger=Path(snakemake.input.ledger),
            set_aside=Path(snakemake.input.set_aside),
            folder=Path(snakemake.output.quality).parent,
            memory_gb=snakemake.params.memory_gb,
            threads=snakemake.threads,
        )
