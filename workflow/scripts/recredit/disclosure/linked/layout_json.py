"""A layout as JSON: part of a table's specification, and of what the registry keeps of a published table."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from recredit.disclosure.linked.layout import CountedColumn, RowDefinition, TableLayout
from recredit.disclosure.linked.summed import Categories, SummedColumn


def layout_to_dict(layout: TableLayout) -> dict[str, Any]:
    """The layout in what JSON can hold, without what is not set; :func:`layout_from_dict` reads it back."""
    entry = {each.name: getattr(layout, each.name) for each in fields(layout)}
    entry["columns"] = {name: _column_to_dict(column) for name, column in layout.columns.items()}
    entry["sizes"] = {name: _column_to_dict(column) for name, column in layout.sizes.items()}
    entry["sums"] = {
        name: {"of": each.of, "where": _plain(each.where), "marks": list(each.marks)}
        for name, each in layout.sums.items()
    }
    entry["collapsed"] = {column: _plain(labels) for column, labels in layout.collapsed.items()}
    entry["definitions"] = [_definition_to_dict(each) for each in layout.definitions]
    for name in ("dimensions", "characteristics"):
        entry[name] = dict(entry[name])
    for name in ("totals", "stacked"):
        entry[name] = None if entry[name] is None else list(entry[name])
    standard = _standard()
    return {name: value for name, value in entry.items() if name == "columns" or value != standard[name]}


def _standard() -> dict[str, Any]:
    """What each part of a layout is in JSON where it is not set."""
    return {
        **{"population": "", "dimensions": {}, "totals": ["all"], "collapsed": {}, "stacked": None},
        **{"characteristics": {}, "absent_rows_are_zero": True, "counts_of": "students", "sizes": {}},
        **{"definitions": [], "sums": {}},
    }


def layout_from_dict(entry: Mapping[str, Any]) -> TableLayout:
    """The layout of an entry of JSON.

    Raises
    ------
    TypeError, KeyError or AttributeError for an entry that is no layout.
    """
    values = {**_standard(), **entry}
    values["columns"] = {name: _column(column) for name, column in values["columns"].items()}
    values["sizes"] = {name: _column(column) for name, column in values["sizes"].items()}
    values["sums"] = {
        name: SummedColumn(each["of"], _categories(each["where"]), tuple(each["marks"]))
        for name, each in values["sums"].items()
    }
    values["collapsed"] = {column: _categories(labels) for column, labels in values["collapsed"].items()}
    values["definitions"] = tuple(map(_definition, values["definitions"]))
    values["totals"] = tuple(values["totals"])
    values["stacked"] = None if values["stacked"] is None else tuple(values["stacked"])
    return TableLayout(**values)


def _column_to_dict(column: CountedColumn) -> dict[str, Any]:
    entry = {
        "where": _plain(column.where),
        "marks": list(column.marks),
        "among": None if column.among is None else _plain(column.among),
        "n": column.n,
        "exact": column.exact,
        "share_of": list(column.share_of),
    }
    return {name: value for name, value in entry.items() if value is not None and (name == "among" or value)}


def _column(entry: Mapping[str, Any]) -> CountedColumn:
    values = dict(entry)
    values["where"] = _categories(values.get("where", {}))
    values["marks"] = tuple(values.get("marks", ()))
    values["share_of"] = tuple(values.get("share_of", ()))
    if "among" in values:
        values["among"] = _categories(values["among"])
    return CountedColumn(**values)


def _plain(categories: Categories) -> dict[str, list[str]]:
    return {name: list(values) for name, values in categories.items()}


def _categories(entry: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in entry.items()}


def _definition_to_dict(definition: RowDefinition) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "labels": dict(definition.labels),
        "marks": _plain(definition.marks),
        "population": list(definition.population),
        "where": {name: _plain(each) for name, each in definition.where.items()},
        "among": {name: _plain(each) for name, each in definition.among.items()},
        "exact": list(definition.exact),
    }
    return {name: value for name, value in entry.items() if name == "labels" or value}


def _definition(entry: Mapping[str, Any]) -> RowDefinition:
    values = dict(entry)
    values["marks"] = _categories(values.get("marks", {}))
    for name in ("where", "among"):
        values[name] = {column: _categories(each) for column, each in values.get(name, {}).items()}
    for name in ("population", "exact"):
        values[name] = tuple(values.get(name, ()))
    return RowDefinition(**values)
