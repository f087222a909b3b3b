"""What an HTML page asks of the network, and the text in it: words, attributes, comments, embedded pictures."""

import base64
import binascii
import re
from html.parser import HTMLParser

# Elements that fetch, embed or move elsewhere by themselves. A link that a reader may follow (`a`) is none.
FORBIDDEN = {"iframe", "frame", "object", "embed", "applet", "base", "audio", "video", "source", "track", "form"}
FETCHING = ("src", "srcset", "data", "poster", "background", "action", "formaction", "xlink:href")
OUTSIDE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//|^\s*(?:https?|ftp|file|ws|wss|javascript):", re.IGNORECASE)
STYLE_FETCHES = re.compile(r"@import|url\(\s*['\"]?\s*(?!data:|#)", re.IGNORECASE)
SCRIPT_FETCHES = re.compile(r"\bfetch\s*\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|\bimport\b|https?://")
DATA_ADDRESS = re.compile(r"data:([\w/+.-]*)(?:;[\w=-]+)*;base64,([A-Za-z0-9+/=\s%]+)")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b")


class _Page(HTMLParser):
    """Collects the texts of a page and what it would ask for."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.problems: list[str] = []
        self.pictures: list[bytes] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        values = {name: value or "" for name, value in attrs}
        if tag in FORBIDDEN or (tag == "meta" and values.get("http-equiv", "").lower() == "refresh"):
            self.problems.append(f"the page holds an element that may fetch from elsewhere ({tag})")
        if tag == "script" and "src" in values:
            self.problems.append("the page loads a script (script src)")
        for name, value in values.items():
            self._attribute(tag, name, value)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        fetches = name in FETCHING or (name == "href" and tag not in ("a", "area"))
        if fetches and OUTSIDE.search(value):
            self.problems.append(f"the page would ask another server for something ({tag} {name})")
        if name == "style" and STYLE_FETCHES.search(value):
            self.problems.append("a style of the page would fetch a file")
        self.texts.append(self._without_embedded(COLOUR.sub(" ", value) if name == "style" else value))

    def _without_embedded(self, text: str) -> str:
        """`text` with each embedded file taken out: pictures are kept apart, of others the readable bytes."""

        def unpack(match: re.Match[str]) -> str:
            try:
                content = base64.b64decode(re.sub(r"\s|%0A", "", match.group(2)), validate=True)
            except binascii.Error:
                self.problems.append("a file embedded in the page cannot be read")
                return " "
            if match.group(1) == "image/png":
                self.pictures.append(content)
                return " "
            return f" {content.decode('utf-8', errors='replace')} "

        return DATA_ADDRESS.sub(unpack, text)

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            if STYLE_FETCHES.search(data):
                self.problems.append("a style of the page would fetch a file")
            # A colour of six digits is not a number of somebody.
            data = COLOUR.sub(" ", data)
        if self.inside == "script" and SCRIPT_FETCHES.search(data):
            self.problems.append("a script of the page would ask a server for something")
        self.texts.append(self._without_embedded(data))

    def handle_comment(self, data: str) -> None:
        self.texts.append(data)

    def handle_decl(self, decl: str) -> None:
        self.texts.append(decl)


def html_text(page: str) -> tuple[str, list[bytes], list[str]]:
    """Text, embedded PNG pictures and problems of a page.

    The text stands there twice, with and without a space between its pieces: a name may be cut by a tag, and two
    cells of a table may not grow together.
    """
    reader = _Page()
    reader.feed(page)
    reader.close()
    return " ".join(reader.texts) + "\n" + "".join(reader.texts), reader.pictures, reader.problems
