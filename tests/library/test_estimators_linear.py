"""`fit_ols` against hand formulas, statsmodels, linearmodels, a published figure and a simulated truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.iv import AbsorbingLS
from scipy.stats import t as student_t

from recredit.estimators.linear import fit_ols


def study(seed: int, n: int = 240, clusters: int = 15) -> dict[str, np.ndarray]:
    """Two terms, clusters with a shock, two crossed fixed effects, weights."""
    random = np.random.default_rng(seed)
    cluster = random.integers(0, clusters, n)
    course, year = random.integers(0, 6, n), random.integers(0, 3, n)
    X = np.column_stack([random.normal(size=n) + course, random.integers(0, 2, n)])
    y = X @ [2.0, -1.0] + random.normal(size=clusters)[cluster] + course + year + random.normal(size=n)
    return {"y": y, "X": X, "cluster": cluster, "course": course, "year": year, "weights": random.uniform(0.5, 2, n)}


def dummies(codes: np.ndarray, *, base: bool) -> np.ndarray:
    table = pd.get_dummies(codes).to_numpy(dtype=float)
    return table[:, 1:] if base else table


SEEDS = range(5)


def test_slope_and_classical_error_by_the_textbook() -> None:
    x, y = np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 4, 3, 7])
    fit = fit_ols(y, np.column_stack([x, np.ones(5)]), vcov="classical", names=["x", "constant"])
    # Sums by hand: Sxx = 10, Sxy = 12, Syy = 21.2, so the slope is 1.2 and the residual sum of squares 21.2 - 12^2/10.
    error = ((21.2 - 14.4) / 3 / 10) ** 0.5
    half = float(student_t.ppf(0.975, 3)) * error
    assert fit.estimate[0] == pytest.approx(1.2)
    assert fit.std_error[0] == pytest.approx(error)
    assert fit.p_value[0] == pytest.approx(2 * student_t.sf(1.2 / error, 3))
    assert (fit.ci_low[0], fit.ci_high[0]) == pytest.approx((1.2 - half, 1.2 + half))
    assert fit.residual_df == 3 and fit.df[0] == 3 and fit.clusters is None
    assert fit.max_leverage == pytest.approx(1 / 5 + 4 / 10)  # 1/n + (x - mean)^2 / Sxx at the ends


def test_clustered_error_by_its_formula() -> None:
    data = study(0)
    fit = fit_ols(data["y"], sm.add_constant(data["X"]), cluster=data["cluster"], vcov="CR1")
    X = sm.add_constant(data["X"])
    residual = data["y"] - X @ fit.estimate
    bread = np.linalg.inv(X.T @ X)
    meat = np.zeros((3, 3))
    for code in np.unique(data["cluster"]):
        own = data["cluster"] == code
        score = X[own].T @ residual[own]
        meat += np.outer(score, score)
    variance = bread @ meat @ bread * 15 / 14
    np.testing.assert_allclose(fit.std_error, np.sqrt(np.diag(variance)), rtol=1e-9)
    assert fit.clusters == 15
    assert (fit.df == 14).all()
    assert "CR1" in fit.convention and "G-1" in fit.convention


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("weighted", [False, True])
def test_agrees_with_statsmodels(seed: int, weighted: bool) -> None:
    data = study(seed)
    weights = data["weights"] if weighted else np.ones(len(data["y"]))
    fit = fit_ols(
        data["y"],
        data["X"],
        cluster=data["cluster"],
        absorb=[data["course"], data["year"]],
        weights=weights if weighted else None,
        vcov="CR1S",
    )
    whole = np.column_stack([data["X"], dummies(data["course"], base=False), dummies(data["year"], base=True)])
    groups = {"groups": data["cluster"]}
    other = sm.WLS(data["y"], whole, weights=weights).fit(cov_type="cluster", cov_kwds=groups, use_t=True)
    # Two exact algorithms in double precision.
    np.testing.assert_allclose(fit.estimate, other.params[:2], rtol=1e-9)
    np.testing.assert_allclose(fit.std_error, other.bse[:2], rtol=1e-9)
    np.testing.assert_allclose(fit.p_value, other.pvalues[:2], rtol=1e-6, atol=1e-300)
    np.testing.assert_allclose(fit.ci_low, other.conf_int()[:2, 0], rtol=1e-8)
    assert fit.residual_df == other.df_resid
    # CR1 leaves out statsmodels' factor (n-1)/(n-k), and nothing else.
    plain = fit_ols(
        data["y"],
        data["X"],
        cluster=data["cluster"],
        absorb=[data["course"], data["year"]],
        weights=weights if weighted else None,
        vcov="CR1",
    )
    np.testing.assert_allclose(plain.std_error**2 * (fit.n - 1) / fit.residual_df, fit.std_error**2, rtol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_linearmodels(seed: int) -> None:
    data = study(seed)
    fit = fit_ols(data["y"], data["X"], cluster=data["cluster"], absorb=[data["course"], data["year"]], vcov="CR1")
    effects = pd.DataFrame({"course": pd.Categorical(data["course"]), "year": pd.Categorical(data["year"])})
    other = AbsorbingLS(data["y"], data["X"], absorb=effects).fit(cov_type="clustered", clusters=data["cluster"])
    # linearmodels' default is CR0: without the factor G/(G-1).
    np.testing.assert_allclose(fit.estimate, other.params, rtol=1e-7)
    np.testing.assert_allclose(fit.std_error**2 * 14 / 15, other.std_errors**2, rtol=1e-7)


def test_nested_fixed_effects_are_counted_once() -> None:
    data = study(1)
    nested = data["course"] * 10 + data["year"]
    fit = fit_ols(data["y"], data["X"], absorb=[nested, data["course"], data["year"]], vcov="classical")
    levels = len(np.unique(nested))
    assert fit.residual_df == fit.n - 2 - levels
    other = sm.OLS(data["y"], np.column_stack([data["X"], dummies(nested, base=False)])).fit()
    np.testing.assert_allclose(fit.std_error, other.bse[:2], rtol=1e-9)


def test_rows_and_names_of_groups_change_no_bit() -> None:
    data = study(2)
    data["y"][:40] = np.round(data["y"][:40])
    data["X"][:40] = np.round(data["X"][:40])  # ties in content, in different clusters
    random = np.random.default_rng(0)
    order = random.permutation(len(data["y"]))
    names = {code: f"{random.integers(1 << 60):x}" for code in range(20)}

    def renamed(codes: np.ndarray) -> np.ndarray:
        return np.array([names[int(code)] for code in codes[order]], dtype=object)

    first = fit_ols(data["y"], data["X"], cluster=data["cluster"], absorb=[data["course"], data["year"]], vcov="CR1")
    second = fit_ols(
        data["y"][order],
        data["X"][order],
        cluster=renamed(data["cluster"]),
        absorb=[renamed(data["course"]), renamed(data["year"])],
        vcov="CR1",
    )
    for name in ("estimate", "std_error", "p_value", "ci_low", "ci_high"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes(), name
    assert first.max_leverage == second.max_leverage


def test_missing_values_zero_weights_and_singletons_are_left_out_and_counted() -> None:
    data = study(3)
    y, course = data["y"].copy(), data["course"].astype(object)
    weights = np.ones(len(y))
    y[0], course[1], weights[2] = np.nan, None, 0
    course[3] = "alone"
    fit = fit_ols(y, data["X"], absorb=[course], weights=weights, vcov="classical")
    reasons = {one.reason: one.count for one in fit.dropped}
    assert reasons == {"missing value": 2, "weight of zero": 1, "alone in a level of a fixed effect": 1}
    assert fit.n == len(y) - 4
    assert fit.rows.tolist() == list(range(4, len(y)))


def test_singletons_are_found_one_after_another() -> None:
    y = np.array([1.0, 2, 4, 3, 5, 9, 7])
    x = np.array([1.0, 3, 2, 5, 4, 6, 9])
    # The last row is alone in the first factor; without it the row before it is alone in the second one.
    first = np.array(["a", "a", "a", "a", "b", "b", "c"])
    second = np.array(["u", "u", "v", "v", "u", "w", "w"])
    fit = fit_ols(y, x[:, None], absorb=[first, second], vcov="classical")
    assert fit.rows.tolist() == [0, 1, 2, 3]


def test_a_collinear_term_is_left_out_by_name() -> None:
    data = study(4)
    X = np.column_stack([data["X"], data["X"] @ [1.0, 2.0], data["course"]])
    fit = fit_ols(data["y"], X, absorb=[data["course"]], vcov="classical", names=["a", "b", "sum", "course"])
    assert [(one.what, one.reason) for one in fit.dropped] == [
        ("sum", "a combination of the terms before it"),
        ("course", "no variation beside the fixed effects"),
    ]
    assert np.isnan(fit.estimate[2:]).all() and np.isfinite(fit.estimate[:2]).all()


def test_refusals_say_what_is_wrong() -> None:
    data = study(0, n=30)
    X, y = data["X"], data["y"]
    with pytest.raises(ValueError, match="needs clusters"):
        fit_ols(y, X, vcov="CR1")
    with pytest.raises(ValueError, match="vcov must be one of"):
        fit_ols(y, X, vcov="HC9")
    with pytest.raises(ValueError, match="only one cluster"):
        fit_ols(y, X, cluster=np.zeros(30), vcov="CR1")
    with pytest.raises(ValueError, match="no more rows than parameters"):
        fit_ols(y[:2], X[:2], vcov="classical")
    with pytest.raises(ValueError, match="outcome does not vary"):
        fit_ols(np.full(30, 3.0), np.column_stack([X, np.ones(30)]), vcov="classical")
    with pytest.raises(ValueError, match="no term of the model varies"):
        fit_ols(y, np.ones((30, 1)), absorb=[np.zeros(30)], vcov="classical")
    with pytest.raises(ValueError, match="weights must not be negative"):
        fit_ols(y, X, weights=np.full(30, -1.0), vcov="classical")
    with pytest.raises(ValueError, match="no row is complete"):
        fit_ols(np.full(30, np.nan), X, vcov="classical")


def test_interval_covers_the_planted_slope() -> None:
    """95% of 400 studies with cluster shocks: the share has an SD of 1.1 points, and CR1 runs a bit low."""
    covered = 0
    for seed in range(400):
        random = np.random.default_rng(seed)
        cluster = np.repeat(np.arange(20), 15)
        x = random.normal(size=20)[cluster] + random.normal(size=300)
        y = 0.5 * x + random.normal(size=20)[cluster] + random.normal(size=300)
        fit = fit_ols(y, np.column_stack([x, np.ones(300)]), cluster=cluster, vcov="CR1")
        covered += bool(fit.ci_low[0] <= 0.5 <= fit.ci_high[0])
    assert 0.90 <= covered / 400 <= 0.98


@pytest.mark.shared_data
def test_published_hours_and_grade_of_online_science(shared_data: Path) -> None:
    """Published: 0.365 points an hour, standard error 0.039, n 573."""
    table = pd.read_csv(shared_data / "online_science" / "sci_mo_with_text.csv")
    table = table.drop_duplicates(["student_id", "course_id"])
    X = np.column_stack([table["TimeSpent_hours"], np.ones(len(table))])
    fit = fit_ols(table["final_grade"], X, vcov="classical", names=["hours", "constant"])
    assert round(float(fit.estimate[0]), 3) == 0.365
    assert round(float(fit.std_error[0]), 3) == 0.039
    assert fit.n == 573
