"""k, l and t: the tables of the papers, and an independent computation by other means."""

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from recredit.contract import load_contract
from recredit.deidentify.risk import measure_risk
from recredit.deidentify.risk_report import risk_figures, risk_page, risks, risky_rows

# Machanavajjhala et al. (2007), figure 2 (4-anonymous) and figure 3 (3-diverse): the same twelve patients.
CONDITIONS = {
    "anonymous": ["HHVV", "CHVV", "CCCC"],
    "diverse": ["HVCC", "CHVV", "HVCC"],
}
# Li et al. (2007), tables 3 and 5: salaries in thousands by class; 3 to 11 in all, one patient each.
SALARIES = {"table_3": [(3, 4, 5), (6, 8, 11), (7, 9, 10)], "table_5": [(3, 5, 9), (6, 8, 11), (4, 7, 10)]}


def frame(classes: list[str] | list[tuple[int, ...]]) -> pd.DataFrame:
    rows = [(str(number), value) for number, values in enumerate(classes) for value in values]
    table = pd.DataFrame(rows, columns=["zip", "value"])
    return table.assign(student_id=[f"c{place}" for place in range(len(table))])


@pytest.mark.parametrize(("name", "distinct", "entropy"), [("anonymous", 1, 1.0), ("diverse", 3, 2**1.5)])
def test_the_patients_of_the_l_diversity_paper(name: str, distinct: int, entropy: float) -> None:
    """Quarter, quarter, half: the entropy is 1.5 bits, so entropy l is 2**1.5 = 2.83 (a class of four is 1)."""
    risk = measure_risk(frame(CONDITIONS[name]), "student_id", ["zip"], ["value"])
    assert (risk.smallest, len(risk.sizes)) == (4, 3)
    assert risk.sensitive["value"].distinct == distinct
    assert risk.sensitive["value"].entropy == pytest.approx(entropy, rel=1e-12)


@pytest.mark.parametrize(("name", "closeness"), [("table_3", 0.375), ("table_5", 0.167)])
def test_the_salaries_of_the_t_closeness_paper(name: str, closeness: float) -> None:
    """As printed, to three decimals: D[{3,4,5}] = .375, D[{6,8,11}] = .167, and table 5 has .167-closeness."""
    risk = measure_risk(frame(SALARIES[name]), "student_id", ["zip"], ["value"], ordered=["value"])
    assert risk.sensitive["value"].closeness == pytest.approx(closeness, abs=5e-4)


def moved_earth(part: np.ndarray, whole: np.ndarray, cost: np.ndarray) -> float:
    """The earth mover's distance as the transport program that defines it."""
    size = len(whole)
    rows = np.kron(np.eye(size), np.ones(size))
    columns = np.kron(np.ones(size), np.eye(size))
    solved = linprog(cost.ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.concatenate([part, whole]))
    return float(solved.fun)


@pytest.mark.parametrize("ordered", [True, False])
def test_closeness_is_the_cost_of_the_transport_program(ordered: bool) -> None:
    random = np.random.default_rng(5)
    table = pd.DataFrame({"zip": random.integers(0, 6, 200), "value": random.integers(0, 7, 200)})
    table["student_id"] = [f"c{place}" for place in range(200)]
    whole = np.bincount(table["value"], minlength=7) / 200
    ranks = np.arange(7)
    cost = np.abs(ranks[:, None] - ranks) / 6 if ordered else (ranks[:, None] != ranks).astype(float)
    expected = max(
        moved_earth(np.bincount(part["value"], minlength=7) / len(part), whole, cost)
        for _, part in table.groupby("zip")
    )
    risk = measure_risk(table, "student_id", ["zip"], ["value"], ["value"] if ordered else [])
    assert risk.sensitive["value"].closeness == pytest.approx(expected, abs=1e-7)  # the solver's tolerance


def test_k_and_l_against_counters_with_missing_values_and_several_rows_a_student() -> None:
    random = np.random.default_rng(11)
    count = 600
    table = pd.DataFrame(
        {
            "student_id": [f"c{number}" for number in random.integers(0, 250, count)],
            "sex": random.choice(["female", "male", None], count),
            "age": random.choice([14.0, 15.0, np.nan], count),
            "reason": random.choice(["a", "b", None], count, p=[0.9, 0.05, 0.05]),
        }
    )
    risk = measure_risk(table, "student_id", ["sex", "age"], ["reason"])
    people: dict[tuple[str, str], set[str]] = {}
    values: dict[tuple[str, str], Counter[str]] = {}
    for row in table.astype("str").itertuples():
        people.setdefault((row.sex, row.age), set()).add(row.student_id)
        values.setdefault((row.sex, row.age), Counter())[row.reason] += 1
    assert sorted(risk.sizes) == sorted(map(len, people.values()))
    assert risk.sensitive["reason"].distinct == min(map(len, values.values()))
    entropies = [-sum(n / c.total() * math.log(n / c.total()) for n in c.values()) for c in values.values()]
    assert risk.sensitive["reason"].entropy == pytest.approx(math.exp(min(entropies)), rel=1e-12)


@pytest.fixture
def coded() -> dict[str, pd.DataFrame]:
    """Twelve boys of 15 and one girl of 17, in two terms; she is alone, and so is her reason."""
    students = pd.DataFrame(
        {
            "student_id": [f"c{number:02}" for number in range(13)],
            "age_years": [15] * 12 + [17],
            "sex": ["male"] * 12 + ["female"],
            "disability": [False, True] * 6 + [True],
        }
    )
    enrollments = students[["student_id"]].assign(
        enrollment_id=[f"e{number:02}" for number in range(13)], grade_level=9, enrollment_reason=["failed"] * 13
    )
    marks = pd.DataFrame({"enrollment_id": ["e00", "e12"], "completed_day": [30, 31]})
    return {"students": students, "enrollments": enrollments, "marks": marks}


def test_the_report_names_quasi_identifiers_and_the_students_at_risk(coded, repository) -> None:
    found = risks(coded, load_contract(repository / "config" / "contract"))
    figures = risk_figures(found, 10)
    tables = figures["tables"]
    assert tables["students"]["quasi_identifiers"] == ["age_years", "sex"]
    assert tables["enrollments"]["quasi_identifiers"] == ["age_years", "sex", "grade_level"]
    assert tables["marks"]["quasi_identifiers"] == ["age_years", "sex", "completed_day"]
    assert (tables["students"]["k"], tables["students"]["students_below_minimum"]) == (1, 1)
    assert tables["students"]["classes_by_size"]["1"] == tables["students"]["classes_by_size"]["10 to 19"] == 1
    risky = risky_rows(found, 10)
    assert risky[["table", "student_id", "students_alike"]].to_numpy().tolist() == [
        ["enrollments", "c12", 1],
        ["marks", "c00", 1],
        ["marks", "c12", 1],
        ["students", "c12", 1],
    ]
    assert risky.set_index("table").loc["students", "same_value_of"] == "disability"
    page = risk_page(figures)
    assert "13 students in 2 classes; the smallest class has 1 (k = 1); 1 students are in classes of fewer" in page


def test_tables_without_rows_have_no_class(coded, repository) -> None:
    coded["students"] = coded["students"].iloc[:0]
    coded["enrollments"] = coded["enrollments"].iloc[:0]
    found = risks(coded, load_contract(repository / "config" / "contract"))
    assert not risky_rows(found, 10)["table"].eq("students").any()


def test_a_study_without_quasi_identifiers_says_so() -> None:
    assert "No table of this study has quasi-identifiers" in risk_page(risk_figures({}, 10))
    assert risky_rows({}, 10).empty
