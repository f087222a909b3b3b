"""Types, missing values, collinear columns and other edges of `fit_ols`: an answer that is defined, or a refusal."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recredit.errors import EstimationError, RecreditError
from recredit.estimators.linear import fit_ols


def table(case: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"y": case.y, "arm": case.arm, "x": case.X[:, 1]})
    return frame.assign(school=case.school, block=case.block, weight=case.weights)


def same(first: Any, second: Any) -> None:
    for name in ("estimate", "std_error", "df"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_every_type_of_column_gives_the_same(case: Callable[..., Any]) -> None:
    frame = table(case(0))
    plain = fit_ols(
        frame["y"].to_numpy(),
        frame[["arm", "x"]].to_numpy(),
        cluster=frame["school"].to_numpy(),
        absorb=frame["block"].to_numpy(),
        names=["arm", "x"],
    )
    texts = frame["school"].map("school {}".format)
    for school in (
        texts,
        texts.astype("string"),
        texts.astype("category"),
        frame["school"].astype("Int64"),
        texts.tolist(),
    ):
        same(plain, fit_ols(frame["y"], frame[["arm", "x"]], cluster=school, absorb=frame["block"]))
    nullable = frame.convert_dtypes().astype({"y": "Float64", "arm": "boolean"})
    same(plain, fit_ols(nullable["y"], nullable[["arm", "x"]], cluster=texts, absorb=[nullable["block"]]))
    as_objects = frame.astype(object)
    same(plain, fit_ols(as_objects["y"], as_objects[["arm", "x"]], cluster=texts, absorb=as_objects[["block"]]))
    same(plain, fit_ols(frame["y"].tolist(), frame[["arm", "x"]], cluster=texts, absorb=frame["block"].tolist()))
    assert fit_ols(frame["y"], frame[["arm", "x"]], cluster=texts).names == ("arm", "x")


def test_text_dates_and_categories_are_no_numbers(case: Callable[..., Any]) -> None:
    frame = table(case(0))
    bad = [
        frame["x"].astype(str),
        frame["x"].astype("string"),
        frame["arm"].astype("category"),
        pd.Series(pd.Timestamp("2018-06-01"), index=frame.index),
        frame["x"].to_numpy() + 1j,
    ]
    for column in bad:
        with pytest.raises(EstimationError, match="numbers were expected"):
            fit_ols(column, frame[["arm"]], vcov="HC1")
        with pytest.raises(EstimationError, match="numbers were expected"):
            fit_ols(frame["y"], column, vcov="HC1")
    with pytest.raises(EstimationError, match="infinite"):
        fit_ols(frame["y"].where(frame.index > 0, np.inf), frame[["arm"]], vcov="HC1")
    assert issubclass(EstimationError, ValueError) and issubclass(EstimationError, RecreditError)


def test_no_message_holds_a_value(case: Callable[..., Any]) -> None:
    frame = table(case(0))
    secret = frame["x"].astype(object)
    secret[3] = "Jane Doe"
    with pytest.raises(EstimationError) as caught:
        fit_ols(frame["y"], secret, vcov="HC1")
    assert "Jane" not in str(caught.value)


def test_rows_that_do_not_match_are_refused(case: Callable[..., Any]) -> None:
    frame = table(case(0))
    with pytest.raises(EstimationError, match="y and cluster have different row labels"):
        fit_ols(frame["y"], frame["arm"], cluster=frame["school"].sort_index(ascending=False))
    with pytest.raises(EstimationError, match="different lengths"):
        fit_ols(frame["y"], frame["arm"].to_numpy()[1:], vcov="HC1")
    with pytest.raises(EstimationError, match="a label for each of the"):
        fit_ols(frame["y"], frame["arm"], cluster=[1, 2, 3])
    with pytest.raises(EstimationError, match="different names"):
        fit_ols(frame["y"], frame[["arm", "x"]], vcov="HC1", names=["arm", "arm"])


def test_missing_values_of_any_kind_leave_the_row_out(case: Callable[..., Any]) -> None:
    frame = table(case(1)).convert_dtypes()
    frame["school"] = frame["school"].map("s{}".format).astype("string")
    complete = frame.iloc[5:]
    frame.loc[0, "y"] = pd.NA
    frame.loc[1, "x"] = None
    frame.loc[2, "school"] = pd.NA
    frame.loc[3, "block"] = pd.NA
    frame.loc[4, "weight"] = 0.0
    arguments = [
        {"cluster": one["school"], "absorb": one["block"], "weights": one["weight"]} for one in (frame, complete)
    ]
    first = fit_ols(frame["y"], frame[["arm", "x"]], **arguments[0])
    second = fit_ols(complete["y"], complete[["arm", "x"]], **arguments[1])
    same(first, second)
    assert [(one.reason, one.count) for one in first.dropped] == [("missing value", 4), ("weight of zero", 1)]
    assert first.rows.tolist() == list(range(5, len(frame)))


@pytest.mark.parametrize("effects", [False, True])
def test_collinear_terms_go_and_the_others_stay_as_they_were(case: Callable[..., Any], effects: bool) -> None:
    one = case(0)
    base = one.X if effects else np.column_stack([one.X, np.ones(len(one.y))])
    absorb = [one.block, one.year] if effects else None
    more = np.column_stack([base, base[:, 0] * 2 - base[:, 1], np.zeros(len(one.y)), np.full(len(one.y), 7.0)])
    for vcov in ("CR2", "CR1", "HC2", "classical"):
        first = fit_ols(one.y, base, cluster=one.school, absorb=absorb, vcov=vcov)
        second = fit_ols(one.y, more, cluster=one.school, absorb=absorb, vcov=vcov)
        k = base.shape[1]
        np.testing.assert_allclose(second.std_error[:k], first.std_error, rtol=1e-9)
        assert np.isnan(second.estimate[k:]).all()
        constant = "no variation beside the fixed effects" if effects else "a combination of the terms before it"
        assert [(one.what, one.reason) for one in second.dropped] == [
            (f"x{k}", "a combination of the terms before it"),
            (f"x{k + 1}", "zero throughout"),
            (f"x{k + 2}", constant),
        ]


@settings(max_examples=40, deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(-1e6, 1e6), st.integers(0, 1000))
def test_units_and_origin_of_a_term_do_not_matter(scale: float, shift: float, seed: int) -> None:
    """A covariate in other units: the arm's estimate, error and degrees of freedom stay (rounding: shift/scale)."""
    random = np.random.default_rng(seed)
    school, arm, x = np.repeat(np.arange(8), 12), np.tile([0.0, 1.0], 48), random.standard_normal(96)
    y = arm + x + random.standard_normal(96)
    first = fit_ols(y, np.column_stack([arm, x]), cluster=school, absorb=school)
    second = fit_ols(y, np.column_stack([arm, x * scale + shift]), cluster=school, absorb=school)
    if scale < 1e-7 * abs(shift):  # the term has become a constant within rounding
        return
    np.testing.assert_allclose(second.std_error[0], first.std_error[0], rtol=1e-6)
    np.testing.assert_allclose(second.df[0], first.df[0], rtol=1e-6)


