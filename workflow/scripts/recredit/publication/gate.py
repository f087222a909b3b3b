"""The file gate: nothing leaves the vault that is of an unknown shape or holds an identifier."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from recredit.errors import DisclosureError
from recredit.publication.encodings import TooMuchPackedError, View, views
from recredit.publication.identifiers import LEAST_CHARACTERS, LEAST_DIGITS_IN_PARTS, Watchlist, words_of
from recredit.publication.layout import Published
from recredit.publication.per_student import per_student
from recredit.publication.shapes import SHAPES, text_to_search

MESSAGES_SHOWN = 10
# Held to the shape of a picture with the page that embeds it.
EMBEDDED_PICTURE = re.compile(rb"data:image/png;base64,[A-Za-z0-9+/=]+")
FORMS = [
    "plain text, whatever its case and accents",
    "escapes of web addresses, HTML and JSON",
    "hexadecimal digits",
    "base64 in each of its three alignments",
    "inside zip, tar, gzip, bzip2, xz and Parquet, and in the compressed streams of a PDF",
    "tables, lists and drawings with as many rows, entries or shapes as there are students or enrollments",
]
LIMITS = [
    f"Identifiers of fewer than {LEAST_CHARACTERS} letters and digits, and numbers in several parts of fewer than "
    f"{LEAST_DIGITS_IN_PARTS} digits, are not looked for: they cannot be told from ordinary figures and words.",
    "A given or a family name alone is not looked for, only both together, in either order.",
    "A number that a released table shows as a figure is not taken for an identifier.",
    "Inside a longer word only identifiers of letters and digits, or with an @, of 8 characters or more are found.",
    "What stands in a picture's pixels, or is encrypted, is not found.",
]


def check_files(
    files: Sequence[Published], watched: Watchlist, *, roster: bool, populations: frozenset[int] = frozenset()
) -> str:
    """Search every file that is to be published.

    Parameters
    ----------
    files : what will be published.
    watched : identifiers and study codes.
    roster : whether `watched` holds the identifiers of the roster, or (where the run began from the coded zone, which
        has none) study codes alone.
    populations : numbers of students and enrollments of the study; nothing published may have as many rows.

    Returns
    -------
    The gate's report as JSON text. It holds no count of identifiers, since that is the number of students.

    Raises
    ------
    DisclosureError naming the file and the kind of identifier found in it, never the identifier; or a file of another
    type or shape, with a row or a point per student, or a table without sidecar.
    """
    contents = {file.path: file.source.read_bytes() for file in files}
    _check_sidecars(contents)
    texts = {path: text_to_search(path, content) for path, content in contents.items()}
    _check_numbers_of_rows(contents, populations)
    figures = shown_figures(contents)
    hits = [
        f"{path}: it holds {kind}."
        for path, text in texts.items()
        for kind in sorted(_kinds_in(path, text, contents[path], watched, figures))
    ]
    _refuse(hits)
    return _report(contents, roster)


def _refuse(hits: Sequence[str]) -> None:
    if not hits:
        return
    more = len(hits) - MESSAGES_SHOWN
    lines = [
        "Files that were to be published hold identifiers. Nothing was published.",
        *hits[:MESSAGES_SHOWN],
        *([f"and {more} more."] if more > 0 else []),
        "Find where the text comes from (a label, a title, a word of study.yaml) and take it out there.",
    ]
    raise DisclosureError("\n".join(lines))


def _kinds_in(path: str, text: str, content: bytes, watched: Watchlist, figures: frozenset[str]) -> set[str]:
    """The kinds of identifiers in a file: in its `text`, and in all other forms that `content` may hold them in."""
    found = watched.found_in(text, figures)
    try:
        for view in _other_views(path, content):
            found |= watched.found_in_view(view, figures)
    except TooMuchPackedError as error:
        raise DisclosureError(f"{path}: it holds more packed data than can be searched. Leave the file out.") from error
    return found


def _other_views(path: str, content: bytes) -> Iterator[View]:
    """What is hidden in a file of known shape. A picture of known shape has no place for a text but its pixels."""
    if not path.endswith(".png"):
        yield from views(EMBEDDED_PICTURE.sub(b" ", content), pages=False)


def _check_numbers_of_rows(contents: Mapping[str, bytes], populations: frozenset[int]) -> None:
    problems = ((path, per_student(path, content, populations)) for path, content in contents.items())
    found = [f"{path}: {problem}." for path, problem in problems if problem is not None]
    if found:
        raise DisclosureError(
            "\n".join([*found[:MESSAGES_SHOWN], "Nothing was published. See the rule that writes it."])
        )


def _check_sidecars(contents: Iterable[str]) -> None:
    known = set(contents)
    for path in sorted(known):
        parts = PurePosixPath(path)
        alone = parts.parts[0] in ("tables", "figures") and parts.suffix in (".csv", ".png")
        if alone and str(parts.with_suffix(".json")) not in known:
            raise DisclosureError(f"{path}: it has no JSON file beside it that says what it is. It is not published.")


def shown_figures(contents: dict[str, bytes]) -> frozenset[str]:
    """Numbers that released tables show in columns that are no labels, as the search sees them."""
    figures: set[str] = set()
    for path, content in contents.items():
        sidecar = contents.get(path.removesuffix(".csv") + ".json")
        if path.startswith("tables/") and path.endswith(".csv") and sidecar is not None:
            kinds = {name: column["kind"] for name, column in json.loads(sidecar)["columns"].items()}
            for row in csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")):
                figures.update(word for name, text in row.items() if kinds[name] != "label" for word in words_of(text))
    return frozenset(word for word in figures if word.isdigit())


def _report(contents: Iterable[str], roster: bool) -> str:
    types = Counter(PurePosixPath(path).suffix.removeprefix(".") for path in contents)
    searched = ["study codes"]
    if roster:
        searched = ["identifiers of the roster (ids, e-mail addresses, names of schools)", "full names", *searched]
    note = (
        "" if roster else "The run began from the coded zone, which holds no names: only study codes were looked for."
    )
    content = {
        "verdict": "every file has a known shape, and none of what was looked for stands in it",
        "files": {kind.removeprefix("."): types[kind.removeprefix(".")] for kind in SHAPES},
        "searched_for": searched,
        "forms": FORMS,
        "note": note,
        "limits": LIMITS,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
