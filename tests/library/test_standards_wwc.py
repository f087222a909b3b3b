"""The clearinghouse's arithmetic against its published reviews and vectors, and its rules in words."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import gammaln
from statsmodels.stats.multitest import multipletests

from recredit.errors import EstimationError
from recredit.standards import wwc


def test_the_published_indices_of_review_94404_and_intervention_91() -> None:
    english = wwc.cox_index(0.510, 0.674, 486, 486)
    index = wwc.improvement_index(english.g)
    assert index is not None and round(index) == -16
    algebra = wwc.cox_index(0.625, 0.714, 260, 259)
    assert wwc.improvement_index(algebra.g, significant=False) is None
    chicago = wwc.cox_index(0.66, 0.78, 613, 611)
    assert round(chicago.g, 3) == -0.365
    index = wwc.improvement_index(chicago.g)
    assert index is not None and round(index) == -14
    assert round(wwc.cox_index(0.66, 0.78, 613, 611, small_sample=False).g, 3) == -0.365


def test_the_published_exam_effect_follows_from_one_standard_deviation() -> None:
    """272.97 against 279.62 is printed as -0.194: any pooled SD from 34.18 to 34.34 gives it."""
    for sd, printed in ((34.19, -0.194), (34.34, -0.194), (33.9, -0.196), (34.7, -0.192)):
        assert round(wwc.hedges_g(272.97 - 279.62, sd, sd, 613, 611).g, 3) == printed


def test_the_error_of_the_cox_index_is_that_of_the_log_odds_ratio() -> None:
    found = wwc.cox_index(0.4, 0.5, 50, 80, small_sample=False)
    table = np.array([20, 30, 40, 40])
    assert found.g == pytest.approx(np.log(20 * 40 / (30 * 40)) / 1.65)
    assert found.std_error == pytest.approx(np.sqrt((1 / table).sum()) / 1.65)
    assert wwc.cox_index(0.4, 0.5).std_error is None
    for share in (0.0, 1.0):
        with pytest.raises(EstimationError, match="not defined where an arm's share is 0 or 1"):
            wwc.cox_index(share, 0.5, 10, 10)


def test_hedges_g_is_unbiased_and_its_error_that_of_many_studies() -> None:
    """20,000 studies of 8 and 12 with a true effect of .5: the mean has a standard error of .0035."""
    generator = np.random.default_rng(6)
    treated, comparison = generator.normal(0.5, 1, (20_000, 8)), generator.normal(0, 1, (20_000, 12))
    found = [
        wwc.hedges_g(t.mean() - c.mean(), t.std(ddof=1), c.std(ddof=1), 8, 12)
        for t, c in zip(treated, comparison, strict=True)
    ]
    effects = np.array([one.g for one in found])
    assert effects.mean() == pytest.approx(0.5, abs=0.012)
    assert np.sqrt(np.mean([one.std_error**2 for one in found if one.std_error])) == pytest.approx(
        effects.std(), rel=0.05
    )
    given = wwc.hedges_g(2.0, 10, 10, 50, 50, std_error=3.0, small_sample=False)
    assert given.std_error == pytest.approx(np.sqrt(0.3**2 + 0.2**2 / (2 * 98)))


@pytest.mark.parametrize("n", [12, 20, 50, 400])
def test_the_small_sample_factor_approximates_hedges_exact_one(n: int) -> None:
    """Hedges (1981): gamma(df/2) / (sqrt(df/2) gamma((df-1)/2)) with df = N - 2; the approximation is good to .04%."""
    half = (n - 2) / 2
    exact = np.exp(gammaln(half) - gammaln(half - 0.5)) / np.sqrt(half)
    assert wwc.small_sample_factor(n) == pytest.approx(exact, rel=4e-4)
    with pytest.raises(EstimationError, match="four students"):
        wwc.small_sample_factor(3)


def test_effect_sizes_without_variation_or_students_are_refused() -> None:
    with pytest.raises(EstimationError, match="does not vary"):
        wwc.hedges_g(1.0, 0.0, 0.0, 10, 10)
    with pytest.raises(EstimationError, match="two students in each arm"):
        wwc.hedges_g(1.0, 1.0, 1.0, 1, 10)
    with pytest.raises(EstimationError, match="finite effect size"):
        wwc.improvement_index(float("nan"))
    assert wwc.improvement_index(0.0) == 0.0


@pytest.mark.parametrize(
    ("g", "adjusted", "satisfied", "status"),
    [
        (0.05, False, True, "satisfied"),
        (-0.05, True, True, "satisfied"),
        (0.0501, False, False, "not satisfied without adjustment"),
        (-0.25, True, True, "satisfied with adjustment"),
        (0.2501, True, False, "not satisfied"),
    ],
)
def test_baseline_equivalence(g: float, adjusted: bool, satisfied: bool, status: str) -> None:
    found = wwc.baseline_equivalence(g, adjusted=adjusted)
    assert (found.satisfied, found.status) == (satisfied, status)
    with pytest.raises(EstimationError, match="finite difference"):
        wwc.baseline_equivalence(float("nan"), adjusted=True)


def test_cluster_correction_gives_the_handbooks_vectors() -> None:
    first = wwc.cluster_correction(2.0, 100, 20, 0.1)
    assert round(first.df, 2) == 94.40
    second = wwc.cluster_correction(2.0, 1000, 40, 0.2)
    assert (round(second.df, 2), round(second.factor, 4)) == (516.15, 0.4132)
    assert second.p_value == pytest.approx(2 * stats.t.sf(2 * second.factor, second.df))
    alone = wwc.cluster_correction(2.0, 100, 100, 0.3)
    assert alone.factor == pytest.approx(1.0)
    none = wwc.cluster_correction(2.0, 100, 20, 0.0)
    assert (none.factor, none.df) == pytest.approx((1.0, 98.0))
    for n, clusters, icc in ((100, 1, 0.1), (10, 20, 0.1), (100, 20, 1.0), (100, 20, -0.1)):
        with pytest.raises(EstimationError, match="two clusters at least"):
            wwc.cluster_correction(2.0, n, clusters, icc)


def test_cluster_correction_restores_the_size_of_the_test() -> None:
    """Class assignment ignored: 4,000 null studies of 20 classes of 15, rho .15; 5% has an error of .34 points."""
    generator = np.random.default_rng(3)
    arm = np.repeat(np.arange(20) % 2, 15)
    classes = np.repeat(generator.normal(0, np.sqrt(0.15), (4000, 20)), 15, axis=1)
    y = classes + generator.normal(0, np.sqrt(0.85), (4000, 300))
    t = np.asarray(stats.ttest_ind(y[:, arm == 1], y[:, arm == 0], axis=1).statistic)
    naive = 2 * stats.t.sf(np.abs(t), 298) < 0.05
    corrected = np.array([wwc.cluster_correction(one, 300, 20, 0.15).p_value < 0.05 for one in t])
    assert naive.mean() > 0.2
    # Hedges' h takes the correlation as known and its df are those of the variance: a point off 5% is what it gives.
    assert 0.03 < corrected.mean() < 0.07


@pytest.mark.parametrize("seed", range(20))
def test_benjamini_hochberg_equals_statsmodels_inside_each_domain(seed: int) -> None:
    generator = np.random.default_rng(seed)
    p = np.round(generator.beta(0.4, 2, 30), 3)
    domain = generator.choice(["credit", "engagement", "achievement"], 30)
    p[generator.random(30) < 0.2] = np.nan
    found = wwc.benjamini_hochberg(p, domain=domain)
    for name in np.unique(domain):
        where = (domain == name) & ~np.isnan(p)
        if where.any():
            rejected, adjusted = multipletests(p[where], 0.05, "fdr_bh")[:2]
            np.testing.assert_array_equal(found.significant[where], rejected)
            np.testing.assert_allclose(found.adjusted[where], adjusted, rtol=1e-12)
    assert not found.significant[np.isnan(p)].any() and np.isnan(found.adjusted[np.isnan(p)]).all()
    assert found.tests == (~np.isnan(p)).sum()


def test_benjamini_hochberg_on_the_line_and_its_published_example() -> None:
    """Benjamini & Hochberg (1995), section 3.2: 15 p-values, the first four are significant at .05."""
    published = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    published += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    assert wwc.benjamini_hochberg(published).significant.sum() == 4
    assert wwc.benjamini_hochberg([0.05, 0.038, 0.044]).significant.all()
    assert wwc.benjamini_hochberg([]).tests == 0
    assert wwc.benjamini_hochberg([None, None]).tests == 0
    with pytest.raises(EstimationError, match="p-values from 0 to 1"):
        wwc.benjamini_hochberg([0.1, 1.2])
    with pytest.raises(EstimationError, match="has no domain"):
        wwc.benjamini_hochberg([0.1, 0.2], domain=["a", None])


LOW = wwc.attrition(500, 480, 500, 470)
HIGH = wwc.attrition(500, 480, 500, 400)
ALIKE = wwc.baseline_equivalence(0.03, adjusted=False)
ADJUSTED = wwc.baseline_equivalence(0.2, adjusted=True)
UNADJUSTED = wwc.baseline_equivalence(0.2, adjusted=False)
APART = wwc.baseline_equivalence(-0.4, adjusted=True)


def test_a_lottery_with_low_attrition_meets_without_reservations_in_the_clearinghouses_words() -> None:
    """The sentence of review 94404; no baseline is asked for (WWC Help Desk, equivalence)."""
    found = wwc.rating(design="randomised", attrition=LOW, baseline=[APART])
    assert found.sentence == (
        "Meets WWC standards without reservations because it is a randomized controlled trial with low attrition."
    )


@pytest.mark.parametrize(
    ("settings", "expected", "words"),
    [
        ({"design": "randomised", "attrition": HIGH, "baseline": [ALIKE]}, "with reservations", "high attrition"),
        ({"design": "randomised", "attrition": HIGH, "baseline": [ALIKE, ADJUSTED]}, "with res", "with adjustment"),
        ({"design": "randomised", "attrition": HIGH, "baseline": [UNADJUSTED]}, "Does not", "did not adjust for it"),
        ({"design": "randomised", "attrition": HIGH, "baseline": [ALIKE, APART]}, "Does not", "by 0.40 standard"),
        ({"design": "randomised", "attrition": HIGH}, "Does not", "was not shown"),
        (
            {"design": "randomised", "attrition": LOW, "compromised": "students changed arms"},
            "Does not",
            "changed arms",
        ),
        (
            {"design": "randomised", "attrition": LOW, "compromised": "late joiners", "baseline": [ALIKE]},
            "with reservations",
            "compromised (late joiners)",
        ),
        ({"design": "quasi-experimental", "baseline": [ADJUSTED]}, "with reservations", "quasi-experimental design"),
        ({"design": "quasi-experimental", "baseline": [APART]}, "Does not", "not assigned at random"),
        ({"design": "randomised", "attrition": LOW, "confounded": "one teacher"}, "Does not", "(one teacher)"),
        ({"design": "randomised", "attrition": LOW, "ineligible_outcome": "overaligned"}, "Does not", "not eligible"),
    ],
)
def test_ratings_and_their_reasons(settings: dict[str, object], expected: str, words: str) -> None:
    found = wwc.rating(**settings)  # type: ignore[arg-type]
    assert expected in found.rating
    assert words in found.sentence


def test_a_rating_needs_its_design_and_its_attrition() -> None:
    with pytest.raises(EstimationError, match="design: one of"):
        wwc.rating(design="lottery")
    with pytest.raises(EstimationError, match="needs its attrition"):
        wwc.rating(design="randomised")
    beyond = wwc.attrition(1000, 400, 1000, 400, boundary="optimistic")
    found = wwc.rating(design="randomised", attrition=beyond, baseline=[ALIKE])
    assert "beyond the boundary table" in found.sentence and "with reservations" in found.rating


@pytest.mark.parametrize(
    ("design", "settings", "tier"),
    [
        ("randomised", {}, 1),
        ("quasi-experimental", {}, 2),
        ("randomised", {"sites": 1}, 3),
        ("randomised", {"students": 349}, 3),
        ("randomised", {"effect": -0.2}, None),
        ("randomised", {"significant": False}, None),
        ("randomised", {"overriding_negative": True}, None),
        (None, {"controlled": True}, 3),
        (None, {}, None),
    ],
)
def test_tiers_of_evidence(design: str | None, settings: dict[str, object], tier: int | None) -> None:
    rated = None if design is None else wwc.rating(design=design, attrition=LOW, baseline=[ALIKE])
    usual: dict[str, object] = {"effect": 0.2, "significant": True, "students": 350, "sites": 2}
    found = wwc.essa_tier(rated, **{**usual, **settings})  # type: ignore[arg-type]
    assert found.tier == tier
    assert found.reasons and all(found.reasons)


def test_a_tier_of_a_study_that_fails_the_standards_rests_on_its_controls() -> None:
    failed = wwc.rating(design="quasi-experimental", baseline=[APART])
    known = {"effect": 0.2, "significant": True, "students": 900, "sites": 4}
    assert wwc.essa_tier(failed, **known).tier is None  # type: ignore[arg-type]
    assert wwc.essa_tier(failed, **known, controlled=True).tier == 3  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="finite effect"):
        wwc.essa_tier(failed, effect=float("nan"), significant=True, students=1, sites=1)
