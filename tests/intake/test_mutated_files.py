"""Whatever a file holds, the intake ends in a balanced row ledger or in a clear error that shows no value."""

import gzip
import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from recredit.configuration import fill_defaults, read_yaml
from recredit.contract import Contract, load_contract
from recredit.errors import RecreditError
from recredit.intake.canonical import Engine, read_study
from recredit.intake.plan import make_plan
from recredit.intake.sources import RawFile

ADAPTER = """SELECT source_row, id AS student_id, name AS given_name, born AS birth_date, sex,
    CASE WHEN sex = 'x' THEN 'not wanted' END AS exclude FROM raw.roster"""
TESTS = """SELECT source_row, student AS student_id, test AS name, 'math' AS subject, day AS taken_on, points AS score
    FROM raw.scores"""
# Every value bears a mark that no message of ours can hold by chance.
ROSTER = [["id", "name", "born", "sex"]] + [
    [f"ZQ{n:03d}", f"Zoë Qvist{n}", f"2002-0{n % 9 + 1}-14", "female" if n % 3 else "male"] for n in range(12)
]
SCORES = [["student", "test", "day", "points"]] + [
    [f"ZQ{n % 12:03d}", f"QVTEST{n}", f"2018-05-{n + 1:02d}", f"{n * 37 + 1000.25}"] for n in range(20)
]
FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", '=HYPERLINK("http://zqv.example")', "\t=1"]
ODD = [
    "",
    " ",
    '"',
    '""',
    "'",
    ",",
    "\\",
    "\n",
    "\r",
    "\r\n",
    "\0",
    "\ufeff",
    "é",
    "🜚",
    "NULL",
    "nan",
    "9" * 400,
    "%s",
    "{}",
    "1e999",
]


def text_of(rows: list[list[str]], end: str = "\n") -> str:
    return "".join(",".join(row) + end for row in rows)


def cell(random_: random.Random, rows: list[list[str]]) -> tuple[int, int]:
    row = random_.randrange(len(rows))
    return row, random_.randrange(len(rows[row])) if rows[row] else 0


