"""Give a random study code to everyone in the canonical tables who has none yet."""

from collections.abc import Mapping
from pathlib import Path

from recredit.contract import load_contract
from recredit.deidentify.coding import assign_codes
from recredit.engine import connect
from recredit.vault import private_files


def main(
    tables: Mapping[str, Path], contract: Path, crosswalk: Path, stamp: Path, memory_gb: float, threads: int
) -> None:
    """Add to ``crosswalk`` and write the counts to ``stamp``."""
    # What DuckDB spills holds identifiers: it stays in the identified zone.
    scratch = next(iter(tables.values())).parent / "scratch"
    with private_files(), connect(memory_gb=memory_gb, threads=threads, scratch=scratch) as connection:
        assign_codes(connection, tables, load_contract(contract), crosswalk, stamp)


if __name__ == "__main__":
    from recredit.doorway import doorway

    with doorway(snakemake.log[0]):
        main(
            tables={Path(path).stem: Path(path) for path in snakemake.input.tables},
            contract=Path(snakemake.input.contract[0]).parent,
            crosswalk=Path(snakemake.params.crosswalk),
            stamp=Path(snakemake.output.stamp),
            memory_gb=snakemake.params.memory_gb,
            threads=snakemake.threads,
        )
