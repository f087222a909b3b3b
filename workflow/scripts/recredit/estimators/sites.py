"""How an effect differs between sites: random treatment coefficients (FIRC), and the weights an average may have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, stdtr, stdtrit

from recredit.errors import EstimationError
from recredit.estimators.arrays import Dropped, Floats, Integers, labels, matrix, numbers, same_length, two_arms
from recredit.estimators.designs import nested
from recredit.estimators.inputs import check_rows_match
from recredit.estimators.linear import fit_ols
from recredit.estimators.results import LinearFit
from recredit.estimators.rows import Rows, clean_rows
from recredit.estimators.site_variance import BetweenSites, SiteSums, cochran_q, maximise, tau_interval

CONFIDENCE = 0.95


@dataclass(frozen=True)
class SiteEffects:
    """Effects of single sites, in the order of ``site``. They tell on single schools: never outside the vault.

    Attributes
    ----------
    site : (J,) names.
    n : (J,) rows.
    estimate, std_error : (J,) of the site alone, with the residual variance of all.
    reliability : (J,) tau^2 / (tau^2 + std_error^2).
    shrunken : (J,) empirical Bayes: reliability * estimate + (1 - reliability) * mean.
    """

    site: tuple[Any, ...]
    n: Integers
    estimate: Floats
    std_error: Floats
    reliability: Floats
    shrunken: Floats


@dataclass(frozen=True)
class FircFit:
    """Fixed intercepts, random coefficients.

    Attributes
    ----------
    estimate, std_error : the mean of the sites' effects.
    df, p_value, ci_low, ci_high : t with J - 1 degrees of freedom, 95%.
    tau : standard deviation of the sites' effects, by restricted maximum likelihood.
    tau_low, tau_high : 95% interval by inverting Q.
    residual_sd : standard deviation inside the arms of blocks.
    q, q_df, q_p_value : Cochran's Q, chi-squared on J - 1 where all effects are alike.
    prediction_low, prediction_high : 95% interval for the effect of another site, t with J - 2 degrees of freedom
        (Higgins, Thompson & Spiegelhalter 2009); NaN for two sites.
    n, sites : rows and sites used.
    dropped : what was left out, with reasons.
    site_effects : for the vault only.
    """

    estimate: float
    std_error: float
    df: int
    p_value: float
    ci_low: float
    ci_high: float
    tau: float
    tau_low: float
    tau_high: float
    residual_sd: float
    q: float
    q_df: int
    q_p_value: float
    prediction_low: float
    prediction_high: float
    n: int
    sites: int
    dropped: tuple[Dropped, ...]
    site_effects: SiteEffects


def fit_firc(y: Any, z: Any, block: Any, site: Any) -> FircFit:
    """Effects that differ between sites: fixed block intercepts, a random coefficient for each site.

    Parameters
    ----------
    y : (n,) outcome.
    z : (n,) arm, 1 or 0.
    block : (n,) names of the lottery blocks, each inside one site.
    site : (n,) names of the sites.

    Notes
    -----
    See :mod:`recredit.estimators.site_variance` for the model. Blocks are taken out first, so that their number does
    not matter to the likelihood, which is profiled down to one parameter.

    Raises
    ------
    EstimationError for fewer than two sites with both arms in a block, a block in two sites, or an outcome without
    variation inside the arms.
    """
    rows, dropped = _lottery_rows(y, z, block, site, None)
    sums = _site_sums(rows)
    best, q, df = maximise(sums), cochran_q(sums), sums.sites - 1
    mean = _around(best.mean, best.std_error, df)
    tau = tau_interval(sums)
    another = _around(best.mean, float(np.hypot(best.tau, best.std_error)), df - 1)
    return FircFit(
        estimate=best.mean,
        std_error=best.std_error,
        df=df,
        p_value=float(2 * stdtr(df, -abs(best.mean / best.std_error))),
        ci_low=mean[0],
        ci_high=mean[1],
        tau=best.tau,
        tau_low=tau[0],
        tau_high=tau[1],
        residual_sd=best.sigma,
        q=q,
        q_df=df,
        q_p_value=float(chdtrc(df, q)),
        prediction_low=another[0],
        prediction_high=another[1],
        n=len(rows.values),
        sites=sums.sites,
        dropped=dropped,
        site_effects=_site_effects(sums, best, rows, site),
    )


def _lottery_rows(y: Any, z: Any, block: Any, site: Any, covariates: Any) -> tuple[Rows, tuple[Dropped, ...]]:
    """Rows of blocks with both arms: outcome, arm, covariates; block and site as sets of clusters."""
    check_rows_match(y=y, z=z, block=block, site=site, covariates=covariates)
    outcome, arm = numbers(y, "y"), two_arms(z, "z")
    extra = np.empty((len(outcome), 0)) if covariates is None else matrix(covariates)[0]
    groups = [labels(block, "block"), labels(site, "site")]
    same_length(y=outcome, z=arm, block=groups[0], site=groups[1], covariates=extra)
    values = np.column_stack([outcome, arm, extra])
    rows, dropped = clean_rows(values, None, groups, [])
    if not nested(*rows.clusters):
        raise EstimationError("a block lies in two sites; name blocks so that each lies in one.")
    share = np.bincount(rows.clusters[0], weights=rows.values[:, 1]) / np.bincount(rows.clusters[0])
    use = ((share > 0) & (share < 1))[rows.clusters[0]]
    if not use.any():
        raise EstimationError("no block has both arms.")
    if use.all():
        return rows, dropped
    one_armed = Dropped(what="rows", reason="block with one arm", count=int((~use).sum()))
    clusters = tuple(np.unique(codes[use], return_inverse=True)[1] for codes in rows.clusters)
    return Rows(rows.values[use], None, clusters, (), rows.positions[use]), (*dropped, one_armed)


def _site_sums(rows: Rows) -> SiteSums:
    block, site = rows.clusters
    sizes = np.bincount(block)
    y, z = (column - (np.bincount(block, weights=column) / sizes)[block] for column in rows.values.T)
    precision = np.bincount(site, weights=z * z).astype(np.float64)
    sites, df = len(precision), len(y) - len(sizes) - len(precision)
    if sites < 2:
        raise EstimationError("effects that differ between sites need two sites with both arms in a block.")
    effect = np.bincount(site, weights=z * y) / precision
    within = float(((y - effect[site] * z) ** 2).sum())
    # Rounding leaves about 1e-16 of the outcomes, squared.
    if df < 1 or within <= 1e-26 * float(rows.values[:, 0] @ rows.values[:, 0]):
        raise EstimationError("the outcome does not vary inside the arms of the blocks.")
    return SiteSums(effect, precision, within, df)


def _around(middle: float, spread: float, df: int) -> tuple[float, float]:
    """An interval by t; NaN without degrees of freedom."""
    if df < 1:
        return np.nan, np.nan
    half = float(stdtrit(df, 0.5 + CONFIDENCE / 2)) * spread
    return middle - half, middle + half


def _site_effects(sums: SiteSums, best: BetweenSites, rows: Rows, site: Any) -> SiteEffects:
    """The sites' effects in the order of their names."""
    names = pd.factorize(site if isinstance(site, pd.Series) else np.asarray(site), sort=True)[1]
    named = np.empty(sums.sites, dtype=np.int64)
    named[rows.clusters[1]] = labels(site, "site")[rows.positions]
    order = np.argsort(named)
    variance = best.sigma**2 / sums.precision
    reliability = best.tau**2 / (best.tau**2 + variance)
    shrunken = reliability * sums.effect + (1 - reliability) * best.mean
    return SiteEffects(
        site=tuple(names[code] for code in named[order]),
        n=np.bincount(rows.clusters[1])[order],
        estimate=sums.effect[order],
        std_error=np.sqrt(variance)[order],
        reliability=reliability[order],
        shrunken=shrunken[order],
    )


