"""The search for identifiers: what is found, in which spelling, and what is honestly not looked for."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as some

from recredit.publication.identifiers import is_distinctive, watchlist, words_of


def watched(public: tuple[str, ...] = (), **roster: list[str | None]):
    names = {"students": [("Ada", "Lovelace"), ("Grace", None), (None, "Hopper"), ("José", "Núñez-Ortiz")]}
    return watchlist(
        {f"students.{key}": values for key, values in roster.items()}, names, {"c": ["stu_9f3a77"]}, public
    )


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("The mean is 71 (n 570).", set()),
        ("see Ada Lovelace", {"full name (students)"}),
        ("LOVELACE, ADA", {"full name (students)"}),
        ("ada_lovelace.csv", {"full name (students)"}),
        ("José Núñez-Ortiz", {"full name (students)"}),
        ("Ada and Lovelace", set()),
        ("Grace in Hopper", set()),
        ("code stu_9f3a77.", {"study code (c)"}),
        ("mail ada.l@x.org today", {"students.email"}),
        ("student 60186 left", {"students.student_id"}),
        ("60186.5", {"students.student_id"}),
        ("601860", set()),
    ],
)
def test_what_is_found(text: str, kinds: set[str]) -> None:
    assert watched(student_id=["60186", "12", None], email=["ada.l@x.org"]).found_in(text) == kinds


def test_a_figure_of_a_released_table_is_no_identifier() -> None:
    one = watched(student_id=["40010"])
    assert one.found_in("40010 sessions", frozenset({"40010"})) == set()
    assert one.found_in("40010 sessions") == {"students.student_id"}


def test_public_texts_are_no_secret() -> None:
    assert watched(("Algebra 1",), section=["Algebra 1", "ALG1-07"]).found_in("Algebra 1") == set()


@pytest.mark.parametrize(
    ("text", "distinctive"),
    [
        ("12", False),
        ("2018", False),
        ("60186", True),
        ("12-34", False),
        ("12-34-567", True),
        ("S1", False),
        ("S1-204", True),
    ],
)
def test_what_is_too_short_to_be_told_from_ordinary_text(text: str, distinctive: bool) -> None:
    assert is_distinctive(words_of(text)) is distinctive


@given(
    some.text(string.ascii_letters + string.digits + "-._@", min_size=9, max_size=30),
    some.text(" ,;()<>\n", min_size=1, max_size=3),
)
def test_an_identifier_is_found_wherever_it_stands_by_itself(identifier: str, between: str) -> None:
    if is_distinctive(words_of(identifier)):
        found = watchlist({"t.id": [identifier]}, {}, {}, []).found_in(f"x{between}{identifier.upper()}{between}y")
        assert found == {"t.id"}
