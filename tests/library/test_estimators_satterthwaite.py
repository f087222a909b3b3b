"""CR2 and its degrees of freedom: by the formula with whole matrices, and beside diff-diff and StatsPAI."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recredit.errors import EstimationError
from recredit.estimators.linear import fit_ols

SEEDS = range(4)
# Square roots of matrices on either side; the smallest eigenvalues are about 1e-2.
TIGHT = 1e-8


def inverse_root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    keep = values > 1e-9
    return vectors[:, keep] / np.sqrt(values[keep]) @ vectors[:, keep].T


def by_the_formula(y: np.ndarray, X: np.ndarray, cluster: np.ndarray, weights: np.ndarray) -> tuple[Any, Any]:
    """Pustejovsky & Tipton (2018), equations 4 to 9, with n x n matrices: covariance and degrees of freedom.

    The working model is the identity: A_g = [(I - H)_g (I - H)_g']^(-1/2), H = X (X'WX)^-1 X'W.
    """
    n, k = X.shape
    W = np.diag(weights)
    M = np.linalg.inv(X.T @ W @ X)
    left = np.eye(n) - X @ M @ X.T @ W
    residual = left @ y
    covariance = np.zeros((k, k))
    vectors = []
    for code in np.unique(cluster):
        own = cluster == code
        adjustment = inverse_root(left[own] @ left[own].T)
        scores = M @ X[own].T @ W[np.ix_(own, own)] @ adjustment
        covariance += np.outer(scores @ residual[own], scores @ residual[own])
        vectors.append(left[own].T @ scores.T)  # (n, k): what each error puts into the cluster's part
    df = np.empty(k)
    for term in range(k):
        P = np.column_stack([vector[:, term] for vector in vectors])
        df[term] = np.trace(P.T @ P) ** 2 / ((P.T @ P) ** 2).sum()
    return covariance, df


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("effects", ["none", "nested", "nested twice", "crossed"])
def test_agrees_with_the_formula(case: Callable[..., Any], seed: int, weighted: bool, effects: str) -> None:
    one = case(seed)
    weights = one.weights if weighted else np.ones(len(one.y))
    columns = {"none": [np.ones(len(one.y))], "nested": [one.blocks], "nested twice": [one.blocks]}
    design = np.column_stack([one.X, *columns.get(effects, [one.blocks, one.years])])
    absorb = {"none": None, "nested": one.block, "nested twice": [one.school, one.block]}.get(
        effects, [one.block, one.year]
    )
    X = design if effects == "none" else one.X
    fit = fit_ols(one.y, X, cluster=one.school, absorb=absorb, weights=weights if weighted else None)
    covariance, df = by_the_formula(one.y, design, one.school, weights)
    np.testing.assert_allclose(fit.covariance[:3, :3], covariance[:3, :3], rtol=TIGHT, atol=1e-14)
    np.testing.assert_allclose(fit.df[:3], df[:3], rtol=TIGHT)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("weighted", [False, True])
def test_many_columns_and_few_rows_take_other_ways_to_the_same(
    case: Callable[..., Any], seed: int, weighted: bool
) -> None:
    """More columns than FEW_COLUMNS, clusters with fewer rows than columns and clusters with more."""
    one = case(seed, schools=20, students=400)
    random = np.random.default_rng(seed)
    X = np.column_stack([one.X, random.standard_normal((len(one.y), 12)), np.ones(len(one.y))])
    weights = one.weights if weighted else None
    sizes = np.bincount(one.school)
    assert sizes.min() <= X.shape[1] < sizes.max()
    fit = fit_ols(one.y, X, cluster=one.school, weights=weights)
    covariance, df = by_the_formula(one.y, X, one.school, np.ones(len(one.y)) if weights is None else weights)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(fit.df, df, rtol=TIGHT)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("crossed", [False, True])
def test_agrees_with_diff_diff(case: Callable[..., Any], seed: int, weighted: bool, crossed: bool) -> None:
    linalg = pytest.importorskip("diff_diff.linalg", reason="diff-diff is a test-only package and is not installed")
    one = case(seed)
    design = np.column_stack([one.X, one.blocks, *([one.years] if crossed else [])])
    weights = one.weights if weighted else None
    absorb = [one.block, one.year] if crossed else one.block
    fit = fit_ols(one.y, one.X, cluster=one.school, absorb=absorb, weights=weights)
    root = np.sqrt(np.ones(len(one.y)) if weights is None else weights)
    solution = np.linalg.lstsq(design * root[:, None], one.y * root, rcond=None)[0]
    covariance, df = linalg.compute_robust_vcov(
        design,
        one.y - design @ solution,
        cluster_ids=one.school,
        weights=weights,
        vcov_type="hc2_bm",
        return_dof=True,
    )
    np.testing.assert_allclose(fit.covariance, covariance[:3, :3], rtol=1e-7, atol=1e-14)
    np.testing.assert_allclose(fit.df, df[:3], rtol=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_statspai(case: Callable[..., Any], seed: int) -> None:
    statspai = pytest.importorskip("statspai", reason="StatsPAI is a test-only package and is not installed")
    one = case(seed)
    table = pd.DataFrame({"y": one.y, "a": one.X[:, 0], "b": one.X[:, 1], "c": one.X[:, 2], "school": one.school})
    fit = fit_ols(table["y"], table[["a", "b", "c"]].assign(constant=1.0), cluster=table["school"])
    other = statspai.cr2_se(statspai.regress("y ~ a + b + c", data=table, cluster="school"), table, "school")
    np.testing.assert_allclose(fit.std_error[:3], other.std_errors[["a", "b", "c"]], rtol=1e-7)
    their_df = [other.diagnostics["satterthwaite_dof"][name] for name in "abc"]
    np.testing.assert_allclose(fit.df[:3], their_df, rtol=1e-7)


def test_balanced_clusters_have_g_less_one_degrees_of_freedom() -> None:
    """Equal clusters, equal shares of both arms inside: the t test on G school differences (Bell & McCaffrey 2002)."""
    random = np.random.default_rng(5)
    school = np.repeat(np.arange(7), 20)
    arm = np.tile([0.0, 1.0], 70)
    y = arm * random.standard_normal(7)[school] + random.standard_normal(140)
    fit = fit_ols(y, arm, cluster=school, absorb=school)
    differences = np.array(
        [y[(school == g) & (arm == 1)].mean() - y[(school == g) & (arm == 0)].mean() for g in range(7)]
    )
    assert fit.df[0] == pytest.approx(6)
    assert fit.std_error[0] == pytest.approx(differences.std(ddof=1) / np.sqrt(7))


def test_unbiased_where_students_are_independent_and_alike(case: Callable[..., Any]) -> None:
    """A term of whole schools, 1,000 outcomes of variance 1: the mean of V is (X'X)^-1; CR1 is too small."""
    one = case(3, schools=8, students=160)
    random = np.random.default_rng(0)
    X = np.column_stack([random.lognormal(size=8)[one.school], one.X, np.ones(len(one.y))])
    truth = np.linalg.inv(X.T @ X)[0, 0]
    found: dict[str, list[float]] = {"CR1": [], "CR2": []}
    for _ in range(1000):
        y = random.standard_normal(len(one.y))
        for vcov, values in found.items():
            values.append(fit_ols(y, X, cluster=one.school, vcov=vcov).covariance[0, 0])
    error = np.std(found["CR2"]) / np.sqrt(1000)
    assert abs(np.mean(found["CR2"]) - truth) < 3 * error
    assert np.mean(found["CR1"]) < truth - 3 * error


def test_equal_weights_change_nothing(case: Callable[..., Any]) -> None:
    one = case(0)
    first = fit_ols(one.y, one.X, cluster=one.school, absorb=one.block)
    second = fit_ols(one.y, one.X, cluster=one.school, absorb=one.block, weights=np.full(len(one.y), 2.5))
    nearly = np.full(len(one.y), 1.0)
    nearly[0] += 1e-9  # takes the way of unequal weights
    third = fit_ols(one.y, one.X, cluster=one.school, absorb=one.block, weights=nearly)
    for other in (second, third):
        np.testing.assert_allclose(other.std_error, first.std_error, rtol=1e-7)
        np.testing.assert_allclose(other.df, first.df, rtol=1e-7)


def test_two_schools_have_an_answer_with_at_most_one_degree_of_freedom() -> None:
    random = np.random.default_rng(1)
    school, arm = np.repeat([0, 1], [30, 50]), np.tile([0.0, 1.0], 40)
    fit = fit_ols(random.standard_normal(80), arm, cluster=school, absorb=school)
    assert 0 < fit.df[0] < 1 + 1e-9 and np.isfinite(fit.std_error[0])
    # Arms that are schools: each school's mean decides the term alone.
    by_school = fit_ols(random.standard_normal(80), np.column_stack([school == 1, np.ones(80)]), cluster=school)
    assert np.isnan(by_school.std_error).all() and np.isfinite(by_school.estimate).all()


def test_effects_with_too_many_levels_across_clusters_are_refused() -> None:
    random = np.random.default_rng(0)
    n = 20_000
    student, school = np.repeat(np.arange(n // 2), 2), random.integers(0, 30, n)
    x, y = random.standard_normal(n), random.standard_normal(n)
    with pytest.raises(EstimationError, match="10000 levels would have to be held as columns"):
        fit_ols(y, x, cluster=school, absorb=student)
    assert np.isfinite(fit_ols(y, x, cluster=school, absorb=student, vcov="CR1").std_error[0])
