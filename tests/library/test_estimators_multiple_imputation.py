"""Rubin's rules against mice's published output and statsmodels; imputation against a simulated truth."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.imputation.mice import MICE, MICEData
from statsmodels.regression.linear_model import OLS

from recredit.errors import EstimationError
from recredit.estimators.multiple_imputation import impute, pool


def _imputations(estimate: float, within: float, between: float, m: int) -> tuple[np.ndarray, np.ndarray]:
    """m estimates with this mean and variance, and standard errors with this mean square."""
    spread = np.linspace(-1, 1, m)
    return estimate + spread * np.sqrt(between / spread.var(ddof=1)), np.full(m, np.sqrt(within))


@pytest.mark.parametrize(
    ("m", "estimate", "within", "between", "total", "complete", "df", "increase", "fraction"),
    [
        (50, 72.6409950, 6.805400, 1.082784, 7.909840, 148, 119.6660, 0.1622887, 0.1536564),
        (50, 0.1636463, 5.224431e-04, 1.390522e-04, 6.642763e-04, 148, 103.7690, 0.2714807, 0.2282479),
        (50, 0.0115144, 4.461246e-05, 7.239493e-06, 5.199674e-05, 148, 119.1549, 0.1655207, 0.1560619),
        (50, -0.3357630, 4.024084e-02, 6.924729e-03, 4.730407e-02, 148, 117.5870, 0.1755237, 0.1634244),
        (5, 3.171752, 4.4191, 1.51810, 6.2408, 23, 11.38684, 0.4122396, 0.390341),
    ],
)
def test_pooling_gives_what_mice_printed(
    m: int,
    estimate: float,
    within: float,
    between: float,
    total: float,
    complete: float,
    df: float,
    increase: float,
    fraction: float,
) -> None:
    """`pool()` of R's mice on `airquality` (m = 50) and `nhanes` (m = 5), as printed; inputs carry 5 to 7 digits."""
    found = pool(*_imputations(estimate, within, between, m), df_complete=complete)
    assert found.estimate[0] == pytest.approx(estimate, rel=1e-9)
    assert found.std_error[0] ** 2 == pytest.approx(total, rel=1e-5)
    assert found.df[0] == pytest.approx(df, rel=1e-5)
    assert found.relative_increase[0] == pytest.approx(increase, rel=1e-5)
    assert found.missing_information[0] == pytest.approx(fraction, rel=1e-5)


def test_pooling_equals_statsmodels_mice() -> None:
    """Estimate and standard error of MICE.combine on its own fits (its inference is normal: no df to compare)."""
    np.random.seed(3)  # statsmodels draws from the global generator

    generator = np.random.default_rng(2)
    frame = pd.DataFrame(generator.normal(size=(120, 2)), columns=["x", "w"])
    frame["y"] = frame["x"] + 0.5 * frame["w"] + generator.normal(size=120)
    frame.loc[generator.random(120) < 0.3, "x"] = np.nan
    theirs = MICE("y ~ x + w", OLS, MICEData(frame))
    combined = theirs.fit(n_burnin=3, n_imputations=8)
    estimates = np.array([fit.params for fit in theirs.results_list])
    ours = pool(estimates, np.array([fit.bse for fit in theirs.results_list]))
    np.testing.assert_allclose(ours.estimate, combined.params, rtol=1e-10)
    np.testing.assert_allclose(ours.std_error, combined.bse, rtol=1e-6)


def test_without_missing_values_the_df_are_those_of_the_data() -> None:
    found = pool([[1.0, 2.0], [1.0, 2.4], [1.0, 2.2]], np.full((3, 2), 0.5), df_complete=[17, 17])
    assert found.df[0] == 17
    assert found.df[1] < 17
    assert found.std_error[0] == pytest.approx(0.5)
    large = pool([2.0, 2.4, 2.2], [0.5, 0.5, 0.5])
    share = (4 / 3 * 0.04) / (0.25 + 4 / 3 * 0.04)
    assert large.df[0] == pytest.approx(2 / share**2)


def test_degrees_of_freedom_of_each_imputation_are_averaged() -> None:
    estimates, errors = np.array([[1.0], [1.2]]), np.full((2, 1), 0.4)
    each = pool(estimates, errors, df_complete=np.array([[8.0], [12.0]]))
    assert each.df[0] == pytest.approx(pool(estimates, errors, df_complete=10).df[0])


