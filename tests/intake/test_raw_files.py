"""Raw files that are missing, damaged, misnamed or badly quoted: the message says which, where, and what to do."""

import gzip

import pytest


def test_missing_files_come_as_one_message_with_where_to_get_them(small) -> None:
    small.configure(
        {"raw": {"obtain": {"publication": "A book", "licence": "CC BY 4.0", "address": "https://example.org"}}}
    )
    small.configure({"raw": {"sources": {"grades": {"sha256": "0" * 64}}}})
    for name in ("grades.csv", "log.csv"):
        (small.raw / name).unlink()
    message = small.message()
    for part in ("2 raw files are missing", "grades.csv", "log.csv", "0" * 64, "A book", "CC BY 4.0", "example.org"):
        assert part in message
    assert "raw.folder" in message


def test_another_file_than_declared(small) -> None:
    small.configure({"raw": {"sources": {"grades": {"sha256": "0" * 64}}}})
    message = small.message()
    assert message.startswith("grades.csv: this is not the file the study was written for")
    assert "0" * 64 in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the file is empty (0 bytes)"),
        ("student,class,percent\n", "a header and no row"),
        ("student,class,percent\n\n", "no row"),
    ],
)
def test_an_empty_file(small, content: str, words: str) -> None:
    small.write("grades.csv", content)
    message = small.message()
    assert message.startswith("grades.csv")
    assert words in message
    assert "export it again" in message


def test_a_missing_column_names_the_nearest(small) -> None:
    small.configure({"raw": {"sources": {"grades": {"columns": ["student", "class", "percent"]}}}})
    small.change("grades.csv", "percent", "percnet")
    message = small.message()
    assert "grades.csv, header: the column 'percent' is missing. The nearest name there is 'percnet'." in message
    assert "raw.sources.grades.columns" in message


def test_a_column_that_only_an_adapter_needs(small) -> None:
    small.change("grades.csv", "percent", "percnet")
    message = small.message()
    assert "marks.sql: the column 'percent' is missing in the files it reads" in message


def test_a_doubled_column(small) -> None:
    small.write("grades.csv", GRADES_DOUBLED)
    assert "grades.csv, header: columns 3 and 4 have the same name" in small.message()


GRADES_DOUBLED = "student,class,percent,Percent\nQ77-alpha,KX-101,81.25,80.25\n"


def test_a_column_without_a_name(small) -> None:
    small.write("grades.csv", "student,,percent\nQ77-alpha,KX-101,81.25\n")
    assert "grades.csv, header: column 2 has no name. Expected a name for each column" in small.message()


def test_a_file_without_a_header_shows_no_record(small) -> None:
    """The first line is then a record, so not even its "column names" may be shown."""
    small.write("grades.csv", "Q77-alpha,KX-101,81.25\nQ77-bravo,KX-101,64.5\n")
    message = small.message()
    assert "percent" in message or "student" in message
    for value in ("Q77-alpha", "KX-101", "81.25"):
        assert value not in message


def test_another_delimiter_is_hinted_at(small) -> None:
    small.configure({"raw": {"sources": {"grades": {"columns": ["student", "class", "percent"]}}}})
    small.write("grades.csv", "student;class;percent\nQ77-alpha;KX-101;81,25\n")
    assert "is `delimiter:` of the source right?" in small.message()


def test_another_encoding_names_the_first_bad_line(small) -> None:
    small.write("roster.csv", (small.raw / "roster.csv").read_text().replace("Yolanda", "Yólanda").encode("latin-1"))
    message = small.message()
    assert message.startswith("roster.csv, line 3: the line is not valid utf-8.")
    assert "`encoding:` of source 'roster'" in message


@pytest.mark.parametrize("encoding", ["latin-1", "windows-1252", "utf-16"])
def test_a_declared_encoding_is_read(small, encoding: str) -> None:
    small.write("roster.csv", (small.raw / "roster.csv").read_text().replace("Yolanda", "Yólanda").encode(encoding))
    small.configure({"raw": {"sources": {"roster": {"encoding": encoding}}}})
    small.run()
    assert ("Yólanda Bright",) in small.query("SELECT given_name FROM {students}")
    assert not (small.intake / "scratch").exists()


def test_a_byte_order_mark_is_no_part_of_the_first_name(small) -> None:
    small.write("roster.csv", b"\xef\xbb\xbf" + (small.raw / "roster.csv").read_bytes())
    small.run()
    assert small.ledger()["students roster.csv"]["kept"] == 3


def test_gzip_is_read_as_it_is(small) -> None:
    packed = gzip.compress((small.raw / "log.csv").read_bytes())
    small.write("log.csv.gz", packed)
    small.configure({"raw": {"sources": {"log": {"files": "log.csv.gz"}}}})
    small.run()
    assert small.ledger()["sessions log.csv.gz"]["kept"] == 4
    small.write("log.csv.gz", packed[:-12])
    assert "log.csv.gz: the gzip file is damaged or cut off" in small.message()


