"""The files of a proposed study as text: study.yaml, the adapters, and what is still open."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from recredit.contract import Column
from recredit.proposal.files import CLOCKS, DATES, LookedAt, archive_of, formats_of
from recredit.proposal.matching import Match, expression

OPEN = "-- OPEN:"


def source_names(files: Sequence[LookedAt]) -> dict[str, str]:
    """A name for each file, by its path: the words of its name, made unique."""
    names: dict[str, str] = {}
    for file in files:
        stem = re.sub(r"\.(csv|tsv|txt)(\.gz)?$", "", PurePosixPath(file.name).name, flags=re.IGNORECASE)
        base = re.sub(r"[^a-z0-9]+", "_", stem.casefold()).strip("_") or "file"
        base = base if base[0].isalpha() else f"file_{base}"
        name, number = base, 2
        while name in names.values():
            name, number = f"{base}_{number}", number + 1
        names[file.name] = name
    return names


def adapter_text(match: Match, source: str) -> str:
    """The proposed adapter of one table; what has to be decided by a person stands in lines that begin with OPEN."""
    table = match.table
    lines = [
        f"-- Proposed by `make new-study` from the header of {match.file.name}: read every line before you trust it.",
        *(f"{OPEN} {words}" for words in open_points(match)),
    ]
    entries = ["source_row"]
    entries += [
        _entry(expression(match, column), column) for name, column in table.columns.items() if name in match.headers
    ]
    unused = [name for name in match.file.names if name not in match.headers.values()]
    if unused:
        lines.append(f"-- Not used: {', '.join(' '.join(name.split()) for name in unused)}.")
    listed = ",\n    ".join(entries)
    return "\n".join([*lines, f"SELECT\n    {listed}\nFROM raw.{source}"]) + "\n"


def _entry(sql: str, column: Column) -> str:
    return sql if sql == f'"{column.name}"' else f"{sql} AS {column.name}"


def open_points(match: Match) -> Iterator[str]:
    """What a person has to decide about the table of ``match``."""
    for name in match.open_columns:
        column = match.table.columns[name]
        hint = f" One of {', '.join(column.allowed)}." if column.allowed else ""
        yield f"the required column {name} has no match: {column.description}{hint}"
    for name, header in match.headers.items():
        column = match.table.columns[name]
        values = match.file.samples[match.file.names.index(header)]
        forms = {"date": DATES, "timestamp": CLOCKS}.get(column.type)
        if forms and values and not formats_of(values, forms):
            yield f"no known format reads all of {name} in the first rows: add its format to study.yaml."


def formats(matches: Sequence[Match], kind: str, known: Sequence[str]) -> tuple[list[str], list[str]]:
    """The formats of all matched columns of type ``kind``, and what is open about them."""
    chosen: list[str] = []
    unsure = []
    for match in matches:
        for name, header in match.headers.items():
            if match.table.columns[name].type == kind:
                found = formats_of(match.file.samples[match.file.names.index(header)], known)
                chosen += found[:1]
                if len(found) > 1:
                    unsure.append(f"{match.table.name}.{name} could be {' or '.join(found)}: the first was taken.")
    return list(dict.fromkeys(chosen)), unsure


def study_text(
    name: str, version: int, raw: Path, files: Sequence[LookedAt], matches: Sequence[Match], sources: Mapping[str, str]
) -> str:
    """The proposed study.yaml, every value that has to be looked at marked OPEN."""
    used = {match.file.name for match in matches}
    lines = [
        f"# Proposed by `make new-study`. Lines with OPEN wait for you; {len(used)} of {len(files)} files are used.",
        f"contract_version: {version}",
        "about:",
        f"  title: {json.dumps(name)}  # OPEN: the title of the study",
        '  summary: "Who the partners and the students are."  # OPEN: two or three short paragraphs',
        "time_zone: America/New_York  # OPEN: the schools' time zone (IANA name)",
    ]
    for key, kind, known in (("date_formats", "date", DATES), ("timestamp_formats", "timestamp", CLOCKS)):
        chosen, unsure = formats(matches, kind, known)
        lines += [f"# OPEN: {words}" for words in unsure]
        lines += [f"{key}: {json.dumps(chosen)}"] if chosen else []
    lines += ["raw:", f"  folder: {json.dumps(str(raw))}", "  sources:"]
    lines += [_source_line(file, sources[file.name], matches) for file in files if file.name in used]
    lines.append("tables:")
    lines += [
        f"  {match.table.name}: {{adapter: {match.table.name}.sql, rows_from: [{sources[match.file.name]}]}}"
        for match in matches
    ]
    return "\n".join(lines) + "\n"


def _source_line(file: LookedAt, source: str, matches: Sequence[Match]) -> str:
    needed = [name for name in file.names if any(_reads(match, file, name) for match in matches)]
    files, member = archive_of(file.name)
    about = {"encoding": file.encoding, "delimiter": file.delimiter, "columns": needed}
    entry = {"files": files, "member": member, **about}
    defaults = {"encoding": "utf-8", "delimiter": ",", "member": None}
    shown = {key: value for key, value in entry.items() if defaults.get(key) != value}
    return f"    {source}: {json.dumps(shown, ensure_ascii=False)}"


def _reads(match: Match, file: LookedAt, name: str) -> bool:
    return match.file is file and name in match.headers.values()
