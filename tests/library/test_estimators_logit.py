"""Logit marginal effects: against statsmodels, against differences by hand, and on data without an estimate."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.discrete_model import Logit
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM

from recredit.errors import EstimationError
from recredit.estimators.logit import average_marginal_effects
from recredit.estimators.logit_fit import fit_logit

# Both sides converge to rounding error; the issue asks for 1e-6.
RELATIVE = 1e-8


def _students(seed: int, n: int = 400) -> tuple[np.ndarray, pd.DataFrame, np.ndarray, np.ndarray]:
    """Outcome, design, clusters and a share, with a category of three levels."""
    generator = np.random.default_rng(seed)
    school = generator.integers(0, 15, n)
    level = generator.integers(0, 3, n)
    design = pd.DataFrame(
        {
            "constant": 1.0,
            "online": generator.integers(0, 2, n).astype(float),
            "absence": generator.gamma(2, 0.5, n),
            "grade_10": (level == 1).astype(float),
            "grade_11": (level == 2).astype(float),
        }
    )
    index = design.to_numpy() @ generator.normal(0, 0.6, 5) + generator.normal(0, 0.5, 15)[school]
    passed = (generator.random(n) < 1 / (1 + np.exp(-index))).astype(float)
    share = 1 / (1 + np.exp(-index - generator.normal(0, 1, n)))
    return passed, design, school, share


@pytest.mark.parametrize("seed", range(4))
def test_coefficients_effects_and_clustered_errors_equal_statsmodels(seed: int) -> None:
    passed, design, school, _ = _students(seed)
    theirs = Logit(passed, design).fit(disp=0, tol=1e-12, cov_type="cluster", cov_kwds={"groups": school})
    fit = fit_logit(passed, design, cluster=school, vcov="CR1S")
    np.testing.assert_allclose(fit.coefficients, theirs.params, rtol=RELATIVE)
    np.testing.assert_allclose(fit.covariance, theirs.cov_params(), rtol=RELATIVE, atol=1e-12)
    ours = average_marginal_effects(passed, design, cluster=school, vcov="CR1S")
    margins = theirs.get_margeff(at="overall", dummy=True)
    assert ours.names == ("online", "absence", "grade_10", "grade_11")
    assert ours.kinds == ("change", "slope", "change", "change")
    np.testing.assert_allclose(ours.estimate, margins.margeff, rtol=RELATIVE)
    np.testing.assert_allclose(ours.std_error, margins.margeff_se, rtol=RELATIVE)
    assert (ours.df, ours.clusters, ours.n) == (14.0, 15, 400)


@pytest.mark.parametrize("seed", range(3))
def test_fractional_logit_equals_the_quasi_binomial_of_statsmodels(seed: int) -> None:
    _, design, school, share = _students(seed)
    theirs = GLM(share, design, family=families.Binomial()).fit(cov_type="HC0", tol=1e-14)
    fit = fit_logit(share, design, vcov="HC0")
    np.testing.assert_allclose(fit.coefficients, theirs.params, rtol=RELATIVE)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance)), theirs.bse, rtol=RELATIVE)
    clustered = GLM(share, design, family=families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": school}, tol=1e-14
    )
    ours = fit_logit(share, design, cluster=school, vcov="CR1S")
    np.testing.assert_allclose(np.sqrt(np.diag(ours.covariance)), clustered.bse, rtol=RELATIVE)
    effects = average_marginal_effects(share, design, cluster=school, vcov="CR1S")
    density = ours.fitted * (1 - ours.fitted)
    assert effects.estimate[1] == pytest.approx(density.mean() * clustered.params["absence"], rel=RELATIVE)


def test_a_level_is_set_against_the_base_level_and_not_against_the_other_levels() -> None:
    passed, design, school, _ = _students(7)
    theirs = Logit(passed, design).fit(disp=0, tol=1e-12, cov_type="cluster", cov_kwds={"groups": school})

    def effect(parameters: np.ndarray) -> float:
        there, base = design.copy(), design.copy()
        there[["grade_10", "grade_11"]] = (0.0, 1.0)
        base[["grade_10", "grade_11"]] = (0.0, 0.0)
        index = [frame.to_numpy() @ parameters for frame in (there, base)]
        return float(np.mean(1 / (1 + np.exp(-index[0])) - 1 / (1 + np.exp(-index[1]))))

    ours = average_marginal_effects(
        passed, design, cluster=school, vcov="CR1S", categories={"grade": ["grade_10", "grade_11"]}, terms=["grade_11"]
    )
    parameters, step = np.asarray(theirs.params), 1e-6
    gradient = np.array(
        [(effect(parameters + step * e) - effect(parameters - step * e)) / (2 * step) for e in np.eye(5)]
    )
    assert ours.estimate[0] == pytest.approx(effect(parameters), rel=RELATIVE)
    # The gradient by central differences is good to about step^2 and rounding / step: 1e-8 relative.
    assert ours.std_error[0] == pytest.approx(np.sqrt(gradient @ np.asarray(theirs.cov_params()) @ gradient), rel=1e-6)
    alone = average_marginal_effects(passed, design, cluster=school, vcov="CR1S", terms=["grade_11"])
    assert alone.estimate[0] != pytest.approx(ours.estimate[0], rel=1e-3)


def test_with_one_yes_no_column_the_effect_is_the_difference_of_the_shares() -> None:
    online = np.repeat([1, 0], [40, 60])
    passed = np.concatenate([np.repeat([1, 0], [18, 22]), np.repeat([1, 0], [45, 15])])
    found = average_marginal_effects(passed, np.column_stack([np.ones(100), online]), vcov="information")
    assert found.estimate[0] == pytest.approx(18 / 40 - 45 / 60, abs=1e-12)
    variance = 18 / 40 * 22 / 40 / 40 + 45 / 60 * 15 / 60 / 60
    assert found.std_error[0] == pytest.approx(np.sqrt(variance), rel=1e-10)


def test_perfect_prediction_is_refused_by_name_or_dropped_and_counted() -> None:
    passed, design, school, _ = _students(3)
    design["gym"] = (np.arange(400) < 12).astype(float)
    passed[:12] = 1
    with pytest.raises(
        EstimationError, match="y is perfectly predicted by gym: the logit model has no finite estimate"
    ):
        average_marginal_effects(passed, design, cluster=school)
    dropped = average_marginal_effects(passed, design, cluster=school, separation="drop")
    without = average_marginal_effects(passed[12:], design.iloc[12:, :5], cluster=school[12:])
    np.testing.assert_allclose(dropped.estimate, without.estimate, rtol=RELATIVE)
    np.testing.assert_allclose(dropped.std_error, without.std_error, rtol=RELATIVE)
    assert [(item.what, item.count) for item in dropped.dropped] == [("rows", 12), ("gym", 0)]


def test_complete_separation_by_a_slope_and_by_a_combination_is_refused() -> None:
    generator = np.random.default_rng(5)
    table = np.column_stack([np.ones(80), generator.normal(size=(80, 2))])
    passed = (table @ [0.3, 1.0, -2.0] > 0).astype(float)
    with pytest.raises(EstimationError, match="perfectly predicted"):
        fit_logit(passed, table)
    with pytest.raises(EstimationError, match="0 complete rows are too few"):
        fit_logit(passed, table, separation="drop")
    # A share between 0 and 1 on both sides of the line takes the separation away.
    share = passed.copy()
    share[np.argsort(table @ [0.3, 1.0, -2.0])[[5, 40, 75]]] = [0.6, 0.5, 0.4]
    assert np.isfinite(fit_logit(share, table).coefficients).all()


def test_a_strong_effect_that_is_no_separation_has_an_estimate() -> None:
    x = np.concatenate([np.linspace(-30, 30, 200), [-1.0, 1.0]])
    passed = np.concatenate([(np.linspace(-30, 30, 200) > 0).astype(float), [1.0, 0.0]])
    found = fit_logit(passed, np.column_stack([np.ones(202), x]))
    theirs = Logit(passed, np.column_stack([np.ones(202), x])).fit(disp=0, tol=1e-12, maxiter=200)
    np.testing.assert_allclose(found.coefficients, theirs.params, rtol=1e-6, atol=1e-8)


def test_missing_values_zero_weights_and_nullable_types_are_left_out_and_counted() -> None:
    passed, design, school, _ = _students(2)
    y = pd.Series(passed).astype("boolean")
    y[3] = pd.NA
    holed = design.copy()
    holed.loc[5, "absence"] = np.nan
    names = pd.Series([f"school {code}" for code in school], dtype="str")
    names[8] = None
    weights = np.ones(400)
    weights[10] = 0
    found = fit_logit(y, holed, cluster=names, weights=weights)
    counts = {item.reason: item.count for item in found.dropped}
    assert counts == {
        "outcome is missing": 1,
        "a column is missing": 1,
        "cluster is missing": 1,
        "weight is zero": 1,
    }
    keep = np.setdiff1d(np.arange(400), [3, 5, 8, 10])
    same = fit_logit(passed[keep], design.iloc[keep], cluster=school[keep])
    np.testing.assert_allclose(found.covariance, same.covariance, rtol=1e-9)


def test_integer_weights_equal_repeated_rows() -> None:
    passed, design, school, _ = _students(4)
    times = np.random.default_rng(0).integers(0, 4, 400)
    weighted = fit_logit(passed, design, weights=times, cluster=school, vcov="CR0")
    repeated = np.repeat(np.arange(400), times)
    same = fit_logit(passed[repeated], design.iloc[repeated], cluster=school[repeated], vcov="CR0")
    np.testing.assert_allclose(weighted.coefficients, same.coefficients, rtol=1e-9)
    np.testing.assert_allclose(weighted.covariance, same.covariance, rtol=1e-8, atol=1e-14)


def test_collinear_columns_are_dropped_by_name_and_then_have_no_effect() -> None:
    passed, design, _, _ = _students(6)
    design["percent_absence"] = 100 * design["absence"]
    found = average_marginal_effects(passed, design)
    assert "percent_absence" not in found.names
    assert [item.what for item in found.dropped] == ["percent_absence"]
    with pytest.raises(EstimationError, match=r"no effect of \['percent_absence'\]: not in the model.*collinear"):
        average_marginal_effects(passed, design, terms=["percent_absence"])


def test_what_cannot_be_estimated_is_refused_with_its_reason() -> None:
    passed, design, school, _ = _students(1)
    with pytest.raises(EstimationError, match="y is the same in every row"):
        fit_logit(np.ones(400), design)
    with pytest.raises(EstimationError, match="values from 0 to 1"):
        fit_logit(passed * 2, design)
    with pytest.raises(EstimationError, match="two clusters at least"):
        fit_logit(passed, design, cluster=np.zeros(400))
    with pytest.raises(EstimationError, match="too few"):
        fit_logit(passed[:5], design[:5])
    with pytest.raises(EstimationError, match="none may be negative"):
        fit_logit(passed, design, weights=-np.ones(400))
    with pytest.raises(EstimationError, match="do not go together"):
        fit_logit(passed, design, vcov="CR1")
    with pytest.raises(EstimationError, match="vcov: one of"):
        fit_logit(passed, design, vcov="robust")
    with pytest.raises(EstimationError, match="at most one of them 1"):
        average_marginal_effects(passed, design, categories={"both": ["online", "grade_10"]})
    with pytest.raises(EstimationError, match="different lengths"):
        fit_logit(passed[:-1], design.to_numpy(), cluster=school)


def test_columns_of_differently_labelled_rows_are_not_paired_by_position() -> None:
    passed, design, _, _ = _students(1)
    shuffled = pd.Series(passed).sample(frac=1, random_state=1)
    with pytest.raises(EstimationError, match="different row labels"):
        fit_logit(shuffled, design)


def test_two_clusters_have_an_answer_with_one_degree_of_freedom() -> None:
    passed, design, school, _ = _students(1)
    found = average_marginal_effects(passed, design, cluster=school % 2, terms=["online"])
    assert found.df == 1
    assert np.isfinite(found.ci_high[0])
