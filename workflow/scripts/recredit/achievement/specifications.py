"""What the tables of the achievement panel say about themselves."""

from collections.abc import Mapping
from types import MappingProxyType

from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.estimators.specifications import hidden, label, model_figures

RULE = "estimate/estimate_achievement"
POPULATION = "Students of the district with a school year on file, whether or not they took a course online"

_ACHIEVEMENT = TableSpecification(
    "achievement",
    "Online credits beside test scores, credits earned and grades",
    POPULATION,
    "one row per outcome and form of the model: the difference in the outcome that goes with ten percentage points "
    "more of the year's credits taken online; an association, not an effect",
    RULE,
    {
        "outcome": label("Outcome"),
        "model": label("Model"),
        "title": label("Compared"),
        "term": label("Term"),
        "unit": label("Unit of the estimate"),
        **model_figures(n="students", sd="outcome_sd"),
        "clusters": ColumnSpecification("units", "Clusters", "clusters"),
        "convention": label("Standard error"),
        "students": hidden(),
        "outcome_sd": hidden(),
        "schools": hidden(),
    },
    schools="schools",
    students="students",
)

_EVENT_TIME = TableSpecification(
    "event_time",
    "Results before and after the first online course",
    POPULATION,
    "one row per outcome and year since the first year with an online course: the difference from the year before the "
    "start, beside students who never take a course online; an association, not an effect",
    RULE,
    {
        "outcome": label("Outcome"),
        "years_since_start": label("Years since the first online course"),
        "unit": label("Unit of the estimate"),
        **model_figures(n="students", sd="outcome_sd"),
        "convention": label("Standard error"),
        "students": hidden(),
        "outcome_sd": hidden(),
        "schools": hidden(),
    },
    schools="schools",
    students="students",
)

ACHIEVEMENT_SPECIFICATIONS: Mapping[str, TableSpecification] = MappingProxyType(
    {one.name: one for one in (_ACHIEVEMENT, _EVENT_TIME)}
)
