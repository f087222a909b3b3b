"""The reading level against published examples, and the syllables of words as dictionaries divide them."""

import pytest

from recredit.briefs.reading_level import ReadingLevel, reading_level, syllables


def test_a_published_example() -> None:
    # The worked example of the encyclopedia's article on the Flesch-Kincaid tests: 13 words, 24 syllables, grade 11.3.
    level = reading_level(["The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."])
    assert (level.sentences, level.words, level.syllables) == (1, 13, 24)
    assert round(level.grade, 1) == 11.3


def test_the_formula_of_1975() -> None:
    # 100 words in 5 sentences with 150 syllables: .39 * 20 + 11.8 * 1.5 - 15.59.
    assert ReadingLevel(5, 100, 150).grade == pytest.approx(9.91)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        # Divisions of the Carnegie Mellon Pronouncing Dictionary; 98% of the briefs' words agree with it.
        ("school", 1), ("course", 1), ("table", 2), ("tables", 2), ("passed", 1), ("assigned", 2), ("associated", 5),
        ("association", 5), ("teacher", 2), ("idle", 2), ("engagement", 3), ("period", 3), ("uncertain", 3),
        ("Algebra", 3), ("beyond", 2), ("closely", 2), ("before", 2), ("people", 2), ("series", 2), ("quiet", 2),
        ("57", 1), ("0.365", 1), ("district's", 2),
    ],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_each_text_ends_a_sentence_and_a_point_inside_a_figure_does_not() -> None:
    level = reading_level(["It rose by 0.5 points (p = .03). It fell later", "One item", "–"])
    assert (level.sentences, level.words) == (3, 12)
