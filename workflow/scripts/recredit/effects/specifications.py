"""What the tables of the comparison say about themselves: the release decides from this alone what may be shown."""

from collections.abc import Mapping
from types import MappingProxyType

from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.effects.learning import GRADE_GAP, GRADE_SOURCE
from recredit.estimators.specifications import count, hidden, label, mean, model_figures, units

RULE = "estimate/estimate_effects"
BOTH_ARMS = (
    "Students of both arms with the outcome; in a lottery every student it assigned in a block with both arms, "
    "whatever class was taken"
)


def sized(words: str, std_error: str, unit: str) -> ColumnSpecification:
    """A standardised figure, shown no finer than its standard error and the means behind it allow."""
    return ColumnSpecification("estimate", words, n="students", sd=unit, std_error=std_error)


def _names() -> dict[str, ColumnSpecification]:
    return {"contrast": label("Contrast"), "title": label("Title"), "kind": label("Kind"), "course": label("Course")}


def _arm_means() -> dict[str, ColumnSpecification]:
    arms = {"online": "online", "comparison": "teacher-directed"}
    columns: dict[str, ColumnSpecification] = {}
    for name, words in arms.items():
        columns[f"mean_{name}"] = ColumnSpecification("mean", f"Mean, {words}", n=f"n_{name}", sd=f"sd_{name}")
        columns[f"percent_{name}"] = ColumnSpecification("percent", f"Percent, {words}", "percent", n=f"n_{name}")
        columns[f"sd_{name}"] = hidden()
    return columns


_FIGURES = {
    **model_figures(n="students", sd="outcome_sd"),
    "p_value_wild": ColumnSpecification("p_value", "p, wild bootstrap"),
    "p_value_permutation": ColumnSpecification("p_value", "p, permutation"),
    "governing_p": label("p that governs"),
    "effect_size": sized("Effect size", "effect_size_std_error", "effect_size_unit"),
    "improvement_index": sized("Improvement index", "index_std_error", "index_unit"),
    "significant_after_correction": label("Significant after correction"),
    "rating": label("Rating"),
    "rating_reason": label("Reason for the rating"),
    "evidence_tier": label("Evidence tier"),
    "minimum_detectable": ColumnSpecification(
        "estimate", "Smallest difference it could find", n="students", sd="outcome_sd", std_error="std_error"
    ),
    "clusters": ColumnSpecification("units", "Clusters", "clusters"),
    "convention": label("Standard error"),
    "students": hidden(),
    "outcome_sd": hidden(),
    "effect_size_std_error": hidden(),
    "effect_size_unit": hidden(),
    "index_std_error": hidden(),
    "index_unit": hidden(),
    **units(),
}


def _impacts(name: str, title: str, columns: Mapping[str, ColumnSpecification]) -> TableSpecification:
    """A table of impacts; ``columns`` are the numbers and means of the arms, released or hidden."""
    return TableSpecification(
        name,
        title,
        BOTH_ARMS,
        "one row per contrast, course and cohort; the difference is online minus teacher-directed, inside lottery "
        "blocks (effect) or courses and terms (association), adjusted for the declared covariates; means and "
        "percentages are as they are. The governing p is corrected for the findings of the same outcome domain, kind "
        "and status; course by course, cohort by cohort and pooled findings are corrected apart",
        RULE,
        {
            **_names(),
            "cohort": label("Cohort"),
            "outcome": label("Outcome"),
            "domain": label("Outcome domain"),
            "status": label("Declared as"),
            "unit": label("Unit of the difference"),
            **columns,
            **_FIGURES,
        },
        schools="schools",
        teachers="teachers",
        students="students",
    )


_ARMS = {
    "n_online": count("Students online"),
    "n_comparison": count("Students in teacher-directed classes"),
    **_arm_means(),
}
_TITLE = "Online against teacher-directed classes"
_IMPACTS = _impacts("impacts", f"{_TITLE}: differences and how sure they are", _ARMS)
# Means and percentages of each cohort would multiply the joint cells of the attacker's programs; numbers do not.
_BY_COHORT = _impacts(
    "impacts_by_cohort",
    f"{_TITLE}: cohort by cohort",
    {name: one if one.kind == "count" else hidden() for name, one in _ARMS.items()},
)

_BASELINE = TableSpecification(
    "baseline_equivalence",
    "How alike the arms were before the course",
    BOTH_ARMS,
    "one row per contrast, course and characteristic; differences in standard deviations (Hedges' g, or the Cox "
    "index of a yes/no characteristic), online minus teacher-directed: as they are, inside blocks (or courses and "
    "terms), and under overlap weights where there was no lottery",
    RULE,
    {
        **_names(),
        "characteristic": label("Characteristic"),
        "effect_size_unadjusted": sized("Difference as it is", "std_error", "size_unit"),
        "effect_size": sized("Difference inside blocks", "std_error", "size_unit"),
        "effect_size_weighted": sized("Difference under overlap weights", "std_error", "size_unit"),
        "adjusted": label("Adjusted for it"),
        "equivalence": label("Equivalence"),
        "std_error": hidden(),
        "size_unit": hidden(),
        "students": hidden(),
        "residual_df": hidden(),
        "smallest_cell": hidden(),
        "max_leverage": hidden(),
        **units(),
    },
    schools="schools",
    teachers="teachers",
    students="students",
)

# Hidden columns of `attrition`: numbers behind each rate, and how finely it can be shown.
LOSS_COLUMNS = (
    *(f"{what}_{arm}" for what in ("assigned", "analysed", "std_error", "sd") for arm in ("online", "comparison")),
    *("assigned", "std_error_overall", "sd_overall", "differential_std_error", "value_sd"),
)