def test_a_one_arm_block_changes_nothing(case: Callable[..., Any]) -> None:
    one = case(3)
    y = np.concatenate([one.y, np.random.default_rng(0).standard_normal(9)])
    arm, school, block = np.append(one.arm, np.ones(9)), np.append(one.school, [0] * 9), np.append(one.block, [99] * 9)
    with_it = fit_ols(y, arm, cluster=school, absorb=block)
    without = fit_ols(one.y, one.arm, cluster=one.school, absorb=one.block)
    np.testing.assert_allclose(with_it.estimate, without.estimate, rtol=1e-12)
    np.testing.assert_allclose(with_it.std_error, without.std_error, rtol=1e-12)
    np.testing.assert_allclose(with_it.df, without.df, rtol=1e-10)


def test_refusals(case: Callable[..., Any]) -> None:
    one = case(0)
    X = np.column_stack([one.X, np.ones(len(one.y))])
    for y in (np.full(len(one.y), 3.0), X @ [1.0, 2.0, 3.0, 4.0]):
        with pytest.raises(EstimationError, match="outcome does not vary"):
            fit_ols(y, X, cluster=one.school)
    with pytest.raises(EstimationError, match="outcome does not vary"):
        fit_ols(one.block * 2.0, one.X, cluster=one.school, absorb=one.block)
    with pytest.raises(EstimationError, match="no term of the model varies"):
        fit_ols(one.y, np.ones(len(one.y)), cluster=one.school, absorb=one.block)
    with pytest.raises(EstimationError, match="no more rows than parameters"):
        fit_ols(one.y[:4], X[:4], vcov="classical")
    with pytest.raises(EstimationError, match="no row is complete"):
        fit_ols(np.full(len(one.y), np.nan), X, cluster=one.school)
    with pytest.raises(EstimationError, match="no row is complete"):
        fit_ols(one.y, X, cluster=one.school, weights=np.zeros(len(one.y)))
    with pytest.raises(EstimationError, match="must not be negative"):
        fit_ols(one.y, X, cluster=one.school, weights=-one.weights)
