"""A small study in a folder of its own, outside the repository, that a test spoils in one place and then reads."""

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest
import yaml

from recredit.configuration import Study, load_study, merge
from recredit.errors import RecreditError
from recredit.intake import canonical
from recredit.intake.canonical import Engine
from recredit.intake.sources import missing_files, packed_files, raw_files

ROSTER = """student,name,born,sex
Q77-alpha,Zebulon Archer,2002-05-14,F
Q77-bravo,Yolanda Bright,2001-11-02,M
Q77-carol,Xaver Castell,2002-01-30,F
"""
CLASSES = """class,course,summer
KX-101,Algebra One,SU2018
KX-102,Algebra One,SU2018
"""
PLACES = """student,class,level
Q77-alpha,KX-101,9
Q77-bravo,KX-101,10
Q77-carol,KX-102,9
"""
GRADES = """student,class,percent
Q77-alpha,KX-101,81.25
Q77-bravo,KX-101,64.5
Q77-carol,KX-102,
"""
LOG = """id,student,class,start,end,active,idle
L-1,Q77-alpha,KX-101,2018-06-18T09:00:00,2018-06-18T09:30:00,1500,300
L-2,Q77-alpha,KX-101,2018-06-18T17:00:00,2018-06-18T17:10:00,500,100
L-3,Q77-bravo,KX-101,2018-06-25T08:00:00,2018-06-25T09:00:00,3000,600
L-4,Q77-carol,KX-102,2018-06-19T07:59:59,2018-06-19T08:30:00,1201,600
"""
FILES = {"roster.csv": ROSTER, "classes.csv": CLASSES, "places.csv": PLACES, "grades.csv": GRADES, "log.csv": LOG}
ADAPTERS = {
    "students": "SELECT source_row, student AS student_id, name AS given_name, born AS birth_date, "
    "CASE sex WHEN 'F' THEN 'female' WHEN 'M' THEN 'male' ELSE sex END AS sex FROM raw.roster",
    "courses": "SELECT source_row, lower(course) AS course_id, course AS title, 'math' AS subject FROM raw.classes",
    "terms": "SELECT source_row, summer AS term_id, 'Summer 2018' AS title, '2018-06-18' AS starts_on, "
    "2018 AS school_year FROM raw.classes",
    "sections": "SELECT source_row, class AS section_id, lower(course) AS course_id, summer AS term_id, "
    "'online' AS mode FROM raw.classes",
    "enrollments": "SELECT source_row, student || '/' || class AS enrollment_id, student AS student_id, "
    "class AS section_id, level AS grade_level FROM raw.places",
    "marks": "SELECT source_row, student || '/' || class AS enrollment_id, percent FROM raw.grades",
    "sessions": "SELECT source_row, id AS session_id, student || '/' || class AS enrollment_id, start AS started_at, "
    "\"end\" AS ended_at, active AS active_seconds, idle AS idle_seconds, 'test' AS idle_definition FROM raw.log",
}
ROWS_FROM = {
    "students": "roster",
    "courses": "classes",
    "terms": "classes",
    "sections": "classes",
    "enrollments": "places",
    "marks": "grades",
    "sessions": "log",
}
# Words of the files that are no values of a record, or stand in the contract's own messages.
PUBLIC_WORDS = {"student", "percent", "active", "online"}


