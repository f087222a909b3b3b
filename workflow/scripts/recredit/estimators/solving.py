"""Least squares and two-stage least squares on columns that are freed of fixed effects."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recredit.errors import EstimationError
from recredit.estimators.arrays import Dropped, Floats, Integers
from recredit.estimators.designs import (
    COLLINEAR,
    Columns,
    Solution,
    free_of_effects,
    length,
    of_columns,
    on_columns,
    orthogonalise,
)
from recredit.estimators.rows import Rows

# An outcome of which no more is left than this part of its size is explained without a residual.
EXPLAINED = 1e-10


def solve_ols(rows: Rows, names: Sequence[str], absorbed: Sequence[Integers]) -> tuple[Solution, tuple[Dropped, ...]]:
    """Ordinary or weighted least squares.

    Parameters
    ----------
    rows : outcome first, then a column for each of ``names``.
    absorbed : the sets of fixed effects that are taken out; the others of ``rows`` are held as columns.

    Returns
    -------
    The solution, and the terms left out with the reason.

    Raises
    ------
    EstimationError where no term is left, where parameters are as many as rows, or where nothing is left unexplained.
    """
    columns = free_of_effects(rows, absorbed)
    terms = _independent(columns, names)
    if not terms.places:
        raise EstimationError("no term of the model varies beside the others and the fixed effects.")
    outcome = columns.values[:, 0]
    along = on_columns(terms.basis, outcome)
    inverse = np.asarray(np.linalg.inv(terms.weights), dtype=np.float64)
    residual = outcome - of_columns(terms.basis, along)
    return _solution(rows, columns, terms, inverse, inverse @ along, residual), tuple(terms.dropped)


def solve_iv(
    rows: Rows,
    names: Sequence[str],
    instrument_names: Sequence[str],
    endogenous: int,
    absorbed: Sequence[Integers],
) -> tuple[Solution, tuple[Dropped, ...]]:
    """Two-stage least squares.

    Parameters
    ----------
    rows : outcome, terms (the last ``endogenous`` of them endogenous), then excluded instruments.
    names, instrument_names : of the terms and of the instruments.
    absorbed : as in :func:`solve_ols`.

    Raises
    ------
    EstimationError as :func:`solve_ols`, and where the instruments do not identify an endogenous term.
    """
    columns = free_of_effects(rows, absorbed)
    terms = _independent(columns, names)
    exogenous = sum(place < len(names) - endogenous for place in terms.places)
    if exogenous == len(terms.places):
        raise EstimationError("no endogenous term varies beside the other terms and the fixed effects.")
    first = 1 + len(names)
    least = np.maximum(COLLINEAR * columns.sizes, columns.floor)[first:]
    used, space, _ = orthogonalise(columns.values[:, first:], least, terms.basis[:, :exogenous])
    structural = columns.values[:, [1 + place for place in terms.places]]
    predicted = _identified(space @ (space.T @ structural), structural, terms, names)
    inverse = np.asarray(np.linalg.inv(predicted.weights), dtype=np.float64)
    estimate = inverse @ on_columns(predicted.basis, columns.values[:, 0])
    residual = columns.values[:, 0] - of_columns(structural, estimate)
    solution = _solution(rows, columns, predicted, inverse, estimate, residual)
    dropped = (*terms.dropped, *_combinations(instrument_names, used))
    return replace(solution, instruments=space, structural=structural), dropped


@dataclass(frozen=True)
class _Terms:
    """The terms that stay: their places, an orthonormal basis (n, k), their weights on it (k, k), and the others."""

    places: tuple[int, ...]
    basis: Floats
    weights: Floats
    dropped: list[Dropped]


def _independent(columns: Columns, names: Sequence[str]) -> _Terms:
    """The columns after the outcome, as many as ``names``, without those that say nothing of their own."""
    part = slice(1, 1 + len(names))
    least = np.maximum(COLLINEAR * columns.sizes, columns.floor)[part]
    varying, dropped = _varying(columns.values[:, part], least, columns.floor[part], names)
    values = columns.values[:, [1 + place for place in varying]]
    kept, basis, weights = orthogonalise(values, least[varying], np.empty((len(values), 0)))
    dropped += _combinations([names[place] for place in varying], kept)
    dropped.sort(key=lambda one: names.index(one.what))
    return _Terms(tuple(varying[place] for place in kept), basis, weights, dropped)


def _varying(values: Floats, least: Floats, floor: Floats, names: Sequence[str]) -> tuple[list[int], list[Dropped]]:
    """Places of the columns of which something is left, and the others with the reason."""
    lengths = np.sqrt(np.einsum("ij,ij->j", values, values))
    dropped = []
    for place in np.flatnonzero(lengths <= least).tolist():
        reason = "no variation beside the fixed effects" if floor[place] else "zero throughout"
        dropped.append(Dropped(what=names[place], reason=reason))
    return np.flatnonzero(lengths > least).tolist(), dropped


def _combinations(names: Sequence[str], kept: Sequence[int]) -> list[Dropped]:
    lost = [name for place, name in enumerate(names) if place not in kept]
    return [Dropped(what=name, reason="a combination of the terms before it") for name in lost]


def _identified(predicted: Floats, structural: Floats, terms: _Terms, names: Sequence[str]) -> _Terms:
    """The terms as the instruments predict them; an error where one is not predicted beside the others."""
    least = COLLINEAR * np.linalg.norm(structural, axis=0)
    kept, basis, weights = orthogonalise(predicted, least, np.empty((len(predicted), 0)))
    lost = [names[place] for number, place in enumerate(terms.places) if number not in kept]
    if lost:
        raise EstimationError(f"the instruments do not identify {', '.join(lost)}.")
    return replace(terms, basis=basis, weights=weights)


def _solution(
    rows: Rows, columns: Columns, terms: _Terms, inverse: Floats, estimate: Floats, residual: Floats
) -> Solution:
    explicit = columns.explicit
    solution = Solution(
        kept=terms.places,
        estimate=estimate,
        basis=np.column_stack([terms.basis, explicit]) if explicit.shape[1] else terms.basis,
        inverse=inverse,
        residual=residual,
        root=columns.root,
        clusters=rows.clusters,
        absorbed=columns.absorbed,
        effects=columns.effects,
    )
    if solution.residual_df < 1:
        raise EstimationError("there are no more rows than parameters.")
    if length(residual) <= max(EXPLAINED * columns.sizes[0], columns.floor[0]):
        raise EstimationError("the outcome does not vary beside the terms and the fixed effects.")
    return solution
