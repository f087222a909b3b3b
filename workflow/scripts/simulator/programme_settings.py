"""Settings of what belongs to the programme as a whole: surveys of teachers, costs, goals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class SurveySettings:
    """Teacher survey, and ratings of students by teachers.

    ``teacher_agreed`` maps item to school year to the teachers who agree; ``teacher_answers`` year to answers.
    """

    teacher_items: Mapping[str, str]
    teacher_answers: Mapping[int, int]
    teacher_agreed: Mapping[str, Mapping[int, int]]
    rated_share: float
    rating_on_disengagement: float
    rating_on_ability: float
    rating_noise_sd: float


@dataclass(frozen=True)
class CostSettings:
    """One ingredient of one mode: quantity per ``per``, its price, and who bears it."""

    ingredient: str
    category: str
    mode: str
    per: str
    quantity: float
    unit: str
    price: float
    lifetime_years: int
    price_year: int
    borne_by: str


@dataclass(frozen=True)
class GoalSettings:
    """One goal of the district's programme: a measure, the value it starts from and the one it aims at."""

    goal: str
    level: str
    measure: str
    unit: str
    baseline: float
    target: float
    due_on: date
