"""Canaries: values that occur nowhere else, planted in a copy of the demo's raw files and looked for afterwards."""

import csv
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from recredit.errors import InputError
from recredit.publication.encodings import TooMuchPackedError, views
from recredit.publication.identifiers import Watchlist

Row = dict[str, str]


@dataclass(frozen=True)
class Canary:
    """One planted value.

    Attributes
    ----------
    kind : what it stands for, in words.
    text : the value.
    file : the raw file it is planted in, or "" where it is no cell of one.
    column : its column.
    row : the data row, from 0 on; the first rows of the demo are students of the lottery.
    """

    kind: str
    text: str
    file: str = ""
    column: str = ""
    row: int = 0


USERS, DEMOGRAPHICS = "oneroster/users.csv", "oneroster/demographics.csv"
SUPPLEMENT = "district/enrollment_supplement.csv"
LOG = "vendor/session_log_2019.csv"
# Values of one student's cells. An identifier that other files hold, too, is changed in all of them (see `plant`).
CELLS = (
    Canary("student identifier", "7730915522", USERS, "sourcedId"),
    Canary("given name with accents", "Zsófia-Quetzalia", USERS, "givenName"),
    Canary("family name with accents", "Núñez-Wrzeszcz", USERS, "familyName"),
    Canary("middle name", "Okwuchukwu-Thistle", USERS, "middleName"),
    Canary("e-mail address", "zsofia.q.canary@mailbox.example", USERS, "email"),
    Canary("platform user name", "zq_canary_login77", USERS, "username"),
    Canary("telephone number", "+1-555-0142-7719-88", USERS, "phone"),
    Canary("number for text messages", "+1-555-0163-2291-46", USERS, "sms"),
    Canary("password", "Tr0ub4dor-canary-&3", USERS, "password"),
    Canary("identifier in another system", "STATE-ID-66120937-X", USERS, "userMasterIdentifier"),
    Canary("preferred name, a column nobody reads", "Pumpernickelia", USERS, "preferredGivenName"),
    Canary("pronouns, a column nobody reads", "xe/xem-canary-only", USERS, "pronouns"),
    Canary("address", "4471 Quibblewick Hollow", DEMOGRAPHICS, "cityOfBirth"),
    Canary("birth date in a bad cell", "31/02/2003-canary", DEMOGRAPHICS, "birthDate", 3),
    Canary(
        "free text", "Aunt Philippa Grzegorczyk rang about his asthma", "district/enrollment_supplement.csv", "Reason"
    ),
    Canary("grade in a quarantined row", "eighty-canary-one", "district/marks.csv", "Final Percent", 5),
    Canary("identifier nobody has on the roster", "8805417236", "district/attendance.csv", "Student ID", 4),
    Canary("name in the vendor's file", "Birkenstockowa, Ladislava", LOG, "Student Name"),
    Canary("address in the vendor's file of somebody unknown", "ladislava.b@nowhere.example", LOG, "Student Email", 2),
    Canary("clock time in a bad cell", "2018-08-14Tcanary-o-clock", LOG, "Session Start", 4),
    Canary("name of a school", "Vexley Harrowgate High", "oneroster/orgs.csv", "name", 1),
    Canary("block of the lottery", "77-PRIVATEBLOCK-2018", "district/lottery.csv", "Lottery Block"),
    Canary("place of a class", "Portacabin Quince 9", "oneroster/classes.csv", "location"),
)
SECRET = Canary("secret in the environment", "s3cret-of-the-district-9127")
HEADER = Canary("name in a header", "Notes on Xylanthia Prandtl", USERS, "header")
FILE_NAME = Canary("name in the name of a file that is read", "Ottokarina_Blumenfeldt", LOG, "file name")
STRAY = Canary("name in a file that nobody reads", "Maximiliane Querfurth", "notes/about_her.txt", "text")
CANARIES = (*CELLS, HEADER, FILE_NAME, STRAY, SECRET)


def plant(raw: Path) -> tuple[Canary, ...]:
    """Put every canary but the secret into the raw files of the demo in folder `raw`.

    A student's identifier and e-mail address are changed in every file, so that her rows still belong together.

    Raises
    ------
    InputError where the files are not those of the demo.
    """
    for path in sorted(raw.rglob("*.csv")):
        own = [cell for cell in CELLS if raw / cell.file == path]
        rows, header = _read(path)
        for cell in own:
            if cell.column not in header or cell.row >= len(rows):
                raise InputError(f"{cell.file}: no column '{cell.column}' with {cell.row + 1} rows for a canary.")
            _everywhere(raw, rows[cell.row][cell.column], cell)
        rows, header = _read(path)
        for cell in own:
            rows[cell.row][cell.column] = cell.text
        if path == raw / HEADER.file:
            header = [*header, HEADER.text]
            rows = [{**row, HEADER.text: ""} for row in rows]
        if own:
            _write(path, rows, header)
    log = raw / FILE_NAME.file
    log.rename(log.with_name(f"{log.stem}_{FILE_NAME.text}.csv"))
    stray = raw / STRAY.file
    stray.parent.mkdir(exist_ok=True)
    stray.write_text(f"{STRAY.text} asked not to be in the study.\n", encoding="utf-8")
    return CANARIES


def _everywhere(raw: Path, value: str, cell: Canary) -> None:
    """Change a student's identifier or address in all files."""
    if cell.kind not in ("student identifier", "e-mail address"):
        return
    for path in sorted(raw.rglob("*.csv")):
        content = path.read_text(encoding="utf-8")
        if value in content:
            path.write_text(content.replace(value, cell.text), encoding="utf-8")


def _read(path: Path) -> tuple[list[Row], list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        return list(reader), list(reader.fieldnames or [])


def _write(path: Path, rows: Iterable[Row], header: Sequence[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def shuffle_rows(raw: Path, order: Callable[[list[Row]], None]) -> None:
    """Bring the rows of every CSV file below `raw` into another order; `order` changes a list in place."""
    for path in sorted(raw.rglob("*.csv")):
        rows, header = _read(path)
        order(rows)
        _write(path, rows, header)


def watch_for(canaries: Iterable[Canary]) -> Watchlist:
    """A list that finds each canary in whatever form, by its kind."""
    watched = Watchlist()
    for canary in canaries:
        watched.add(canary.kind, [canary.text])
    return watched


def hits(folders: Iterable[Path], canaries: Iterable[Canary]) -> list[tuple[str, str]]:
    """Kind and file of every canary found in the files of `folders`, in their names, too; sorted.

    Raises
    ------
    InputError for a file that unpacks to more than can be searched: what was not searched is not clean.
    """
    watched = watch_for(canaries)
    found: set[tuple[str, str]] = set()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            name = os.fsencode(path.relative_to(folder).as_posix())
            # Snakemake names its records after the output, in base64.
            contents = [name, *([path.read_bytes()] if path.is_file() and not path.is_symlink() else [])]
            for content in contents:
                found |= {(kind, str(path)) for kind in _kinds(content, watched, path)}
    return sorted(found)


def _kinds(content: bytes, watched: Watchlist, path: Path) -> set[str]:
    try:
        return {kind for view in views(content) for kind in watched.found_in_view(view)}
    except TooMuchPackedError as error:
        raise InputError(f"{path} holds more packed data than can be searched.") from error
