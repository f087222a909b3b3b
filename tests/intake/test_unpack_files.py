"""Archives and other formats: what comes out of them, and what is refused."""

import gzip
import importlib.util
import io
import json
import tarfile
import zipfile
from typing import Any

import pandas as pd
import pytest

from recredit.errors import ConfigurationError

needs_openpyxl = pytest.mark.skipif(importlib.util.find_spec("openpyxl") is None, reason="openpyxl is not installed")
needs_pyreadstat = pytest.mark.skipif(importlib.util.find_spec("pyreadstat") is None, reason="pyreadstat is missing")


def zipped(members: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return stream.getvalue()


def taken_from(small: Any, source: str, text: str = "") -> str:
    """The text of a raw CSV file of the small study, which is removed: it will come out of an archive instead."""
    path = small.raw / f"{source}.csv"
    text = text or path.read_text(encoding="utf-8")
    path.unlink()
    return text


def declare(small: Any, source: str, **keys: Any) -> None:
    small.configure({"raw": {"sources": {source: keys}}})


def grades(small: Any) -> list[tuple[Any, ...]]:
    return small.query("SELECT enrollment_id, percent FROM {marks} ORDER BY 1")


EXPECTED = [("Q77-alpha/KX-101", 81.25), ("Q77-bravo/KX-101", 64.5), ("Q77-carol/KX-102", None)]


def test_a_zip_member_is_read_and_named_in_the_ledger(small: Any) -> None:
    text = taken_from(small, "grades")
    small.write("export.zip", zipped({"2018/grades.csv": text, "readme.txt": "x"}))
    declare(small, "grades", files="export.zip", member="**/grades.csv")
    small.run()
    assert grades(small) == EXPECTED
    assert small.ledger()["marks export.zip/2018/grades.csv"]["kept"] == 3
    for path in (small.intake / "unpacked").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


def test_members_of_a_tar_are_numbered_by_name_whatever_their_order(small: Any) -> None:
    header, *rows = taken_from(small, "grades").splitlines()
    with tarfile.open(small.raw / "export.tar.xz", "w:xz") as archive:
        for name, own in (("part_2.csv", rows[1:]), ("part_1.csv", rows[:1])):
            data = ("\n".join([header, *own]) + "\n").encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    declare(small, "grades", files="export.tar.xz", member="part_*.csv")
    small.run()
    assert grades(small) == EXPECTED
    assert [entry["file"] for entry in json.loads((small.intake / "unpacked" / "files.json").read_text())] == [
        "00001.csv",
        "00002.csv",
    ]
    assert small.ledger()["marks export.tar.xz/part_1.csv"]["read"] == 1


@pytest.mark.parametrize(
    "path", ["../grades.csv", "/etc/grades.csv", "a/../../grades.csv", "..\\grades.csv", "C:/x.csv"]
)
def test_a_path_that_leads_out_refuses_the_archive(small: Any, path: str) -> None:
    text = taken_from(small, "grades")
    small.write("export.zip", zipped({"grades.csv": text, path: "x"}))
    declare(small, "grades", files="export.zip", member="grades.csv")
    assert "leads out of the folder" in small.message()
    assert not list(small.folder.rglob("x.csv"))


def test_a_link_in_a_tar_is_refused(small: Any) -> None:
    taken_from(small, "grades")
    with tarfile.open(small.raw / "export.tar", "w") as archive:
        link = tarfile.TarInfo("grades.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    declare(small, "grades", files="export.tar", member="*.csv")
    assert "this is a link or device" in small.message()


def test_an_encrypted_member_is_refused(small: Any) -> None:
    data = bytearray(zipped({"grades.csv": taken_from(small, "grades")}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag stands in both headers of a member
        data[data.index(mark) + place] |= 1
    small.write("export.zip", bytes(data))
    declare(small, "grades", files="export.zip", member="grades.csv")
    assert "is encrypted in the archive" in small.message()


def test_an_archive_that_grows_without_end_is_refused(small: Any) -> None:
    taken_from(small, "grades")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("grades.csv", b"0" * 30_000_000)
    small.write("export.zip", stream.getvalue())
    assert len(stream.getvalue()) < 100_000
    declare(small, "grades", files="export.zip", member="grades.csv")
    small.configure({"raw": {"unpacked_limit_gb": 0.01}})
    assert "larger than 0.01 GB" in small.message()


@pytest.mark.parametrize("name", ["export.zip", "export.tar.xz"])
def test_a_damaged_archive_is_named(small: Any, name: str) -> None:
    taken_from(small, "grades")
    small.write(name, b"PK\x03\x04 no archive at all")
    declare(small, "grades", files=name, member="grades.csv")
    message = small.message()
    assert name in message and "damaged" in message


def test_a_member_that_is_not_there_is_asked_for(small: Any) -> None:
    small.write("export.zip", zipped({"other.csv": taken_from(small, "grades")}))
    declare(small, "grades", files="export.zip", member="grades.csv")
    assert "no file in the archive fits" in small.message()


def test_the_checksum_is_that_of_the_archive(small: Any) -> None:
    small.write("export.zip", zipped({"grades.csv": taken_from(small, "grades")}))
    declare(small, "grades", files="export.zip", member="grades.csv", sha256="0" * 64)
    assert "this is not the file the study was written for" in small.message()


def test_a_file_without_header_takes_the_declared_names(small: Any) -> None:
    text = taken_from(small, "grades").partition("\n")[2]
    small.write("grades.csv.gz", gzip.compress(text.encode()))
    declare(small, "grades", files="grades.csv.gz", header=False, columns=["student", "class", "percent"])
    small.run()
    assert grades(small) == EXPECTED


def test_a_row_of_a_file_without_header_is_named_by_its_own_line(small: Any) -> None:
    rows = taken_from(small, "grades").partition("\n")[2].splitlines()
    spoilt = rows[0].rpartition(",")[0] + ",zzz"
    small.write("grades.csv", "\n".join([spoilt, *rows[1:]]) + "\n")
    declare(small, "grades", header=False, columns=["student", "class", "percent"])
    small.configure({"quarantine_limit": 0.9})
    small.run()
    assert [row[:3] for row in small.quarantine()] == [("marks", "grades.csv", 1)]


def test_a_header_map_renames_columns(small: Any) -> None:
    small.change("grades.csv", "student,class,percent", "Student No.,class,Final %")
    declare(small, "grades", names={"student": "Student No.", "percent": "Final %"})
    small.run()
    assert grades(small) == EXPECTED
    declare(small, "grades", names={"student": "Pupil"})
    assert "the column 'Pupil' of raw.sources.grades.names is missing" in small.message()


def test_unnamed_columns_need_to_be_declared(small: Any) -> None:
    text = (small.raw / "grades.csv").read_text(encoding="utf-8")
    small.write("grades.csv", "\n".join(line + ("," if line else "") for line in text.split("\n")))
    assert "column 4 has no name" in small.message()
    declare(small, "grades", unnamed_columns="name")
    small.run()
    assert grades(small) == EXPECTED


def test_parquet_with_partitions_and_floating_identifiers(small: Any) -> None:
    taken_from(small, "grades")
    frame = pd.DataFrame({"number": [7.0, 8.0], "percent": [81.25, None], "day": pd.to_datetime(["2018-06-18"] * 2)})
    folder = small.raw / "grades" / "wave=2"
    folder.mkdir(parents=True)
    frame.to_parquet(folder / "part.parquet")
    declare(small, "grades", files="grades/**/*.parquet", format="parquet", partitions=["wave"])
    small.adapter(
        "marks",
        "SELECT source_row, CASE number WHEN '7' THEN 'Q77-alpha' "
        "WHEN '8' THEN 'Q77-bravo' END || '/' "
        "|| CASE wave WHEN '2' THEN 'KX-101' END AS enrollment_id, percent, left(day, 10) AS completed_on "
        "FROM raw.grades",
    )
    small.run()
    assert grades(small) == [("Q77-alpha/KX-101", 81.25), ("Q77-bravo/KX-101", None)]
    small.write("grades/wave=2/part.parquet", b"PAR1 not")
    assert "cannot be read as Parquet" in small.message()


def json_grades(small: Any) -> list[dict[str, Any]]:
    lines = taken_from(small, "grades").splitlines()[1:]
    return [dict(zip(("student", "class", "percent"), line.split(","), strict=True)) for line in lines]


def test_json_documents_and_lines_give_the_declared_fields(small: Any) -> None:
    rows = [
        {"who": {"id": row["student"]}, "class": row["class"], "percent": row["percent"] or None}
        for row in json_grades(small)
    ]
    rows[1]["who"] = rows[1]["who"]["id"]
    fields = {"student": ["who.id", "who"], "class": "class", "percent": "percent"}
    small.write("a.json", json.dumps({"data": {"grades": rows[:2]}}))
    small.write("b.json", json.dumps(rows[2]))
    declare(small, "grades", files="*.json", format="json", records="data.grades", fields=fields)
    small.run()
    assert grades(small) == EXPECTED
    small.write("grades.jsonl", "\n".join(map(json.dumps, rows)))
    del small.settings["raw"]["sources"]["grades"]
    declare(small, "grades", files="grades.jsonl", format="json_lines", fields=fields)
    small.run()
    assert grades(small) == EXPECTED


def test_a_malformed_json_line_is_set_aside_and_the_others_are_read(small: Any) -> None:
    rows = [json.dumps(row) for row in json_grades(small)]
    small.write("grades.jsonl", "\n".join([rows[0], rows[1][:-3], rows[2]]))
    declare(
        small,
        "grades",
        files="grades.jsonl",
        format="json_lines",
        fields={"student": "student", "class": "class", "percent": "percent"},
    )
    small.run()
    assert [row[0] for row in grades(small)] == ["Q77-alpha/KX-101", "Q77-carol/KX-102"]
    assert [row[:4] for row in small.quarantine()] == [("marks", "grades.jsonl", 3, "wrong_number_of_columns")]
    assert "no JSON that can be read (line 2" in small.query("SELECT record FROM {quarantine}")[0][0]


def test_stata_files_give_labels_and_whole_numbers(small: Any) -> None:
    rows = pd.DataFrame(json_grades(small))
    rows["percent"] = pd.to_numeric(rows["percent"])
    rows = rows.rename(columns={"class": "section"}).astype({"section": "category"})
    rows.to_stata(small.raw / "grades.dta", write_index=False)
    declare(small, "grades", files="grades.dta", format="stata", names={"class": "section"})
    small.run()
    assert grades(small) == EXPECTED
    small.write("grades.dta", b"no Stata file")
    assert "cannot be read as stata" in small.message()


@needs_pyreadstat
@pytest.mark.parametrize(
    ("form", "name", "writer"), [("spss", "grades.sav", "write_sav"), ("sas", "grades.xpt", "write_xport")]
)
def test_spss_and_sas_files(small: Any, form: str, name: str, writer: str) -> None:
    import pyreadstat

    rows = pd.DataFrame(json_grades(small))
    rows["percent"] = pd.to_numeric(rows["percent"])
    # pandas reads transport files of version 5, the one that agencies ask for.
    version = {"file_format_version": 5} if form == "sas" else {}
    getattr(pyreadstat, writer)(rows.astype({"student": object, "class": object}), str(small.raw / name), **version)
    declare(small, "grades", files=name, format=form)
    small.run()
    assert grades(small) == EXPECTED


@needs_openpyxl
def test_a_spreadsheet_and_its_sheets(small: Any) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Grades"
    for row in [["student", "class", "percent"], *[list(row.values()) for row in json_grades(small)]]:
        sheet.append([float(one) if one.replace(".", "").isdigit() else one or None for one in row])
    book.save(small.raw / "grades.xlsx")
    declare(small, "grades", files="grades.xlsx", format="spreadsheet")
    small.run()
    assert grades(small) == EXPECTED
    book.create_sheet("Notes")
    book.save(small.raw / "grades.xlsx")
    assert "Sheets: Grades, Notes" in small.message()
    declare(small, "grades", sheet="Grades")
    small.run()
    assert grades(small) == EXPECTED


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"files": "grades.zip"}, "an archive needs `member`"),
        ({"member": "x.csv"}, "`member` is for archives"),
        ({"header": False}, "needs `columns`"),
        ({"sheet": "One"}, "`sheet` is for format spreadsheet"),
        ({"format": "json"}, "need `fields`"),
    ],
)
def test_keys_that_need_each_other(small: Any, keys: dict[str, Any], words: str) -> None:
    declare(small, "grades", **keys)
    with pytest.raises(ConfigurationError, match=words):
        small.run()


def test_unpacking_twice_leaves_nothing_of_the_first(small: Any) -> None:
    text = taken_from(small, "grades")
    small.write("export.zip", zipped({"a/grades.csv": text, "b/grades.csv": text}))
    declare(small, "grades", files="export.zip", member="*/grades.csv")
    small.run()
    small.write("export.zip", zipped({"a/grades.csv": text}))
    small.run()
    assert len(list((small.intake / "unpacked" / "grades").iterdir())) == 1
