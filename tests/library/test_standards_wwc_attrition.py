"""Attrition by the clearinghouse: its table row by row, the model behind it, and where the table is found."""

import json
import shutil
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq, least_squares

from recredit.errors import EstimationError
from recredit.standards import wwc

# Standards Handbook 4.1, table II.1: overall attrition 0, 1, ..., 57 percent; cautious and optimistic boundary.
CAUTIOUS = """
5.7 5.8 5.9 5.9 6.0 6.1 6.2 6.3 6.3 6.3 6.3 6.2 6.2 6.1 6.0 5.9 5.9 5.8 5.7 5.5 5.4 5.3 5.2 5.1 4.9 4.8 4.7
4.5 4.4 4.3 4.1 4.0 3.8 3.6 3.5 3.3 3.2 3.1 2.9 2.8 2.6 2.5 2.3 2.1 2.0 1.8 1.6 1.5 1.3 1.2 1.0 0.9 0.7 0.6
0.4 0.3 0.2 0.0
"""
OPTIMISTIC = """
10.0 10.1 10.2 10.3 10.4 10.5 10.7 10.8 10.9 10.9 10.9 10.9 10.9 10.9 10.8 10.8 10.7 10.6 10.5 10.3 10.2 10.0
9.9 9.7 9.5 9.4 9.2 9.0 8.8 8.6 8.4 8.2 8.0 7.8 7.6 7.4 7.2 7.0 6.7 6.5 6.3 6.0 5.8 5.6 5.3 5.1 4.9 4.6 4.4
4.2 3.9 3.7 3.5 3.2 3.0 2.8 2.6 2.3
"""
ROWS = [
    (name, overall, boundary)
    for name, column in (("cautious", CAUTIOUS), ("optimistic", OPTIMISTIC))
    for overall, boundary in enumerate(column.split())
]


def _counts(overall: int, differential: Fraction) -> tuple[int, int, int, int]:
    """Assigned and analysed in both arms with exactly these rates in percent."""
    if differential <= 2 * overall:
        assigned = 20_000
        lost = [assigned * (overall + sign * differential / 2) / 100 for sign in (1, -1)]
        assert all(one.denominator == 1 for one in lost)
        return assigned, assigned - int(lost[0]), assigned, assigned - int(lost[1])
    # Nobody is lost in the comparison arm, and the treatment arm is small enough for the overall rate.
    treated = 1000 * overall
    lost_there = int(treated * differential / 100)
    return treated, treated - lost_there, 100 * lost_there // overall - treated, 100 * lost_there // overall - treated


@pytest.mark.parametrize(("name", "overall", "boundary"), ROWS)
def test_each_row_of_the_attrition_table(name: str, overall: int, boundary: str) -> None:
    limit = Fraction(boundary)
    if overall == 0:
        # Nobody lost has no difference; the row still says where the boundary begins.
        found = wwc.attrition(100, 100, 90, 90, boundary=name)
        assert (found.level, found.boundary_percent) == ("low", float(limit))
        return
    at = wwc.attrition(*_counts(overall, limit), boundary=name)
    assert (at.overall_percent, at.differential_percent) == (overall, float(limit))
    assert (at.boundary_percent, at.level) == (float(limit), "low")
    above = wwc.attrition(*_counts(overall, limit + Fraction(1, 10)), boundary=name)
    assert (above.overall_percent, above.level) == (overall, "high")
    assert above.is_low is False


@pytest.mark.parametrize("name", ["cautious", "optimistic"])
def test_the_table_follows_from_the_model_behind_it(name: str) -> None:
    """Deke & Chiang (2017): bias a_t phi(z_t)/p_t - a_c phi(z_c)/p_c reaches .05 SD at the boundary.

    Two free correlations must fit all rows: a slip of one digit would stand out. The table is rounded to .1, and at
    low overall attrition the model's boundary would need a negative loss in one arm: those rows have their own rule.
    """
    table = wwc.boundary_table()
    published = np.array([float(one) for one in getattr(table, name)])
    rows = np.arange(6, 57) if name == "cautious" else np.arange(7, 58)

    def boundary(overall: int, a_treatment: float, a_comparison: float) -> float:
        def excess(gap: float) -> float:
            kept = np.array([1 - overall / 100 - gap / 2, 1 - overall / 100 + gap / 2])
            bias = stats.norm.pdf(stats.norm.ppf(kept)) / kept
            return float(a_treatment * bias[0] - a_comparison * bias[1] - 0.05)

        widest = min(2 * overall / 100, 0.3) - 1e-9
        if excess(0) > 0:
            return 0.0
        return 100 * (brentq(excess, 0, widest) if excess(widest) > 0 else widest)

    start = [0.45, 0.39] if name == "cautious" else [0.27, 0.22]
    fitted = least_squares(lambda a: [boundary(row, *a) - published[row] for row in rows], start)
    assert np.abs(fitted.fun).max() < 0.12
    assert all(abs(later - earlier) < 0.31 for earlier, later in pairwise(published))


def test_between_rows_the_boundary_is_a_straight_line_and_beyond_them_it_ends() -> None:
    found = wwc.attrition(1000, 900, 1000, 837)
    assert (found.overall_percent, found.differential_percent) == (13.15, 6.3)
    assert found.boundary_percent == pytest.approx(6.1 - 0.15 * 0.1)
    beyond = wwc.attrition(1000, 400, 1000, 400)
    assert (beyond.boundary_percent, beyond.level) == (0.0, "high")
    unknown = wwc.attrition(1000, 400, 1000, 400, boundary="optimistic")
    assert (unknown.boundary_percent, unknown.level) == (None, "not determined")


def test_attrition_of_the_published_kind_and_what_is_none() -> None:
    found = wwc.attrition(613, 613, 611, 611)
    assert (found.overall_percent, found.level) == (0.0, "low")
    for counts in ((0, 0, 10, 5), (10, 11, 10, 5), (10, -1, 10, 5)):
        with pytest.raises(EstimationError, match="no more analysed than assigned"):
            wwc.attrition(*counts)
    with pytest.raises(EstimationError, match="whole numbers"):
        wwc.attrition(10, 9.5, 10, 9)  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="boundary of"):
        wwc.attrition(10, 9, 10, 9, boundary="liberal")


def test_the_table_is_found_in_a_copy_of_the_library_and_read_from_a_path(tmp_path: Path) -> None:
    standards = Path(wwc.__file__).parent
    source = json.loads((standards / "wwc_attrition_boundary.json").read_text(encoding="utf-8"))
    assert "table II.1" in source["source"]
    assert wwc.read_boundary_table(standards / "wwc_attrition_boundary.csv") == wwc.boundary_table()
    shutil.copytree(standards.parent, tmp_path / "recredit", ignore=shutil.ignore_patterns("__pycache__"))
    code = "from recredit.standards import wwc; print(wwc.__file__, float(wwc.boundary_table().cautious[57]))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.stdout.split() == [str(tmp_path / "recredit" / "standards" / "wwc.py"), "0.0"]


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("overall_percent,cautious_percent\n1,2\n")
    with pytest.raises(EstimationError, match=r"other.csv: rows with the columns"):
        wwc.read_boundary_table(file)
    file.write_text("overall_percent,cautious_percent,optimistic_percent\n2,1,1\n1,1,1\n")
    with pytest.raises(EstimationError, match="must rise"):
        wwc.read_boundary_table(file)
    file.write_text("overall_percent,cautious_percent,optimistic_percent\n0,5,8\n10,1,2\n")
    other = wwc.attrition(100, 95, 100, 95, table=wwc.read_boundary_table(file))
    assert other.boundary_percent == 3.0
