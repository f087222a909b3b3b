"""What the file gate looks for: identifiers of the roster and study codes, as sequences of words and numbers.

A text is cut at everything that is no letter or digit, and compared without case. `ada.lovelace@x.org` is four
words in a row, a full name two. What is too short to be told from ordinary text is left out and said to be.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Words = tuple[str, ...]

# Shorter texts occur by chance: "12" is a count somewhere, "s1" a step of a list.
LEAST_CHARACTERS = 5
# Numbers in several parts ("12-34-5") occur by chance more easily than one number does.
LEAST_DIGITS_IN_PARTS = 7
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The words and numbers of `text` in order, in one case."""
    return _WORD.findall(text.casefold())


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

    def add(self, kind: str, values: Iterable[str | None], public: frozenset[str] = frozenset()) -> None:
        """Watch for each of `values`, except those that are public anyway (the title of a course) or too short."""
        for value in values:
            words = tuple(words_of(value or ""))
            if not is_distinctive(words) or (value or "").casefold() in public:
                continue
            if len(words) == 1:
                self.single.setdefault(words[0], kind)
            else:
                self.longer.setdefault(words[:2], []).append((words, kind))

    def found_in(self, text: str, figures: frozenset[str] = frozenset()) -> set[str]:
        """The kinds of the identifiers that stand in `text`.

        Parameters
        ----------
        figures : numbers that a released table shows as figures: an identifier that is such a number is not counted.
        """
        words = words_of(text)
        found = {self.single[word] for word in self.single.keys() & set(words) - figures}
        for place, start in enumerate(pairwise(words)):
            for wanted, kind in self.longer.get(start, ()):
                if tuple(words[place : place + len(wanted)]) == wanted:
                    found.add(kind)
        return found


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
    known = frozenset(text.casefold() for text in public if text)
    watched = Watchlist()
    for column, values in sorted(roster.items()):
        watched.add(column, values, known)
    for table, pairs in sorted(names.items()):
        watched.add(f"full name ({table})", full_names(pairs))
    for column, values in sorted(codes.items()):
        watched.add(f"study code ({column})", values)
    return watched
