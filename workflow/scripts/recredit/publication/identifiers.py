"""What the file gate looks for: identifiers of the roster and study codes, as sequences of words and numbers.

A text is cut at everything that is no letter or digit, and compared without case and accents. `ada.lovelace@x.org` is
four words in a row, a full name two. What is too short to be told from ordinary text is left out and said to be.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from recredit.publication.encodings import View
from recredit.publication.inside import WIDTH, Inside

Words = tuple[str, ...]

# Shorter texts occur by chance: "12" is a count somewhere, "s1" a step of a list.
LEAST_CHARACTERS = 5
# Numbers in several parts ("12-34-5") occur by chance more easily than one number does.
LEAST_DIGITS_IN_PARTS = 7
# The blocks of combining marks that stand over, under and through letters.
_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+")
_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]")
# A code of letters, digits and signs of this length is looked for as it is written, with its signs.
LONG_CODE = 12


def plain(text: str) -> str:
    """`text` in one case, with the accents taken off its letters."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", folded))


def words_of(text: str) -> list[str]:
    """The words and numbers of `text` in order, in one case and without accents."""
    return _WORD.findall(plain(text))


def is_distinctive(words: Sequence[str]) -> bool:
    """Whether a sequence of words can be told from ordinary text and ordinary figures."""
    joined = "".join(words)
    least = LEAST_DIGITS_IN_PARTS if joined.isdigit() and len(words) > 1 else LEAST_CHARACTERS
    return len(joined) >= least


def full_names(pairs: Iterable[tuple[str | None, str | None]]) -> Iterator[str]:
    """Full names in both orders. A given or a family name alone is an ordinary word too often ("Grade", "May")."""
    for given, family in pairs:
        if given and family:
            yield f"{given} {family}"
            yield f"{family} {given}"


@dataclass
class Watchlist:
    """Identifiers by their words, each with its kind ("students.student_id").

    Build it with :meth:`add`; ask it with :meth:`found_in`.
    """

    single: dict[str, str] = field(default_factory=dict)
    # By the first two words, so that a long text is walked through once.
    longer: dict[Words, list[tuple[Words, str]]] = field(default_factory=dict)
    # Texts as they are written, which are looked for inside longer words, too.
    mixed: dict[str, str] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def add(self, kind: str, values: Iterable[str | None], public: frozenset[str] = frozenset()) -> None:
        """Watch for each of `values`, except those that are public anyway (the title of a course) or too short."""
        # The same identifiers stand in many tables. A line break, which stands in none, parts them for one pass.
        new = {value.replace("\n", " ") for value in values if value} - self._seen
        self._seen |= new
        for text in plain("\n".join(sorted(new))).split("\n"):
            if text not in public:
                self._watch(kind, text)

    def _watch(self, kind: str, text: str) -> None:
        """Watch for `text`, which is in one case and without accents."""
        if text.isalnum():
            if len(text) >= LEAST_CHARACTERS:
                self.single.setdefault(text, kind)
            if not (text.isalpha() or text.isdigit()):
                self._watch_mixed(kind, text)
            return
        mixed = _DIGIT.search(text) is not None and _LETTER.search(text) is not None
        if mixed or "@" in text:
            self._watch_mixed(kind, text)
        if not (mixed and len(text) >= LONG_CODE and "@" not in text):
            self._watch_words(kind, tuple(_WORD.findall(text)))

    def _watch_mixed(self, kind: str, text: str) -> None:
        if len(text.encode()) >= WIDTH:
            self.mixed.setdefault(text, kind)

    def _watch_words(self, kind: str, words: Words) -> None:
        if not is_distinctive(words):
            return
        joined = "".join(words)
        if len(words) > 1:
            self.longer.setdefault(words[:2], []).append((words, kind))
        if len(words) == 1 or (not joined.isdigit() and len(joined) >= WIDTH):
            self.single.setdefault(joined, kind)

    @cached_property
    def _inside(self) -> Inside:
        return Inside(list(self.mixed), list(self.mixed.values()))

    @cached_property
    def _joined(self) -> Inside:
        long = {word: kind for word, kind in self.single.items() if len(word.encode()) >= WIDTH}
        return Inside(list(long), list(long.values()))

    def found_in(self, text: str, figures: frozenset[str] = frozenset()) -> set[str]:
        """The kinds of the identifiers that stand in `text`.

        Parameters
        ----------
        figures : numbers that a released table shows as figures: an identifier that is such a number is not counted.
        """
        flat = plain(text)
        words = _WORD.findall(flat)
        found = {self.single[word] for word in self.single.keys() & set(words) - figures}
        for place, start in enumerate(pairwise(words)):
            for wanted, kind in self.longer.get(start, ()):
                if tuple(words[place : place + len(wanted)]) == wanted:
                    found.add(kind)
        return found | self._inside.found_in(flat)

    def found_in_view(self, view: View, figures: frozenset[str] = frozenset()) -> set[str]:
        """The kinds found in one view of a file; in an encoded one also where no word begins or ends.

        A figure that is shown is no identifier as it stands; nobody writes one in base64.
        """
        if not view.encoded:
            return self.found_in(view.text, figures)
        flat = plain(view.text)
        numbers = {self.single[digits] for digits in self.single.keys() & set(_DIGITS.findall(flat))}
        return self.found_in(flat) | numbers | self._joined.found_in("".join(_WORD.findall(flat)))


def watchlist(
    roster: Mapping[str, Iterable[str | None]],
    names: Mapping[str, Iterable[tuple[str | None, str | None]]],
    codes: Mapping[str, Iterable[str | None]],
    public: Iterable[str | None],
) -> Watchlist:
    """Everything the gate looks for.

    Parameters
    ----------
    roster : values of the identifier columns by "table.column"; given and family names are not among them.
    names : pairs of given and family name by table.
    codes : study codes by the column that holds them.
    public : texts of public columns; an identifier equal to one of them is no secret.
    """
    known = frozenset(plain(text) for text in public if text)
    watched = Watchlist()
    for column, values in sorted(roster.items()):
        watched.add(column, values, known)
    for table, pairs in sorted(names.items()):
        watched.add(f"full name ({table})", full_names(pairs))
    for column, values in sorted(codes.items()):
        watched.add(f"study code ({column})", values)
    return watched
