"""Which column of which file may be which column of the contract: by name, by its known synonyms, or by likeness."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recredit.contract import Column, Contract, Table
from recredit.proposal.files import LookedAt

ALIKE = 0.82
ENOUGH = 3
UNITS = re.compile(r"\b(seconds?|secs?|minutes?|mins?|hours?|hrs?)\b")


@dataclass(frozen=True)
class Match:
    """A proposed table: the file its rows come from, and the header of each canonical column that was found."""

    table: Table
    file: LookedAt
    headers: Mapping[str, str]

    @property
    def open_columns(self) -> list[str]:
        """Required columns without a match."""
        return [name for name, column in self.table.columns.items() if column.required and name not in self.headers]


def plain(name: str) -> str:
    """``name`` in small letters and digits: `Student ID`, `student_id` and `studentId` are one."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return re.sub(r"[^a-z0-9]", "", words.casefold())


def propose(files: Sequence[LookedAt], contract: Contract, synonyms: Mapping[str, Sequence[str]]) -> list[Match]:
    """For each table of ``contract`` the file that fits it best, if one fits at all.

    A file fits where a column of the key and at least half of the required columns are found, and beside the columns
    that lead to other tables one that only this table has; or where three of the latter are found, whatever is missing.
    """
    matches = []
    for table in contract.values():
        found = [Match(table, file, match_columns(file, table, synonyms)) for file in files if file.names]
        fitting = [match for match in found if _fits(match)]
        if fitting:
            matches.append(max(fitting, key=_fitness))
    return matches


def match_columns(file: LookedAt, table: Table, synonyms: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Header by canonical column of ``table``, the best pairs first, each header once."""
    pairs = []
    for order, column in enumerate(table.columns.values()):
        for place, header in enumerate(file.names):
            score = _score(table, column, header, synonyms)
            if score >= ALIKE:
                pairs.append((-score, order, place, column.name, header))
    found: dict[str, str] = {}
    for _, _, _, name, header in sorted(pairs):
        if name not in found and header not in found.values():
            found[name] = header
    return found


def _score(table: Table, column: Column, header: str, synonyms: Mapping[str, Sequence[str]]) -> float:
    wanted, given = plain(column.name), plain(header)
    own = [*synonyms.get(f"{table.name}.{column.name}", ()), *synonyms.get(column.name, ())]
    if given in (wanted, plain(f"{table.name.removesuffix('s')} {column.name}")):
        return 1.0
    if given in map(plain, own):
        return 0.95
    return 0.9 * difflib.SequenceMatcher(None, wanted, given).ratio()


def _own(table: Table) -> set[str]:
    """Columns of ``table`` that lead to no other table."""
    return {name for name, column in table.columns.items() if column.references is None}


def _fits(match: Match) -> bool:
    required = [name for name, column in match.table.columns.items() if column.required]
    there = [name for name in required if name in match.headers]
    key = any(name in match.headers for name in match.table.key)
    # In a table whose key is its own, something beside the key has to be there too.
    beside = _own(match.table) & set(match.headers) - (set(match.table.key) if len(match.table.key) == 1 else set())
    return (key and len(there) * 2 >= len(required) and bool(beside)) or len(beside) >= ENOUGH


def _fitness(match: Match) -> tuple[float, int, int]:
    required = [name for name, column in match.table.columns.items() if column.required]
    share = sum(name in match.headers for name in required) / len(required)
    own = len(_own(match.table) & set(match.headers))
    return (share, own, -len(match.file.names))


def expression(match: Match, column: Column) -> str:
    """SQL for ``column``: the header's text, in the contract's unit, or with its codes in the contract's words."""
    header = match.headers[column.name]
    text = '"' + header.replace('"', '""') + '"'
    unit = UNITS.search(re.sub(r"([a-z])([A-Z])", r"\1 \2", header).replace("_", " ").casefold())
    if column.unit == "seconds" and unit and not unit[0].startswith("s"):
        return f"scaled({text}, {60 if unit[0].startswith('m') else 3600})"
    codes = _codes(match, column, header) if column.allowed else {}
    if not codes:
        return text
    cases = " ".join(f"WHEN '{code}' THEN '{word}'" for code, word in codes.items())
    return f"CASE lower({text}) {cases} ELSE {text} END"


def _codes(match: Match, column: Column, header: str) -> dict[str, str]:
    """The allowed word that each code seen begins, spells otherwise, or equals, where it is one alone."""
    seen = sorted({value.casefold() for value in match.file.samples[match.file.names.index(header)]})
    codes = {}
    for code in seen:
        words = [word for word in column.allowed if plain(code) and plain(word).startswith(plain(code))]
        if len(words) == 1 and re.fullmatch(r"[a-z0-9 _/-]+", code):
            codes[code] = words[0]
    return {} if all(code == word for code, word in codes.items()) else codes