def load_script(path: Path) -> ModuleType:
    """A rule's script as a module, without running it."""
    specification = importlib.util.spec_from_file_location(f"script_{path.stem}", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@dataclass
class SmallStudy:
    """The study; ``write`` and ``configure`` change it, ``run`` reads it."""

    folder: Path
    repository: Path
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def raw(self) -> Path:
        return self.folder / "raw"

    @property
    def intake(self) -> Path:
        return self.folder / "vault" / "small" / "identified" / "intake"

    def write(self, name: str, content: str | bytes) -> None:
        path = self.raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def change(self, name: str, old: str, new: str) -> None:
        """Replace ``old``, which must stand there once, in raw file ``name``."""
        text = (self.raw / name).read_text(encoding="utf-8")
        assert text.count(old) == 1
        self.write(name, text.replace(old, new))

    def adapter(self, table: str, sql: str) -> None:
        (self.folder / "small" / f"{table}.sql").write_text(sql, encoding="utf-8")

    def configure(self, more: Mapping[str, Any]) -> None:
        self.settings = merge(self.settings, more)

    def load(self) -> Study:
        text = yaml.safe_dump(self.settings, allow_unicode=True)
        (self.folder / "small" / "study.yaml").write_text(text, encoding="utf-8")
        given = {"study": str(self.folder / "small"), "roots": {"vault": str(self.folder / "vault")}}
        return load_study(self.repository, given)

    def run(self, stream_bytes: int | None = None) -> None:
        """Read the study as the rule does; tables of ``stream_bytes`` and more in one pass."""
        study = self.load()
        missing_files(study)
        files, packed = raw_files(study), packed_files(study)
        scripts = self.repository / "workflow" / "scripts" / "intake"
        unpacked = self.intake / "unpacked" if packed else None
        if packed:
            load_script(scripts / "unpack_files.py").main(
                packed=[file.path for file in packed],
                places=[(file.source, file.number, file.name) for file in packed],
                settings=study.settings,
                folder=unpacked,
                memory_gb=1,
                threads=2,
            )
        load_script(scripts / "read_tables.py").main(
            unpacked=unpacked,
            raw=[file.path for file in files],
            places=[(file.source, file.number, file.name) for file in files],
            adapters={table: study.adapter(table) for table in study.settings["tables"]},
            contract=self.repository / "config" / "contract",
            settings=study.settings,
            folder=self.intake,
            engine=Engine(1, 2) if stream_bytes is None else Engine(1, 2, stream_bytes, piece_bytes=40),
        )

    def message(self) -> str:
        """The message with which the intake stops; no value of a record stands in it."""
        with pytest.raises(RecreditError) as caught:
            self.run()
        message = str(caught.value)
        assert_no_value(message, self.raw)
        return message

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of ``sql``, in which ``{x}`` stands for the intake's Parquet file ``x``."""
        names = ("students", "enrollments", "marks", "sessions", "sections", "terms", "quarantine", "quality")
        names += ("courses", "events", "attendance", "tests", "usage_days")
        names += ("quality_report", "set_aside")
        files = {name: f"'{self.intake / name}.parquet'" for name in names}
        with duckdb.connect() as connection:
            return connection.execute(sql.format(**files)).fetchall()

    def quarantine(self) -> list[tuple[Any, ...]]:
        """(table, file, row, check, reason) of the quarantined rows; no value of a record stands in a reason."""
        for (reason,) in self.query("SELECT reason FROM {quarantine}"):
            assert_no_value(reason, self.raw)
        return self.query('SELECT "table", file, row, "check", reason FROM {quarantine} ORDER BY ALL')

    def ledger(self) -> dict[str, dict[str, Any]]:
        """The ledger's entries by table and file, each found in balance."""
        entries = json.loads((self.intake / "ledger.json").read_text(encoding="utf-8"))
        for entry in entries:
            out = entry["kept"] + entry["merged"] + sum(entry["excluded"].values()) + sum(entry["quarantined"].values())
            assert entry["read"] == out, entry
        return {f"{entry['table']} {entry['file']}": entry for entry in entries}

    def outputs(self) -> dict[str, Any]:
        """Everything the intake wrote, in an order of its own."""
        tables = ("sessions", "quarantine", "quality", "quality_report", "marks", "set_aside")
        # Of a table that was read in one pass the file has up to two columns more, by which the intake finds a line.
        shown = "SELECT COLUMNS(lambda name: name NOT IN ('place', 'owner'))::VARCHAR FROM {{{}}} ORDER BY ALL"
        found: dict[str, Any] = {name: self.query(shown.format(name)) for name in tables}
        found["ledger"] = json.loads((self.intake / "ledger.json").read_text())
        found["words"] = (self.intake / "quality_report.md").read_text()
        return found

    def assert_same_in_one_pass(self, passes: list[str], tables: set[str]) -> None:
        """Exactly ``tables`` are read in one pass, and every output is that of the slow way."""
        self.run()
        assert passes == []
        slow = self.outputs()
        self.run(stream_bytes=0)
        assert set(passes) == tables
        for name, content in self.outputs().items():
            assert content == slow[name], name


def assert_no_value(message: str, raw: Path) -> None:
    """No cell of a data row of a raw file stands in ``message`` (short numbers apart, which counts could equal)."""
    for path in raw.glob("*.csv"):
        rows = path.read_bytes().decode("utf-8", errors="ignore").splitlines()[1:]
        cells = {cell.strip('" ') for row in rows for cell in row.replace(";", ",").split(",")}
        for cell in cells - PUBLIC_WORDS:
            assert len(cell) < 4 or cell not in message, f"a value of {path.name} stands in: {message}"


@pytest.fixture
def small(tmp_path: Path, repository: Path) -> SmallStudy:
    """A sound study of three students; every test spoils one thing."""
    study = SmallStudy(tmp_path, repository)
    (tmp_path / "small").mkdir()
    for name, content in FILES.items():
        study.write(name, content)
    for table, sql in ADAPTERS.items():
        study.adapter(table, sql)
    study.settings = {
        "contract_version": int((repository / "config" / "contract" / "version").read_text()),
        "about": {"title": "Small", "summary": "A study for tests."},
        "raw": {
            "folder": str(study.raw),
            "sources": {name.removesuffix(".csv"): {"files": name} for name in FILES},
        },
        "tables": {table: {"adapter": f"{table}.sql", "rows_from": [ROWS_FROM[table]]} for table in ADAPTERS},
        "time_zone": "America/Los_Angeles",
        # Small tables: one bad row of three is a third.
        "quarantine_limit": 0.5,
    }
    return study


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tables that were read in one pass to the end."""
    done: list[str] = []
    settle = canonical.settle

    def noted(connection: Any, plan: Any, stream: Any, *rest: Any) -> Any:
        done.append(stream.table.name)
        return settle(connection, plan, stream, *rest)

    monkeypatch.setattr(canonical, "settle", noted)
    return done


@pytest.fixture
def script(repository: Path) -> Callable[[str], ModuleType]:
    return lambda name: load_script(repository / "workflow" / "scripts" / name)
