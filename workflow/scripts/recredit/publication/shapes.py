"""The shapes a published file may have. Each check gives the text to search, or says what is wrong with the file."""

import csv
import io
import json
import struct
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from recredit.errors import DisclosureError
from recredit.publication.html_shape import html_text
from recredit.publication.pdf_shape import pdf_text

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# What a picture needs; tEXt, zTXt, iTXt, eXIf and tIME could carry words, places or times.
PNG_CHUNKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"pHYs", b"tRNS", b"sRGB", b"gAMA", b"cHRM", b"sBIT", b"bKGD"}


class ShapeError(Exception):
    """What is wrong with a file, in words that follow its name."""


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ShapeError("it is not text in UTF-8") from error


def csv_shape(content: bytes) -> str:
    """Comma-separated values: a header without doubles, and rows of the same length."""
    text = _decoded(content)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ShapeError("it cannot be read as comma-separated values") from error
    if not rows or len(set(rows[0])) != len(rows[0]) or not all(rows[0]):
        raise ShapeError("it has no header, or a column without a name or with the name of another")
    if any(len(row) != len(rows[0]) for row in rows):
        raise ShapeError("its rows differ in length")
    return text


def json_shape(content: bytes) -> str:
    """A JSON object; escapes are resolved in the text that is searched."""
    try:
        value = json.loads(_decoded(content))
    except ValueError as error:
        raise ShapeError("it cannot be read as JSON") from error
    if not isinstance(value, dict):
        raise ShapeError("it is no JSON object")
    return json.dumps(value, ensure_ascii=False)


def png_shape(content: bytes) -> str:
    """A picture of known chunks and nothing behind its end."""
    if not content.startswith(PNG_SIGNATURE):
        raise ShapeError("it is no PNG picture")
    place, kind = len(PNG_SIGNATURE), b""
    while place < len(content) and kind != b"IEND":
        if place + 12 > len(content):
            raise ShapeError("the picture is cut off")
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        if kind not in PNG_CHUNKS:
            raise ShapeError("the picture carries text, a time or another part that it does not need")
        place += 12 + length
    if kind != b"IEND" or place != len(content):
        raise ShapeError("the picture is cut off, or something follows it")
    return ""


def html_shape(content: bytes) -> str:
    """A page that asks nothing of the network; pictures inside it are held to the shape of a picture."""
    text, pictures, problems = html_text(_decoded(content))
    if problems:
        raise ShapeError(problems[0])
    return text + "".join(map(png_shape, pictures))


def pdf_shape(content: bytes) -> str:
    """A PDF without attachments or programs."""
    text, problem = pdf_text(content)
    if problem:
        raise ShapeError(problem)
    return text


SHAPES: Mapping[str, Callable[[bytes], str]] = {
    ".csv": csv_shape,
    ".json": json_shape,
    ".png": png_shape,
    ".html": html_shape,
    ".pdf": pdf_shape,
}


def text_to_search(path: str, content: bytes) -> str:
    """Check that a file has the shape of its type, and give its text with that of its parts.

    Parameters
    ----------
    path : where it will lie in the results; its ending says the type.

    Raises
    ------
    DisclosureError naming the file and what is wrong with it.
    """
    check = SHAPES.get(PurePosixPath(path).suffix)
    if check is None:
        raise DisclosureError(f"{path}: only {', '.join(SHAPES)} files are published. Leave the file out.")
    try:
        return f"{path}\n{check(content)}"
    except ShapeError as error:
        raise DisclosureError(f"{path}: {error}, so it is not published. See the rule that writes it.") from error
