"""Whether an adapter can lose a row. One that cannot may run in a stream, where a count of the rows proves it exact."""

from collections.abc import Iterator, Mapping, Set
from typing import Any

Node = Mapping[str, Any]
KEEPING = ("ORDER_MODIFIER",)


def keeps_rows(statement: Node, primary: Set[str]) -> bool:
    """Whether each row of the sources ``primary`` comes out of ``statement`` at least once, whatever the data.

    True for a SELECT without WHERE, grouping, DISTINCT, LIMIT and the like over a primary source, left joins to others,
    and UNION ALL of such. As many rows out as in then mean that each came out exactly once. Anything else is False: it
    may be right, but needs every row's number to show it.
    """
    flow = _Flow(primary, {})
    if not flow.keeps(statement):
        return False
    return sum(1 for _ in _tables(statement, primary)) == flow.reached


class _Flow:
    """The walk from the result down to the primary sources; ``reached`` counts those met on the way."""

    def __init__(self, primary: Set[str], ctes: dict[str, Node]) -> None:
        self.primary = primary
        self.ctes = ctes
        self.reached = 0

    def keeps(self, node: Node) -> bool:
        self.ctes = self.ctes | {entry["key"]: entry["value"]["query_node"] for entry in node["cte_map"]["map"]}
        if any(modifier["type"] not in KEEPING for modifier in node["modifiers"]):
            return False
        if node["type"] == "SET_OPERATION_NODE":
            joined = node["setop_type"] == "UNION" and node["setop_all"]
            return joined and all(self.keeps(child) for child in node["children"])
        if node["type"] != "SELECT_NODE":
            return False
        fewer = ("where_clause", "group_expressions", "group_sets", "having", "sample", "qualify")
        if any(node[name] for name in fewer) or _unnests(node["select_list"]):
            return False
        return self.keeps_from(node["from_table"])

    def keeps_from(self, table: Node) -> bool:
        kind = table["type"]
        if kind == "JOIN":
            left = table["join_type"] == "LEFT" and table["ref_type"] == "REGULAR"
            return left and self.keeps_from(table["left"])
        if kind == "SUBQUERY":
            return self.keeps(table["subquery"]["node"])
        if kind != "BASE_TABLE" or table["sample"]:
            return False
        if table["schema_name"] == "raw":
            self.reached += table["table_name"] in self.primary
            return table["table_name"] in self.primary
        return table["table_name"] in self.ctes and self.keeps(self.ctes[table["table_name"]])


def _unnests(part: Any) -> bool:
    return any(str(node.get("function_name", "")).casefold() in ("unnest", "unlist") for node in _nodes(part))


def _tables(part: Any, names: Set[str]) -> Iterator[str]:
    for node in _nodes(part):
        if node.get("type") == "BASE_TABLE" and node["schema_name"] == "raw" and node["table_name"] in names:
            yield node["table_name"]


def _nodes(part: Any) -> Iterator[Node]:
    if isinstance(part, Mapping):
        yield part
        for value in part.values():
            yield from _nodes(value)
    elif isinstance(part, list):
        for value in part:
            yield from _nodes(value)
