"""The class-size lottery in Tennessee: Stock & Watson's published table from the public data."""

import csv
from pathlib import Path

import numpy as np
import pytest

from recredit.estimators.linear import fit_ols
from recredit.standards import wwc

# Stock & Watson, Introduction to Econometrics, table 13.1: score on small class and regular class with aide,
# heteroskedasticity-robust standard errors; estimate and standard error of each, printed to two decimals.
PUBLISHED = {
    "k": ((13.90, 2.45), (0.31, 2.27)),
    "1": ((29.78, 2.83), (11.96, 2.65)),
    "2": ((19.39, 2.71), (3.48, 2.54)),
    "3": ((15.59, 2.40), (-0.29, 2.27)),
}


def _grade(folder: Path, grade: str) -> tuple[np.ndarray, np.ndarray]:
    """Sum of reading and math scores, and the kind of class, of students with both scores."""
    with (folder / "star" / "AER_STAR_wide.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kinds, scores = [], []
    for row in rows:
        parts = (row[f"read{grade}"], row[f"math{grade}"])
        if row[f"star{grade}"] not in ("", "NA") and not set(parts) & {"", "NA"}:
            kinds.append(row[f"star{grade}"])
            scores.append(float(parts[0]) + float(parts[1]))
    return np.array(scores), np.array(kinds)


@pytest.mark.shared_data
@pytest.mark.parametrize("grade", list(PUBLISHED))
def test_stock_and_watsons_class_size_table(shared_data: Path, grade: str) -> None:
    score, kind = _grade(shared_data, grade)
    design = np.column_stack([np.ones(len(score)), kind == "small", kind == "regular+aide"]).astype(float)
    found = fit_ols(score, design, vcov="HC1", names=["constant", "small", "aide"])
    for term, (estimate, std_error) in zip(("small", "aide"), PUBLISHED[grade], strict=True):
        at = list(found.names).index(term)
        assert (round(found.estimate[at], 2), round(found.std_error[at], 2)) == (estimate, std_error)


@pytest.mark.shared_data
def test_the_kindergarten_effect_in_standard_deviations(shared_data: Path) -> None:
    """About .19 SD: Stock & Watson, table 13.3, small class in kindergarten, in units of the pupils' SD of 73.75."""
    score, kind = _grade(shared_data, "k")
    small, regular = score[kind == "small"], score[kind == "regular"]
    found = wwc.hedges_g(13.90, small.std(ddof=1), regular.std(ddof=1), len(small), len(regular), std_error=2.45)
    assert round(found.g, 2) == 0.19
    assert found.std_error is not None and round(found.std_error, 2) == 0.03
