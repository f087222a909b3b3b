"""Codes of 10,000 students show no relation to anything known of them; codes that do are found out."""

import hashlib
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from recredit.deidentify.crosswalk import extend_crosswalk, read_crosswalk
from recredit.privacy.code_relations import ERROR_RATE, code_relations, related

COUNT = 10_000


@pytest.fixture(scope="module")
def known() -> dict[str, list[str]]:
    """Identifiers, places in the roster, names and birth dates of invented students."""
    chance = random.Random(4)
    identifiers = chance.sample(range(10**6, 10**7), COUNT)
    names = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in range(COUNT)]
    return {
        "identifier": [str(one) for one in identifiers],
        "place in the roster": [f"{place:05}" for place in range(COUNT)],
        "name": names,
        "birth date": [
            f"{chance.randint(1999, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}" for _ in names
        ],
    }


def codes_for(folder: Path, identifiers: Sequence[str]) -> list[str]:
    """The codes that the crosswalk gives, in the order of `identifiers`."""
    path = folder / "crosswalk.parquet"
    extend_crosswalk(path, {"student": identifiers})
    table = read_crosswalk(path)
    by_identifier = dict(zip(table["identifier"].to_pylist(), table["code"].to_pylist(), strict=True))
    return [by_identifier[one] for one in identifiers]


def test_codes_show_no_relation_to_identifier_order_name_or_date(tmp_path: Path, known) -> None:
    """True random codes fail here in one run of a thousand (the error rate); a second crosswalk then decides."""
    found = [related(code_relations(codes_for(tmp_path / name, known["identifier"]), known)) for name in ("a", "b")]
    assert [] in found, found


def test_the_place_in_the_crosswalk_file_tells_nothing(tmp_path: Path, known) -> None:
    codes_for(tmp_path, known["identifier"])
    table = read_crosswalk(tmp_path / "crosswalk.parquet")
    places = {"place in the file": [f"{place:05}" for place in range(table.num_rows)]}
    assert related(code_relations(table["code"].to_pylist(), places)) == []


def test_two_crosswalks_of_one_roster_share_no_code(tmp_path: Path, known) -> None:
    """Of 64 random bits: 10,000 x 10,000 pairs agree somewhere with a chance of 5 in a trillion."""
    first, second = (codes_for(tmp_path / name, known["identifier"]) for name in ("a", "b"))
    assert not set(first) & set(second)
    assert len(set(first)) == len(first) == COUNT


def hashed(identifier: str) -> str:
    return hashlib.sha256(identifier.encode()).hexdigest()[:15]


BAD: dict[str, Callable[[int, str], str]] = {
    "numbered in the order of the roster": lambda place, _: f"{place:016x}",
    "numbered in the order of the identifiers": lambda _, one: f"{int(one):016x}",
    "the identifier turned round": lambda _, one: f"{int(one[::-1]):016x}",
    "the identifier times a secret number": lambda _, one: f"{int(one) * 7_368_787 % 2**40:016x}",
    "a hash with a digit of the identifier kept": lambda _, one: f"{int(one[-1]):x}{hashed(one)}",
    "random but for a drift": lambda place, one: f"{(place << 49) + int(hashed(one), 16):016x}",
}


@pytest.mark.parametrize("way", BAD)
def test_codes_made_from_something_are_found_out(way: str, known) -> None:
    codes = ["c" + BAD[way](place, one) for place, one in enumerate(known["identifier"])]
    assert related(code_relations(codes, known))


def test_the_error_rate_is_the_stated_one(known) -> None:
    """100 crosswalks of true chance, 1 in 1,000 of which fails: three failures have a chance below 2 in 10,000."""
    generator = np.random.default_rng(8)
    small = {name: values[:1000] for name, values in known.items()}
    drawn = generator.integers(2**64, size=(100, 1000), dtype=np.uint64)
    failures = sum(bool(related(code_relations([f"c{int(one):016x}" for one in codes], small))) for codes in drawn)
    assert failures < 3
    assert ERROR_RATE == 0.001
