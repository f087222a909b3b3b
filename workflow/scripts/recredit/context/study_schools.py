"""The table `study_schools`: students in the study, study schools and district side by side. Exact, not yet public."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recredit.context.students import CHARACTERISTICS, IN_STUDY, IN_STUDY_SCHOOL, MEASURES
from recredit.estimators.descriptive import NOT_RECORDED, Rows, characteristic_name
from recredit.estimators.exact import Cell

# Columns of the table end in these; the groups lie one inside the other, but for students who changed schools.
GROUPS = ("study", "study_schools", "district")
# Shares of the students in the study are those of the table `student_characteristics`, in the words of the cohort.
SHARES = GROUPS[1:]


@dataclass(frozen=True)
class Limits:
    """How many students and schools the smallest group of a release has (`disclosure` in the study's settings)."""

    minimum_group: int
    minimum_units: int


def study_schools(students: pd.DataFrame, limits: Limits) -> Rows:
    """The rows of the table.

    Parameters
    ----------
    students : see :func:`recredit.context.students.district_students`.

    Returns
    -------
    No rows where nobody in the study is on file, or where fewer students of the district are outside the study than
    in it: what is said of the district would say too much of the study's students.

    Notes
    -----
    The study schools are shown beside the district only where there are other schools, enough of them that the
    difference of the two tells of no single school. A mean is left out where too few students with a value stand
    outside of its group: their values would follow from the two means.
    """
    inside = int(students[IN_STUDY].sum())
    if not inside or len(students) - inside < max(inside, limits.minimum_group):
        return []
    groups = _groups(students, limits)
    same = _in_each_row(students, groups)
    return [same | row for row in (*_shares(students, groups), *_means(students, groups, limits))]


def _groups(students: pd.DataFrame, limits: Limits) -> dict[str, pd.DataFrame]:
    """The students of each group that is shown."""
    others = students[~students[IN_STUDY_SCHOOL]]
    apart = others["school_id"].nunique() >= limits.minimum_units and len(others) >= limits.minimum_group
    schools = {"study_schools": students[students[IN_STUDY_SCHOOL]]} if apart else {}
    return {"study": students[students[IN_STUDY]], **schools, "district": students}


def _shares(students: pd.DataFrame, groups: Mapping[str, pd.DataFrame]) -> Iterator[dict[str, Cell]]:
    for name in CHARACTERISTICS:
        if (students[name] == NOT_RECORDED).all():
            continue
        for category in _ordered(students[name]):
            own = {group: groups[group][groups[group][name] == category] for group in SHARES if group in groups}
            figures = {f"percent_{group}": 100 * len(part) / len(groups[group]) for group, part in own.items()}
            yield _row(characteristic_name(name), category, "percent", {**figures, **_schools(own)})


def _ordered(column: pd.Series) -> list[str]:
    """Categories by name, those not recorded last."""
    found = sorted(column.unique(), key=lambda text: text.lower())
    return [*(text for text in found if text != NOT_RECORDED), *(text for text in found if text == NOT_RECORDED)]


def _means(students: pd.DataFrame, groups: Mapping[str, pd.DataFrame], limits: Limits) -> Iterator[dict[str, Cell]]:
    for name, measure in MEASURES.items():
        if students[name].isna().all():
            continue
        known = {group: part[part[name].notna()] for group, part in groups.items()}
        figures: dict[str, Cell] = _schools(known)
        sizes = sorted((len(part) for part in known.values()), reverse=True)
        for group, part in known.items():
            # How many stand between this group and the next larger one.
            outside = min((size - len(part) for size in sizes if size > len(part)), default=limits.minimum_group)
            if len(part) and outside >= limits.minimum_group:
                figures[f"mean_{group}"] = float(part[name].mean())
            figures |= {f"n_{group}": float(len(part)), f"sd_{group}": float(part[name].std())}
        yield _row(measure.label, "mean", measure.unit, figures)


def _schools(parts: Mapping[str, pd.DataFrame]) -> dict[str, Cell]:
    """Schools behind the smallest group of a row that has students."""
    found = [float(part["school_id"].nunique()) for part in parts.values() if len(part)]
    return {"schools": min(found, default=0.0)}


def _in_each_row(students: pd.DataFrame, groups: Mapping[str, pd.DataFrame]) -> dict[str, Cell]:
    """Students of each group and schools, which every row repeats; no figures yet."""
    counts = {f"students_{group}": float(len(groups[group])) if group in groups else np.nan for group in SHARES}
    empty = {f"{kind}_{group}": np.nan for kind in ("mean", "n", "sd") for group in GROUPS}
    return {
        **counts,
        "schools_study": float(students.loc[students[IN_STUDY_SCHOOL], "school_id"].nunique()),
        "schools_district": float(students["school_id"].nunique()),
        **empty,
        **{f"percent_{group}": np.nan for group in SHARES},
    }


def _row(characteristic: str, category: str, unit: str, figures: Mapping[str, Cell]) -> dict[str, Cell]:
    return {"characteristic": characteristic, "category": category, "unit": unit, **figures}
