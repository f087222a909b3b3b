"""Derived seeds."""

from recredit.seeds import derive_seed


def test_seeds_differ_by_name_and_study_and_are_stable() -> None:
    # From `printf '1\037a' | sha256sum`: its first 16 hexadecimal digits.
    assert derive_seed(1, "a") == 0xAAA8BE88BD4AFA32
    assert len({derive_seed(1, "a"), derive_seed(2, "a"), derive_seed(1, "b"), derive_seed(1, "a", "b")}) == 4
