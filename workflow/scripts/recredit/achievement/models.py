"""Online credits and achievement: naive comparison, two-way fixed effects, value added, placebo leads, graduation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from recredit.achievement.panel import OUTCOMES
from recredit.errors import EstimationError
from recredit.estimators.exact import Cell, Made
from recredit.estimators.linear import fit_ols
from recredit.estimators.results import LinearFit

# Terms are shown per ten percentage points more of the year's credits taken online.
STEP = 0.1
NAIVE, PLACEBO = "naive", "placebo"


@dataclass(frozen=True)
class Form:
    """One form of the model.

    Attributes
    ----------
    title : in words. absorb : fixed effects. term : the column whose coefficient is shown. also : further columns;
        "{outcome}" stands for the outcome.
    """

    title: str
    absorb: tuple[str, ...]
    term: str = "online_share"
    also: tuple[str, ...] = ()


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        NAIVE: Form("Online takers beside others of the same year", ("school_year",)),
        "school": Form("The same, within schools and grades", ("school_id", "grade_level", "school_year")),
        "student_and_year": Form("Each student beside her or his own other years", ("student_id", "school_year")),
        "value_added": Form(
            "Given the result of the year before",
            ("school_id", "grade_level", "school_year"),
            also=("lagged_{outcome}",),
        ),
        PLACEBO: Form(
            "Placebo: online credits of the year after, on this year's result",
            ("student_id", "school_year"),
            term="next_online_share",
            also=("online_share",),
        ),
    }
)
# Who graduates is known once a student: the share of credits online over all years, beside others of the same school.
GRADUATION_FORMS = (NAIVE, "school")


@dataclass(frozen=True)
class PanelFit:
    """A fitted form: the coefficient of the first term, and the rows it rests on."""

    outcome: str
    form: str
    fit: LinearFit
    rows: pd.DataFrame


def fit_panel(panel: pd.DataFrame) -> tuple[list[PanelFit], list[Made]]:
    """All forms for all outcomes that have values."""
    fits: list[PanelFit] = []
    made: list[Made] = []
    for outcome, words in OUTCOMES.items():
        problems = []
        forms = GRADUATION_FORMS if outcome == "graduated_on_time" else tuple(FORMS)
        frame = _graduation(panel) if outcome == "graduated_on_time" else panel
        for form in forms:
            try:
                fits.append(fit_form(frame, outcome, form))
            except EstimationError as error:
                problems.append(f"{FORMS[form].title}: {error}")
        made.append(
            Made(f"achievement_{outcome}", f"Online credits and achievement: {words.label}", "; ".join(problems))
        )
    return fits, made


def _graduation(panel: pd.DataFrame) -> pd.DataFrame:
    """One row per student whose graduation is known, with the mean online share of all years on file."""
    known = panel[panel["graduated_on_time"].notna()].sort_values("school_year", kind="stable")
    last = known.drop_duplicates("student_id", keep="last")
    share = panel.groupby("student_id")["online_share"].mean()
    return last.assign(online_share=last["student_id"].map(share))


def fit_form(panel: pd.DataFrame, outcome: str, form: str) -> PanelFit:
    """One form for one outcome; standard errors CR2, clustered by the student's first school.

    Raises
    ------
    EstimationError without values, or where the online share does not vary.
    """
    declared = FORMS[form]
    also = [name.format(outcome=outcome) for name in declared.also]
    used = panel.dropna(subset=[outcome, declared.term, *also, *declared.absorb, "home_school_id"])
    if used.empty:
        raise EstimationError("no student and year has a value in every column")
    if used[declared.term].nunique() < 2:
        raise EstimationError("the share of credits taken online does not vary")
    terms = np.column_stack([used[declared.term].to_numpy() / STEP, *(used[name].to_numpy() for name in also)])
    fit = fit_ols(
        used[outcome].to_numpy(),
        terms,
        cluster=used["home_school_id"].to_numpy(dtype=object),
        absorb=[used[name].to_numpy(dtype=object) for name in declared.absorb],
        names=["share", *also],
    )
    return PanelFit(outcome, form, fit, used.iloc[fit.rows])


def figures(fit: LinearFit, term: int = 0) -> dict[str, Cell]:
    """The figures of one term, and what the disclosure rules read of the model."""
    names = ("estimate", "std_error", "df", "p_value", "ci_low", "ci_high")
    cells: dict[str, Cell] = {name: float(getattr(fit, name)[term]) for name in names}
    return {**cells, "residual_df": float(fit.residual_df), "max_leverage": fit.max_leverage}


def behind(rows: pd.DataFrame, outcome: str) -> dict[str, Cell]:
    """What stands behind a row of the panel's tables."""
    online = rows[rows["online_share"] > 0]
    return {
        "students": float(rows["student_id"].nunique()),
        "outcome_sd": float(rows[outcome].std()),
        "smallest_cell": float(min(online["student_id"].nunique(), rows["student_id"].nunique())),
        "schools": float(rows["home_school_id"].nunique()),
    }


def achievement_rows(fits: Sequence[PanelFit]) -> Iterator[dict[str, Cell]]:
    """Rows of the table `achievement`."""
    for one in fits:
        yield {
            "outcome": OUTCOMES[one.outcome].label,
            "model": one.form,
            "title": FORMS[one.form].title,
            "term": "Credits taken online (per 10 percentage points)",
            "unit": OUTCOMES[one.outcome].unit,
            **figures(one.fit),
            "clusters": float(one.fit.clusters or np.nan),
            "convention": f"{one.fit.convention}, by the student's first school",
            **behind(one.rows, one.outcome),
        }
