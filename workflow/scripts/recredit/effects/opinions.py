"""Second opinions on a contrast: other standard errors, weights, take-up, the logit, and what is missing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import nan

import numpy as np

from recredit.effects.baseline import overlap
from recredit.effects.impacts import Draws
from recredit.effects.missing import FIGURES, Variant, missing_variants
from recredit.effects.samples import Sample, covariate_columns, primary_fit
from recredit.errors import EstimationError
from recredit.estimators.arrays import Floats
from recredit.estimators.exact import Cell
from recredit.estimators.lee import bounds
from recredit.estimators.linear import fit_iv, fit_ols
from recredit.estimators.logit import average_marginal_effects
from recredit.estimators.logit_fit import fit_logit
from recredit.estimators.results import LinearFit
from recredit.estimators.sites import weightings


@dataclass(frozen=True)
class Opinion:
    """One second opinion.

    Attributes
    ----------
    name : what is done differently, in words.
    figures : estimate, std_error, df, p_value, ci_low, ci_high; NaN where one is not defined.
    first_stage_f, compliance : of take-up, else NaN; compliance in percentage points.
    note : why it could not be had, or how to read it.
    """

    name: str
    figures: Mapping[str, float]
    first_stage_f: float = nan
    compliance: float = nan
    note: str = ""

    def cells(self) -> dict[str, Cell]:
        """The cells of a row of the table `impacts_second_opinions`."""
        own = {name: self.figures.get(name, nan) for name in FIGURES}
        stage = {"first_stage_f": self.first_stage_f, "compliance": self.compliance}
        return {"opinion": self.name, **own, **stage, "note": self.note}


def opinions(sample: Sample, draws: Draws) -> Iterator[Opinion]:
    """All second opinions that apply; one that fails is kept, with the reason."""
    makers: list[tuple[str, Callable[[], Iterator[Opinion]]]] = [
        ("standard errors HC2, schools as given", lambda: _hc2(sample)),
        ("without covariates", lambda: _unadjusted(sample)),
        ("logit, average marginal effect", lambda: _logit(sample)),
    ]
    if sample.contrast.randomised:
        makers += [
            ("other weights of blocks", lambda: _weighted(sample)),
            ("take-up (two-stage least squares)", lambda: _take_up(sample)),
            ("missing outcomes: inverse-probability weights", lambda: _missing_weights(sample)),
            ("missing outcomes: Lee bounds", lambda: _lee(sample, draws)),
        ]
    else:
        makers.append(("overlap weights", lambda: _overlap(sample)))
    makers += [
        (name, _of_variant(make)) for name, make in missing_variants(sample, draws.seed_of(sample, "imputation"))
    ]
    for name, make in makers:
        try:
            yield from make()
        except EstimationError as error:
            yield Opinion(name, {}, note=f"not possible: {error}")


def _of_variant(make: Callable[[], Variant]) -> Callable[[], Iterator[Opinion]]:
    def opinion() -> Iterator[Opinion]:
        name, figures, note = make()
        yield Opinion(name, figures, note=note)

    return opinion


def figures_of(fit: LinearFit, term: int = 0) -> dict[str, float]:
    """The figures of one term."""
    return {name: float(getattr(fit, name)[term]) for name in FIGURES}


def _hc2(sample: Sample) -> Iterator[Opinion]:
    note = "speaks of these schools, teachers and sections only"
    yield Opinion("standard errors HC2, schools as given", figures_of(primary_fit(sample, vcov="HC2")), note=note)


def _unadjusted(sample: Sample) -> Iterator[Opinion]:
    if sample.contrast.covariates:
        yield Opinion("without covariates", figures_of(primary_fit(sample, adjusted=False)))


def _logit(sample: Sample) -> Iterator[Opinion]:
    """Against courses and terms, not against every block: 70 dummies would separate small blocks."""
    if not sample.is_share:
        return
    frame = sample.analysed
    extra, names = covariate_columns(frame, (*sample.contrast.covariates, "course_id", "term_id"))
    found = average_marginal_effects(
        frame["value"].to_numpy() / 100,
        np.column_stack([np.ones(len(frame)), frame["online"].to_numpy(), extra]),
        cluster=frame[sample.contrast.cluster].to_numpy(dtype=object),
        names=["(constant)", "online", *names],
        terms=["online"],
        separation="drop",
    )
    scale = dict.fromkeys(("estimate", "std_error", "ci_low", "ci_high"), 100.0)
    figures = {name: scale.get(name, 1.0) * float(getattr(found, name)[0]) for name in FIGURES if name != "df"}
    yield Opinion("logit, average marginal effect", {**figures, "df": float(found.df)}, note=found.convention)


def _weighted(sample: Sample) -> Iterator[Opinion]:
    frame = sample.analysed
    extra, _ = covariate_columns(frame, sample.contrast.covariates)
    found = weightings(
        frame["value"].to_numpy(),
        frame["online"].to_numpy(),
        frame["lottery_block"].to_numpy(dtype=object),
        frame["school_id"].to_numpy(dtype=object),
        covariates=extra if extra.shape[1] else None,
    )
    for one in found:
        yield Opinion(f"weights: {one.meaning}", {name: float(getattr(one, name)) for name in FIGURES})


def _take_up(sample: Sample) -> Iterator[Opinion]:
    """The effect of taking the class online on those whom the lottery moved (Angrist, Imbens & Rubin 1996)."""
    frame = sample.analysed
    extra, names = covariate_columns(frame, sample.contrast.covariates)
    fit = fit_iv(
        frame["value"].to_numpy(),
        extra if extra.shape[1] else None,
        (frame["arm"] == "online").to_numpy(dtype=np.float64),
        frame["online"].to_numpy(),
        cluster=frame[sample.contrast.cluster].to_numpy(dtype=object),
        absorb=[frame["lottery_block"].to_numpy(dtype=object)],
        names=[*names, "took_online"],
    )
    stage = fit.first_stages[0]
    compliance = 100 * float(stage.fit.estimate[0])
    note = "of taking an online class, on students who took what the lottery gave them"
    yield Opinion(
        "take-up (two-stage least squares)",
        figures_of(fit, fit.place("took_online")),
        stage.f_statistic,
        compliance,
        note,
    )


def _missing_weights(sample: Sample) -> Iterator[Opinion]:
    """Analysed students stand for those alike who are missing: weights 1 / the chance of a known outcome."""
    if len(sample.analysed) == len(sample.assigned):
        return
    weights = _response_weights(sample)
    yield Opinion("missing outcomes: inverse-probability weights", figures_of(primary_fit(sample, weights=weights)))


def _response_weights(sample: Sample) -> Floats:
    everyone = sample.assigned
    used = set(sample.analysed["enrollment_id"])
    known = everyone["enrollment_id"].isin(used).to_numpy(dtype=np.float64)
    columns, names = covariate_columns(everyone, (*sample.contrast.covariates, "course_id", "term_id"))
    design = np.column_stack([np.ones(len(everyone)), everyone["online"].to_numpy(), columns])
    fit = fit_logit(
        known, design, names=["(constant)", "online", *names], vcov="information", separation="drop",
        outcome_name="known outcome",
    )  # fmt: skip
    chance = np.ones(len(everyone))
    chance[fit.used] = fit.fitted
    by_enrollment = dict(zip(everyone["enrollment_id"], 1 / chance, strict=True))
    return np.array([by_enrollment[code] for code in sample.analysed["enrollment_id"]], dtype=np.float64)


def _lee(sample: Sample, draws: Draws) -> Iterator[Opinion]:
    frame = sample.assigned
    if frame["value"].notna().all():
        return
    found = bounds(
        frame["value"].to_numpy(),
        frame["online"].to_numpy(),
        block=frame["lottery_block"].to_numpy(dtype=object),
        cluster=frame["school_id"].to_numpy(dtype=object),
        draws=draws.bounds,
        seed=draws.seed_of(sample, "bounds"),
    )
    note = f"interval of the effect among students whose outcome would be known in either class; {found.convention}"
    for end, value, error in (
        ("lower", found.lower, found.std_error_lower),
        ("upper", found.upper, found.std_error_upper),
    ):
        figures = {"estimate": value, "std_error": error, "ci_low": found.ci_low, "ci_high": found.ci_high}
        yield Opinion(f"missing outcomes: Lee bounds, {end}", figures, note=note)


def _overlap(sample: Sample) -> Iterator[Opinion]:
    weights = np.nan_to_num(overlap(sample).weights)
    frame = sample.analysed
    fit = fit_ols(
        frame["value"].to_numpy(),
        np.column_stack([frame["online"].to_numpy(), np.ones(len(frame))]),
        cluster=frame[sample.contrast.cluster].to_numpy(dtype=object),
        weights=weights,
        names=["online", "(constant)"],
    )
    yield Opinion("overlap weights", figures_of(fit), note="among students who might have been in either class")