def test_imputation_removes_the_bias_of_complete_cases_and_covers() -> None:
    """A covariate missing by the outcome: 100 studies; 95% coverage has a Monte Carlo error of 2.2 points."""
    pooled, cases, covered = [], [], np.zeros(2)
    for study in range(100):
        generator = np.random.default_rng([5, study])
        x = generator.normal(size=250)
        y = 1 + 0.5 * x + generator.normal(size=250)
        table = np.column_stack([y, np.where(generator.random(250) < 0.7 / (1 + np.exp(1 - y)), np.nan, x)])
        fits = [_line(filled) for filled in impute(table, seed=study, imputations=8, sweeps=3)]
        found = pool([fit[0] for fit in fits], [fit[1] for fit in fits], df_complete=248)
        pooled.append(found.estimate)
        cases.append(_line(table[~np.isnan(table[:, 1])])[0])
        covered += (found.ci_low <= [1, 0.5]) & (found.ci_high >= [1, 0.5])
    # The mean of 100 intercepts or slopes has a standard error of about .008.
    np.testing.assert_allclose(np.mean(pooled, axis=0), [1, 0.5], atol=0.03)
    assert np.mean(cases, axis=0)[0] < 0.85
    assert (covered >= 88).all()


def _line(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Intercept and slope, and their standard errors."""
    design = np.column_stack([np.ones(len(table)), table[:, 1]])
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ table[:, 0]
    residual = table[:, 0] - design @ beta
    return beta, np.sqrt(np.diag(inverse) * (residual @ residual) / (len(table) - 2))


def _holed(seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    table = np.column_stack([generator.normal(size=60), generator.integers(0, 2, 60), generator.normal(size=60)])
    table[generator.random(60) < 0.2, 1] = np.nan
    table[generator.random(60) < 0.1, 2] = np.nan
    return table


def test_imputed_values_occur_and_known_ones_stay() -> None:
    table = _holed(1)
    filled = impute(table, seed=9, imputations=4)
    assert filled.shape == (4, 60, 3)
    known = ~np.isnan(table)
    for one in filled:
        np.testing.assert_array_equal(one[known], table[known])
        assert set(one[:, 1]) == {0.0, 1.0}
        assert np.isin(one[:, 2], table[:, 2]).all()
    assert not np.array_equal(filled[0], filled[1])


def test_the_same_seed_gives_the_same_values_whatever_the_order_of_rows() -> None:
    table = _holed(2)
    order = np.random.default_rng(0).permutation(60)
    np.testing.assert_array_equal(
        impute(table, seed=4, imputations=3)[:, order], impute(table[order], seed=4, imputations=3)
    )


def test_a_table_without_holes_and_a_constant_column_are_left_alone() -> None:
    table = np.column_stack([np.arange(20.0), np.ones(20)])
    np.testing.assert_array_equal(impute(table, seed=1, imputations=2), np.stack([table, table]))
    table[3, 1] = np.nan
    np.testing.assert_array_equal(impute(table, seed=1, imputations=2)[:, 3, 1], [1, 1])


def test_what_cannot_be_pooled_or_imputed_is_refused() -> None:
    with pytest.raises(EstimationError, match="two imputations"):
        pool([1.0], [0.1])
    with pytest.raises(EstimationError, match="missing, infinite or not above 0"):
        pool([1.0, np.nan], [0.1, 0.1])
    with pytest.raises(EstimationError, match="missing, infinite or not above 0"):
        pool([1.0, 1.0], [0.1, 0.0])
    with pytest.raises(EstimationError, match="absence: fewer than 5 observed"):
        impute(np.column_stack([np.arange(6.0), [1, 2, np.nan, np.nan, np.nan, 3]]), seed=1, names=["y", "absence"])
    with pytest.raises(EstimationError, match="must be 1 or more"):
        impute(np.ones((9, 2)), seed=1, imputations=0)


def test_with_two_kinds_of_rows_the_imputations_say_what_complete_cases_say() -> None:
    """One predictor with two values: all predictions are one of two, and any donor of the kind is as near as another.

    Nothing but the kind is known of a missing value, so that imputing can neither sharpen nor blur the difference:
    with infinitely many imputations the error is that of the complete cases; 30 may add a tenth.
    """
    random = np.random.default_rng(17)
    kind = np.repeat([0.0, 1.0], 400)
    y = 0.3 * kind + random.normal(size=800)
    y[random.uniform(size=800) < 0.4] = np.nan
    known = ~np.isnan(y)
    filled = impute(np.column_stack([y, kind]), seed=5, imputations=30)
    design = np.column_stack([np.ones(800), kind])
    fits = [OLS(one[:, 0], design).fit() for one in filled]
    found = pool([fit.params[1] for fit in fits], [fit.bse[1] for fit in fits], df_complete=798)
    complete = OLS(y[known], design[known]).fit()
    assert abs(found.estimate[0] - complete.params[1]) < 0.35 * complete.bse[1]
    assert 0.85 < found.std_error[0] / complete.bse[1] < 1.25
    # The share of information that is missing is that of the values: 40%.
    assert 0.2 < found.missing_information[0] < 0.6
