"""The crosswalk from the district's identifiers to random study codes: only ever added to, replaced atomically."""

import io
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from recredit.contract import Table
from recredit.engine import literal, quoted
from recredit.errors import VaultError
from recredit.vault import private_folder, replace_atomically

SCHEMA = pa.schema([("entity", pa.string()), ("identifier", pa.string()), ("code", pa.string())])
CODE_BYTES = 8


def read_crosswalk(path: Path) -> pa.Table:
    """The crosswalk at ``path`` (columns entity, identifier, code); empty where there is none yet.

    Raises
    ------
    VaultError if the file cannot be read, or names an identifier or a code twice: it must be put back from a copy,
    never be made anew without a word.
    """
    if not path.exists():
        return SCHEMA.empty_table()
    try:
        table = pq.read_table(path, schema=SCHEMA)
    except (pa.ArrowInvalid, OSError) as error:
        raise VaultError(
            f"The crosswalk {path} is damaged. Put it back from a copy. If there is none, delete it: everyone then "
            "gets a new study code."
        ) from error
    pairs = table.group_by(["entity", "identifier"]).aggregate([]).num_rows
    if {pairs, len(set(table["code"].to_pylist()))} != {table.num_rows}:
        raise VaultError(f"The crosswalk {path} names an identifier or a code twice. Put it back from a copy.")
    return table


def new_codes(count: int, taken: set[str]) -> list[str]:
    """``count`` fresh codes from the operating system's generator, none of them in ``taken``.

    A letter comes first, so that no program takes a code for a number.
    """
    codes: set[str] = set()
    while len(codes) < count:
        code = "c" + secrets.token_hex(CODE_BYTES)
        if code not in taken:
            codes.add(code)
    # A set of strings has no order that anybody chose; the codes are random in any order.
    return list(codes)


def extend_crosswalk(path: Path, identifiers: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Give a code to each of ``identifiers`` (by entity) that has none yet; the others keep theirs.

    Returns
    -------
    Number of identifiers with a code, by entity, for the entities asked about.
    """
    table = read_crosswalk(path)
    known = set(zip(table["entity"].to_pylist(), table["identifier"].to_pylist(), strict=True))
    wanted = [(entity, one) for entity in sorted(identifiers) for one in sorted(identifiers[entity])]
    fresh = [pair for pair in wanted if pair not in known]
    if fresh or not path.exists():
        codes = new_codes(len(fresh), set(table["code"].to_pylist()))
        entities, names = ([pair[part] for pair in fresh] for part in (0, 1))
        added = pa.table([entities, names, codes], schema=SCHEMA)
        _write(path, pa.concat_tables([table, added]))
    return {entity: len(identifiers[entity]) for entity in sorted(identifiers)}


def _write(path: Path, table: pa.Table) -> None:
    private_folder(path.parent)
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    replace_atomically(path, buffer.getvalue())


def collect_identifiers(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Path], contract: Mapping[str, Table]
) -> dict[str, list[str]]:
    """The distinct identifiers of each entity in the canonical ``tables`` (Parquet files by table)."""
    queries: dict[str, list[str]] = {}
    for name, path in tables.items():
        for column in contract[name].columns.values():
            if column.entity:
                query = f"SELECT {quoted(column.name)} AS one FROM read_parquet({literal(str(path))})"
                queries.setdefault(column.entity, []).append(query)
    return {
        entity: [
            str(one)
            for (one,) in connection.execute(
                f"SELECT DISTINCT one FROM ({' UNION ALL '.join(parts)}) WHERE one IS NOT NULL ORDER BY one"
            ).fetchall()
        ]
        for entity, parts in queries.items()
    }