@dataclass(frozen=True)
class Weighting:
    """An average effect over blocks, and how blocks count in it.

    Attributes
    ----------
    name : "precision", "students", "sites" or "blocks".
    meaning : in words.
    fit : the regression; its first term is the arm.
    estimate, std_error, df, p_value, ci_low, ci_high : of the arm.
    """

    name: str
    meaning: str
    fit: LinearFit
    estimate: float
    std_error: float
    df: float
    p_value: float
    ci_low: float
    ci_high: float


# Each takes the sizes (B,) of the blocks and the size (B,) of the site of each block, and gives the blocks' weights.
_BLOCK_WEIGHTS: Mapping[str, tuple[str, Callable[[Floats, Floats], Floats] | None]] = MappingProxyType(
    {
        "precision": ("block fixed effects: blocks count by n p (1 - p), the most precise", None),
        "students": ("blocks count by their students", lambda sizes, _: sizes),
        "sites": ("sites count alike, blocks inside by their students", lambda sizes, sites: sizes / sites),
        "blocks": ("blocks count alike", lambda sizes, _: np.ones_like(sizes)),
    }
)


def weightings(
    y: Any, z: Any, block: Any, site: Any, *, covariates: Any = None, vcov: str = "CR2"
) -> tuple[Weighting, ...]:
    """The average effect under four weightings of the blocks.

    Parameters
    ----------
    y, z, block, site : as in :func:`fit_firc`.
    covariates : (n, k) pre-assignment covariates, or None.
    vcov : standard error, clustered by site.

    Returns
    -------
    Precision, students, sites, blocks. They agree where effects are alike; where they do not, the effect differs
    between blocks with their size or their share of winners, and the table shows how.

    Notes
    -----
    Weights w_b are put into block fixed effects by weighting rows with w_b / (rows of the block's arm), after which
    both arms of a block weigh the same and the coefficient is sum w_b effect_b / sum w_b (Miratrix, Weiss & Henderson
    2021, doi:10.1080/19345747.2020.1831115, name these estimators and estimands).

    Raises
    ------
    EstimationError as :func:`fit_firc` and :func:`recredit.estimators.linear.fit_ols`.
    """
    rows, _ = _lottery_rows(y, z, block, site, covariates)
    names = ["arm", *([] if covariates is None else matrix(covariates)[1])]
    found = []
    for name, (meaning, weigh) in _BLOCK_WEIGHTS.items():
        fit = fit_ols(
            rows.values[:, 0],
            rows.values[:, 1:],
            cluster=rows.clusters[1],
            absorb=rows.clusters[0],
            weights=None if weigh is None else _row_weights(rows, weigh),
            vcov=vcov,
            names=names,
        )
        columns = (fit.estimate, fit.std_error, fit.df, fit.p_value, fit.ci_low, fit.ci_high)
        found.append(Weighting(name, meaning, fit, *(float(column[0]) for column in columns)))
    return tuple(found)


def _row_weights(rows: Rows, weigh: Callable[[Floats, Floats], Floats]) -> Floats:
    """Weights of rows (n,) that make each arm of a block count by the block's weight."""
    block, site = rows.clusters
    sizes = np.bincount(block).astype(np.float64)
    home = np.empty(len(sizes), dtype=np.int64)
    home[block] = site
    arm_of_block = 2 * block + rows.values[:, 1].astype(np.int64)
    by_block = weigh(sizes, np.bincount(site)[home].astype(np.float64))
    return np.asarray(by_block[block] / np.bincount(arm_of_block)[arm_of_block])
