"""The file gate: nothing leaves the vault that is of an unknown shape or holds an identifier."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from recredit.errors import DisclosureError
from recredit.publication.identifiers import LEAST_CHARACTERS, LEAST_DIGITS_IN_PARTS, Watchlist, words_of
from recredit.publication.layout import Published
from recredit.publication.shapes import SHAPES, text_to_search

MESSAGES_SHOWN = 10
LIMITS = [
    f"Identifiers of fewer than {LEAST_CHARACTERS} letters and digits, and numbers in several parts of fewer than "
    f"{LEAST_DIGITS_IN_PARTS} digits, are not looked for: they cannot be told from ordinary figures and words.",
    "A given or a family name alone is not looked for, only both together, in either order.",
    "A number that a released table shows as a figure is not taken for an identifier.",
    "An identifier inside a longer word, in a picture's pixels, or in another encoding than plain text and the base64 "
    "of embedded files is not found.",
]


def check_files(files: Sequence[Published], watched: Watchlist, *, roster: bool) -> str:
    """Search every file that is to be published.

    Parameters
    ----------
    files : what will be published.
    watched : identifiers and study codes.
    roster : whether `watched` holds the identifiers of the roster, or (where the run began from the coded zone, which
        has none) study codes alone.

    Returns
    -------
    The gate's report as JSON text. It holds no count of identifiers, since that is the number of students.

    Raises
    ------
    DisclosureError naming the file and the kind of identifier found in it, never the identifier; or a file of another
    type or shape, or a table without sidecar.
    """
    contents = {file.path: file.source.read_bytes() for file in files}
    _check_sidecars(contents)
    texts = {path: text_to_search(path, content) for path, content in contents.items()}
    figures = shown_figures(contents)
    hits = [
        f"{path}: it holds {kind}." for path, text in texts.items() for kind in sorted(watched.found_in(text, figures))
    ]
    if hits:
        more = len(hits) - MESSAGES_SHOWN
        raise DisclosureError(
            "\n".join(
                [
                    "Files that were to be published hold identifiers. Nothing was published.",
                    *hits[:MESSAGES_SHOWN],
                    *([f"and {more} more."] if more > 0 else []),
                    "Find where the text comes from (a label, a title, a word of study.yaml) and take it out there.",
                ]
            )
        )
    return _report(contents, roster)


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
        "note": note,
        "limits": LIMITS,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