def test_files_of_one_source_are_accounted_apart(small) -> None:
    lines = (small.raw / "log.csv").read_text().splitlines(keepends=True)
    small.write("logs/a.csv", "".join(lines[:3]))
    # Another order of the columns in the second file: values go by name.
    header = "student,id,class,start,end,active,idle\n"
    small.write(
        "logs/b.csv", header + "".join(",".join([s, i, *rest]) for i, s, *rest in (x.split(",") for x in lines[3:]))
    )
    small.configure({"raw": {"sources": {"log": {"files": "logs/*.csv"}}}})
    small.run()
    ledger = small.ledger()
    assert (ledger["sessions logs/a.csv"]["kept"], ledger["sessions logs/b.csv"]["kept"]) == (2, 2)
    assert ("L-4",) in small.query("SELECT session_id FROM {sessions}")


def test_too_many_columns_in_a_row(small) -> None:
    small.change("grades.csv", "64.5", "64.5,late,again")
    small.run()
    assert small.quarantine() == [("marks", "grades.csv", 3, "wrong_number_of_columns", "too many columns, expected 3")]


@pytest.mark.parametrize("surplus", [",", ',""', ",,"])
def test_a_surplus_column_that_is_empty(small, surplus: str) -> None:
    """DuckDB takes such a row; a comma inside a name would then move every value behind it."""
    small.change("grades.csv", "64.5", f"64.5{surplus}")
    small.run()
    assert small.quarantine() == [("marks", "grades.csv", 3, "wrong_number_of_columns", "too many columns, expected 3")]


def test_too_few_columns_in_a_row(small) -> None:
    small.change("grades.csv", "Q77-bravo,KX-101,64.5", "Q77-bravo,KX-101")
    small.run()
    assert small.quarantine() == [("marks", "grades.csv", 3, "wrong_number_of_columns", "too few columns, expected 3")]


def test_a_stray_quote_costs_its_own_line_only(small) -> None:
    small.change("grades.csv", "Q77-bravo,KX-101", '"Q77-bravo"x,KX-101')
    small.run()
    (row,) = small.quarantine()
    assert row[:4] == ("marks", "grades.csv", 3, "stray_quote")
    assert small.ledger()["marks grades.csv"]["kept"] == 2


@pytest.mark.parametrize("closed", [False, True])
def test_an_unclosed_quote_stops_the_run_at_its_line(small, closed: bool) -> None:
    """Whether the file ends before another quote comes, or another one closes it lines later."""
    small.change("grades.csv", "Q77-bravo,KX-101", 'Q77-bravo,"KX-101')
    if closed:
        small.change("grades.csv", "Q77-carol,KX-102,", 'Q77-carol,KX-102",')
    message = small.message()
    assert message.startswith("grades.csv, line 3: a quote is opened and not closed")
    assert "multiline: true" in message


def test_an_unclosed_quote_in_a_long_file_is_found_although_the_reader_recovers(small) -> None:
    """DuckDB drops rows here and reports another line, so only the count of physical lines can tell."""
    rows = [f"Q77-alpha,KX-101,{n % 90}\n" for n in range(2, 120_002)]
    rows[60_000 - 2] = 'Q77-alpha,KX-101,"5\n'
    small.write("grades.csv", "student,class,percent\n" + "".join(rows))
    assert small.message().startswith("grades.csv, line 60000: a quote is opened")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_breaks_in_quotes_where_the_source_allows_them(small, end: str) -> None:
    text = f'student,name,born,sex{end}Q77-alpha,"Zebulon\n\nArcher",2002-05-14,F{end}{end}Q77-bravo,Yolanda Bright,'
    text += f"not a day,M{end}Q77-carol,Xaver Castell,2002-01-30,F{end}Q77-delta,Wanda Drake,2002-02-02,F,more{end}"
    small.write("roster.csv", text)
    small.configure({"raw": {"sources": {"roster": {"multiline": True}}}})
    small.run()
    # The row stands where an editor shows it: the first student takes lines 2 to 4, line 5 is empty.
    found = [(row[2], row[3]) for row in small.quarantine() if row[0] == "students"]
    assert found == [(6, "birth_date_unreadable"), (8, "wrong_number_of_columns")]
    assert ("Zebulon\n\nArcher",) in small.query("SELECT given_name FROM {students}")


def test_line_ends_of_two_kinds(small) -> None:
    small.write("grades.csv", "student,class,percent\r\nQ77-alpha,KX-101,81.25\nQ77-bravo,KX-101,64.5\r\n")
    assert small.message().startswith("grades.csv, line 2: the line ends of the file are of more than one kind")


def test_texts_that_stand_for_a_missing_value(small) -> None:
    small.change("grades.csv", "64.5", " NULL ")
    small.configure({"raw": {"sources": {"grades": {"missing": ["NULL"]}}}})
    small.run()
    assert small.quarantine() == []
    assert small.query("SELECT count(percent) FROM {marks}") == [(1,)]


def test_a_column_no_adapter_reads_goes_no_further(small) -> None:
    """A roster can hold passwords: they are not even in the quarantine."""
    header, *rows = (small.raw / "roster.csv").read_text().splitlines()
    text = "\n".join([header + ",password", *(f"{row},hunter2" for row in rows)]) + "\n"
    small.write("roster.csv", text.replace("2001-11-02", "never"))
    small.run()
    records = small.query("SELECT record FROM {quarantine} WHERE \"table\" = 'students'")
    assert "never" in records[0][0]
    assert "hunter2" not in records[0][0]