def _rate(words: str, group: str) -> ColumnSpecification:
    n = "assigned" if group == "overall" else f"assigned_{group}"
    return ColumnSpecification("estimate", words, "percent", n=n, sd=f"sd_{group}", std_error=f"std_error_{group}")


_ATTRITION = TableSpecification(
    "attrition",
    "Who was assigned and who is analysed",
    "Students whom the lottery assigned in a block with both arms",
    "one row per contrast and course; lost are those without the outcome, in percent of those assigned; who was drawn "
    "in two lotteries counts in both. The boundary is the highest differential that counts as low at this overall rate",
    RULE,
    {
        **_names(),
        # The students analysed are the cells of `impacts`. Rates as estimates, no finer than their standard errors and
        # a mean: exact counts of those lost would tell on the few, and the numbers assigned, which stand in no other
        # table, would add a third to the time that the protection of the demo takes.
        "n_online": count("Students analysed online"),
        "n_comparison": count("Students analysed in teacher-directed classes"),
        "lost_online": _rate("Lost online", "online"),
        "lost_comparison": _rate("Lost teacher-directed", "comparison"),
        "overall": _rate("Lost in both", "overall"),
        "differential": ColumnSpecification(
            "estimate",
            "Differential",
            "percentage points",
            n="assigned",
            sd="value_sd",
            std_error="differential_std_error",
        ),
        "boundary": label("Boundary"),
        "boundary_percent": label("Boundary at this rate"),
        "verdict": label("Attrition"),
        **{name: hidden() for name in LOSS_COLUMNS},
        "residual_df": hidden(),
        "smallest_cell": hidden(),
        "max_leverage": hidden(),
        **units(),
    },
    schools="schools",
    teachers="teachers",
    students="assigned",
)

_SITES = TableSpecification(
    "site_variation",
    "How the effect differs between schools",
    BOTH_ARMS,
    "one row per contrast and course: fixed intercepts of blocks, a random effect of each school; tau is the standard "
    "deviation of the schools' effects, the prediction interval that of another school",
    RULE,
    {
        **_names(),
        "unit": label("Unit of the difference"),
        **model_figures(n="students", sd="outcome_sd"),
        "tau": ColumnSpecification("estimate", "SD of the schools' effects (tau)", std_error="std_error"),
        "tau_low": ColumnSpecification("ci_low", "tau from", std_error="std_error"),
        "tau_high": ColumnSpecification("ci_high", "tau to", std_error="std_error"),
        "q_p_value": ColumnSpecification("p_value", "p of equal effects (Q)"),
        "prediction_low": ColumnSpecification("ci_low", "Another school from", std_error="std_error"),
        "prediction_high": ColumnSpecification("ci_high", "Another school to", std_error="std_error"),
        "sites": ColumnSpecification("units", "Schools", "schools"),
        "q": hidden(),
        "outcome_sd": hidden(),
        "students": hidden(),
        **units(),
    },
    schools="schools",
    teachers="teachers",
    students="students",
)

_OPINIONS = TableSpecification(
    "impacts_second_opinions",
    "The same contrasts by other methods",
    BOTH_ARMS,
    "one row per contrast, course and method; a method that could not be used is kept, with the reason",
    RULE,
    {
        **_names(),
        "opinion": label("Method"),
        "unit": label("Unit of the difference"),
        **model_figures(n="students", sd="outcome_sd"),
        "first_stage_f": ColumnSpecification("estimate", "F of the first stage", std_error="first_stage_step"),
        "compliance": ColumnSpecification("estimate", "Compliance", "percentage points", std_error="compliance_step"),
        "note": label("Note"),
        "first_stage_step": hidden(),
        "compliance_step": hidden(),
        "students": hidden(),
        "outcome_sd": hidden(),
        **units(),
    },
    schools="schools",
    teachers="teachers",
    students="students",
)

_SUBGROUPS = TableSpecification(
    "subgroup_impacts",
    "Online against teacher-directed classes by groups of students",
    BOTH_ARMS,
    "one row per contrast, course and group that the plan declared, then the difference between the two groups",
    RULE,
    {
        **_names(),
        "group": label("Group of students"),
        "unit": label("Unit of the difference"),
        **model_figures(n="students", sd="outcome_sd"),
        "effect_size": sized("Effect size", "effect_size_std_error", "effect_size_unit"),
        "effect_size_std_error": hidden(),
        "effect_size_unit": hidden(),
        "students": hidden(),
        "outcome_sd": hidden(),
        **units(),
    },
    schools="schools",
    teachers="teachers",
    students="students",
)

_DELIVERED = TableSpecification(
    "delivered",
    "The contrast as delivered",
    "Students of the analysed courses, by the class the lottery assigned (where none was held, by the class taken)",
    "one row per course, cohort and class; time is time in the platform, class size counts all students of the section",
    RULE,
    {
        "course": label("Course"),
        "cohort": label("Cohort"),
        "mode": label("Class"),
        "students": count(),
        **mean("hours", "Hours in the platform", "hours"),
        **mean("days", "Days in the platform", "days"),
        **mean("sessions", "Sessions", "sessions"),
        **mean("class_size", "Students in the class", "students"),
        **units(),
    },
    schools="schools",
    teachers="teachers",
)

EFFECTS = (
    _IMPACTS,
    _BY_COHORT,
    _BASELINE,
    _ATTRITION,
    _SITES,
    _OPINIONS,
    _SUBGROUPS,
    _DELIVERED,
    GRADE_SOURCE,
    GRADE_GAP,
)
EFFECT_SPECIFICATIONS: Mapping[str, TableSpecification] = MappingProxyType({one.name: one for one in EFFECTS})