def flip_bytes(random_: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(random_.randint(1, 6)):
        changed[random_.randrange(len(changed))] ^= 1 << random_.randrange(8)
    return bytes(changed)


def cut(random_: random.Random, data: bytes) -> bytes:
    first, last = sorted(random_.randrange(len(data) + 1) for _ in range(2))
    return random_.choice([data[:first], data[first:], data[:first] + data[last:], data + data[first:last]])


def insert(random_: random.Random, data: bytes) -> bytes:
    place = random_.randrange(len(data) + 1)
    return data[:place] + random_.choice(ODD + FORMULAS).encode() + data[place:]


def recode(random_: random.Random, data: bytes) -> bytes:
    text = data.decode(errors="replace")
    return text.encode(
        random_.choice(["utf-16", "utf-16-le", "latin-1", "cp1252", "utf-8-sig", "utf-7"]), errors="replace"
    )


def change_rows(random_: random.Random, data: bytes) -> bytes:
    """Columns moved, dropped, doubled; rows of other lengths; huge fields, formulas and other types in cells."""
    rows = [line.split(",") for line in data.decode(errors="replace").splitlines()]
    if not rows:
        return data
    for _ in range(random_.randint(1, 4)):
        row, column = cell(random_, rows)
        what = random_.randrange(6)
        if what == 0:
            order = random_.sample(range(4), 4)
            rows = [[each[n] for n in order if n < len(each)] for each in rows]
        elif what == 1 and rows[row]:
            del rows[row][column]
        elif what == 2:
            rows[row].insert(column, random_.choice(ODD))
        elif what == 3 and rows[row]:
            rows[row][column] = "ZQ" * random_.choice([10, 50_000, 1_200_000])
        elif what == 4 and rows[row]:
            rows[row][column] = random_.choice(FORMULAS + ODD)
        else:
            rows.insert(row, list(rows[random_.randrange(len(rows))]))
    return text_of(rows, random_.choice(["\n", "\n", "\r\n", "\r"])).encode(errors="replace")


MUTATIONS: list[Callable[[random.Random, bytes], bytes]] = [flip_bytes, cut, insert, recode, change_rows, change_rows]


def mutated(random_: random.Random, data: bytes) -> bytes:
    for _ in range(random_.randint(1, 3)):
        data = random_.choice(MUTATIONS)(random_, data) or b"\n"
    return data


class Small:
    """Two tables, one of which references the other, read over and over with other files."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self.folder = folder
        self.contract: Contract = load_contract(repository / "config" / "contract")
        self.schema = read_yaml(repository / "config" / "config.schema.yaml")
        for name, sql in (("students", ADAPTER), ("tests", TESTS)):
            (folder / f"{name}.sql").write_text(sql)

    def run(self, random_: random.Random, files: dict[str, bytes]) -> None:
        packed = ".gz" if random_.random() < 0.1 else ""
        sources = {name: {"files": f"{name}.csv{packed}", "multiline": random_.random() < 0.2} for name in files}
        tables = {
            "students": {"adapter": "students.sql", "rows_from": ["roster"]},
            "tests": {"adapter": "tests.sql", "rows_from": ["scores"]},
        }
        given = {
            "raw": {"sources": sources},
            "tables": tables,
            "quarantine_limit": 1,
            "about": {"title": "", "summary": ""},
        }
        settings = fill_defaults(self.schema, given)
        raw = []
        for name, data in files.items():
            path = self.folder / f"{name}.csv{packed}"
            path.write_bytes(gzip.compress(data) if packed else data)
            raw.append(RawFile(name, 1, path.name, path))
        plan = make_plan(settings, self.contract, raw, {name: self.folder / f"{name}.sql" for name in tables})
        # In one pass or row by row, whole or in pieces.
        engine = Engine(1, 2, stream_bytes=random_.choice([0, 1 << 40]), piece_bytes=random_.choice([100, 1 << 40]))
        read_study(plan, self.folder / "intake", engine)

    def ledger(self) -> Iterator[dict[str, object]]:
        yield from json.loads((self.folder / "intake" / "ledger.json").read_text(encoding="utf-8"))


def check_one(small: Small, seed: int) -> str:
    """Read files that ``seed`` spoils; how it ended."""
    random_ = random.Random(seed)
    files = {"roster": text_of(ROSTER).encode(), "scores": text_of(SCORES).encode()}
    for name in random_.sample(list(files), random_.choice([1, 1, 2])):
        files[name] = mutated(random_, files[name])
    try:
        small.run(random_, files)
    except RecreditError as error:
        message = str(error)
        assert message, seed
        for mark in ("ZQ0", "Qvist", "QVTEST", "2002-0", "037.25", "calc", "zqv", "ZQZQ"):
            assert mark not in message, (seed, mark, message[:500])
        return "error"
    for entry in small.ledger():
        parts = [entry["kept"], entry["merged"], *entry["excluded"].values(), *entry["quarantined"].values()]
        assert entry["read"] == sum(parts), (seed, entry)
    return "ledger"


def check_many(folder: Path, repository: Path, seeds: range) -> None:
    folder.mkdir(exist_ok=True)
    small = Small(folder, repository)
    ends = [check_one(small, seed) for seed in seeds]
    # Both ends are met often: the test would show nothing if all files were refused, or none were spoilt.
    assert ends.count("ledger") > len(ends) / 20
    assert ends.count("error") > len(ends) / 20


def test_sixty_spoilt_files(tmp_path: Path, repository: Path) -> None:
    check_many(tmp_path, repository, range(60))


@pytest.mark.slow
def test_thousands_of_spoilt_files(tmp_path: Path, repository: Path) -> None:
    # Processes started afresh: the engine's threads do not survive a fork.
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool:
        halves = [
            pool.submit(check_many, tmp_path / str(half), repository, range(60 + half, 2_060, 2)) for half in (0, 1)
        ]
        for half in halves:
            half.result()
