"""What the district hands over about the programme as a whole: teacher survey, costs, goals."""

from collections.abc import Mapping, Sequence

from numpy.random import Generator

from simulator.settings import DistrictSettings
from simulator.texts import plain
from simulator.writers import Piece

AGREEING, DISAGREEING = ("Agree", "Strongly agree"), ("Disagree", "Strongly disagree")
SURVEY_COURSE = "CRS-ENGLISH-9"


def _answers(generator: Generator, agreed: int, answers: int) -> list[str]:
    """``answers`` answers in a random order, exactly ``agreed`` of them in agreement."""
    picks = generator.integers(0, 2, answers)
    words = [(AGREEING if number < agreed else DISAGREEING)[pick] for number, pick in enumerate(picks.tolist())]
    return [words[place] for place in generator.permutation(answers).tolist()]


def teacher_survey(settings: DistrictSettings, generator: Generator, asked: Mapping[int, Sequence[str]]) -> Piece:
    """Answers of the online teachers of English 9 in the lottery's summers, one row a teacher and item.

    Parameters
    ----------
    asked : the teachers by school year. Where fewer than the planted number can answer, the share that agrees is kept.
    """
    given = settings.surveys
    rows: list[tuple[str, ...]] = []
    for year, planned in given.teacher_answers.items():
        teachers = [asked[year][place] for place in generator.permutation(len(asked[year])).tolist()][:planned]
        teachers.sort()
        for item, words in given.teacher_items.items():
            agreed = round(given.teacher_agreed[item][year] * len(teachers) / planned)
            answers = _answers(generator, agreed, len(teachers))
            for teacher, answer in zip(teachers, answers, strict=True):
                rows.append((teacher, SURVEY_COURSE, f"SUMMER-{year}", item, words, answer))
    names = ("Teacher ID", "Course ID", "Term ID", "Item", "Question", "Answer")
    return Piece({name: plain([row[place] for row in rows]) for place, name in enumerate(names)})


def costs(settings: DistrictSettings) -> Piece:
    """Ingredients with quantities and prices."""
    names = (
        "ingredient",
        "category",
        "mode",
        "per",
        "quantity",
        "unit",
        "price",
        "lifetime_years",
        "price_year",
        "borne_by",
    )
    headers = [name.replace("_", " ").title() for name in names]
    columns = zip(headers, names, strict=True)
    return Piece({header: plain([f"{getattr(cost, name)}" for cost in settings.costs]) for header, name in columns})


def goals(settings: DistrictSettings) -> Piece:
    """Goals of the programme."""
    names = ("goal", "level", "measure", "unit", "baseline", "target", "due_on")
    headers = [name.replace("_", " ").title() for name in names]
    columns = zip(headers, names, strict=True)
    return Piece({header: plain([f"{getattr(goal, name)}" for goal in settings.goals]) for header, name in columns})
