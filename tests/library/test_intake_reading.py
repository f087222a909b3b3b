"""Any text at all as a CSV file: each physical line is a row, a reject, empty or the header; or the run stops."""

import csv
import io
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recredit.errors import InputError
from recredit.intake import scanning
from recredit.intake.header import Header, read_header
from recredit.intake.lines import overlong
from recredit.intake.reading import create_raw_table, read_file
from recredit.intake.scanning import scan_file
from recredit.intake.sources import RawFile, Source

MARKS = st.text(alphabet='ab1," \n', max_size=60)


def source(multiline: bool) -> Source:
    return Source("x", "x.csv", None, "utf-8", ",", '"', multiline, (), ())


def accounted(folder: Path, body: str, multiline: bool) -> tuple[dict[int, tuple[str | None, ...]], set[int]] | None:
    """Rows by line and lines rejected of a file with the columns p and q, or None where the reading stops."""
    path = folder / "x.csv"
    path.write_text(f"p,q\n{body}", encoding="utf-8", newline="")
    file, declared = RawFile("x", 1, "x.csv", path), source(multiline)
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA raw")
        create_raw_table(connection, "x", ["p", "q"])
        try:
            scan = scan_file(file, declared, folder)
            reading = read_file(connection, file, declared, scan, read_header(file, declared, scan), ["p", "q"])
        except InputError:
            return None
        rows = connection.execute("SELECT source_row, p, q FROM raw.x").fetchall()
    return {int(row.split(":")[2]): values for row, *values in rows}, {reject.row for reject in reading.rejects}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=MARKS)
def test_every_line_is_accounted_for_where_it_stands(tmp_path: Path, body: str) -> None:
    result = accounted(tmp_path, body, multiline=False)
    if result is None:
        return
    rows, rejected = result
    lines = dict(enumerate(body.split("\n"), start=2))
    assert rows.keys() | rejected == {number for number, line in lines.items() if line}
    assert not rows.keys() & rejected
    for number, values in rows.items():
        # Python's own reader, given the one line, is the independent truth of what stands in it.
        # A space before an opening quote is no part of the value to DuckDB; Python has to be told so.
        # A quote behind a space that nothing closes opens no value: to both it is a letter of the text.
        closed = lines[number].count('"') % 2 == 0
        (wanted,) = csv.reader([lines[number]], skipinitialspace=closed)
        assert [value or "" for value in values] == [text.strip(" ") for text in wanted]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.tuples(st.text('ab"\n,', max_size=6), st.text('ab"\n,', max_size=6)), min_size=1, max_size=8))
def test_line_breaks_in_quotes_keep_the_rows_in_place(tmp_path: Path, cells: list[tuple[str, str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(cells)
    result = accounted(tmp_path, text.getvalue(), multiline=True)
    assert result is not None
    rows, rejected = result
    assert rejected == set()
    line, wanted = 2, {}
    for pair in cells:
        wanted[line] = pair
        line += 1 + sum(value.count("\n") for value in pair)
    assert rows.keys() == wanted.keys()
    for number, pair in wanted.items():
        assert [value or "" for value in rows[number]] == [value.strip(" ") for value in pair]


def test_a_quote_character_can_be_switched_off(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('p,q\n"a,b"\n5" disk,2\n', encoding="utf-8")
    file, declared = RawFile("x", 1, "x.csv", path), Source("x", "x.csv", None, "utf-8", ",", "", False, (), ())
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA raw")
        create_raw_table(connection, "x", ["p", "q"])
        scan = scan_file(file, declared, tmp_path)
        read_file(connection, file, declared, scan, read_header(file, declared, scan), ["p", "q"])
        rows = connection.execute("SELECT p, q FROM raw.x").fetchall()
    assert set(rows) == {('5" disk', "2"), ('"a', 'b"')}


BODIES = st.sampled_from(["", "a,b", "a,", 'a,""', "é,b", "a,b,", 'a,b,""', "a\0"])
LINES = st.lists(st.tuples(BODIES, st.sampled_from(["\n", "\r\n"])), min_size=1, max_size=12)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=LINES, alike=st.booleans(), bad=st.booleans(), ended=st.booleans(), block=st.integers(1, 30))
def test_a_file_looked_at_in_runs_of_lines_is_as_its_lines_say(
    tmp_path: Path, lines: list[tuple[str, str]], alike: bool, bad: bool, ended: bool, block: int
) -> None:
    ends = [lines[0][1] if alike else end for _, end in lines]
    bodies = [body.encode() for body, _ in lines] + ([] if ended else [b"z,z"])
    if bad:
        bodies[len(bodies) // 2] += b"\xff"
    text = b"".join(body + end.encode() for body, end in zip(bodies, [*ends, ""], strict=False))
    path = tmp_path / "x.csv"
    path.write_bytes(text)
    file, declared = RawFile("x", 1, "x.csv", path), source(multiline=False)
    faults = [n for n, body in enumerate(bodies) if b"\0" in body or b"\xff" in body]
    faults += [n for n, end in enumerate(ends) if end != ends[0]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "BLOCK_BYTES", block)
        if faults:
            with pytest.raises(InputError, match=f"line {min(faults) + 1}:"):
                scan_file(file, declared, tmp_path)
            return
        scan = scan_file(file, declared, tmp_path)
        assert (scan.lines, scan.blank) == (len(bodies), tuple(n for n, body in enumerate(bodies, start=1) if not body))
        surplus = {n: body.decode() for n, body in enumerate(bodies, start=1) if body in (b"a,b,", b'a,b,""')}
        assert overlong(scan, declared, Header(("p", "q"), 0)) == surplus
