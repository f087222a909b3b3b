"""Oster's proportional selection: how an estimate moves when selection on the unmeasured mirrors the measured."""

from dataclasses import dataclass

import numpy as np

from recredit.errors import EstimationError

REAL = 1e-7


@dataclass(frozen=True)
class OsterBias:
    """Oster's bias-adjusted effects; see :func:`oster` for the caveat.

    Attributes
    ----------
    adjusted : every solution for the effect under `delta` and `r_squared_max`, nearest to the full estimate first.
    same_direction : for each, whether it keeps the sign of the bias that the controls removed (Oster's assumption 3).
    delta_for_target : the proportional selection at which the adjusted effect would equal `target`.
    """

    adjusted: tuple[float, ...]
    same_direction: tuple[bool, ...]
    delta_for_target: float
    delta: float
    target: float
    r_squared_max: float


def oster(
    *,
    estimate_short: float,
    r_squared_short: float,
    estimate_full: float,
    r_squared_full: float,
    variance_outcome: float,
    variance_treatment: float,
    variance_treatment_residual: float,
    r_squared_max: float | None = None,
    delta: float = 1.0,
    target: float = 0.0,
) -> OsterBias:
    """Effects adjusted for selection on unmeasured causes that is `delta` times selection on the controls.

    Oster (2019), J. Business & Economic Statistics 37(2): 187-204, propositions 1 to 3. The bias v = estimate_full -
    effect solves, with s = estimate_short - estimate_full, variances sy, sx, residual variance tx,
    (delta - 1) tx (sx - tx) v^3 + (delta - 2) tx s sx v^2
    + [delta (Rmax - R) sy (sx - tx) - (R - R0) sy tx - s^2 tx sx] v + delta (Rmax - R) sy s sx = 0.
    For delta = 1 there are two roots, else up to three; all real ones are returned.

    Parameters
    ----------
    estimate_short, r_squared_short : of the outcome on the treatment alone.
    estimate_full, r_squared_full : with the controls.
    variance_outcome, variance_treatment : of the two.
    variance_treatment_residual : of the treatment after the controls.
        Controls that stand in both models are partialled out of everything first.
    r_squared_max : R squared if the unmeasured were known too; by default Oster's min(1, 1.3 R).

    Raises
    ------
    EstimationError for R squared out of order, variances not above 0, or controls that move neither estimate nor
        treatment (then nothing can be said).

    Notes
    -----
    Show it only with this caveat. It assumes that the part of the outcome due to unmeasured causes is unrelated to the
    measured controls, it knows neither `delta` nor `r_squared_max`, and delta = 1 is no natural limit: the effect can
    change sign at a delta well below `delta_for_target` (Masten & Poirier 2024, "The effect of omitted variables on
    the sign of regression coefficients", arXiv:2208.00552). There is more than one solution, and assumption 3 that
    picks one cannot be checked. The robustness value needs none of this and is the one to lead with.
    """
    highest = min(1.0, 1.3 * r_squared_full) if r_squared_max is None else r_squared_max
    sy, sx, tx = variance_outcome, variance_treatment, variance_treatment_residual
    shift, gain = estimate_short - estimate_full, r_squared_full - r_squared_short
    if not (0 <= r_squared_short <= r_squared_full <= highest <= 1):
        raise EstimationError("R squared must rise from the short to the full model and to its maximum, from 0 to 1.")
    if not (sy > 0 and sx >= tx > 0):
        raise EstimationError("variances above 0 are needed, the treatment's residual one no larger than its total.")
    room = (highest - r_squared_full) * sy
    linear = delta * room * (sx - tx) - gain * sy * tx - shift**2 * tx * sx
    biases = _real_roots(
        [(delta - 1) * tx * (sx - tx), (delta - 2) * tx * shift * sx, linear, delta * room * shift * sx]
    )
    adjusted = tuple(float(estimate_full - bias) for bias in biases)
    same_direction = tuple(bool(bias * shift >= 0) for bias in biases)
    needed = _delta(estimate_full - target, shift, gain * sy, room, sx, tx)
    return OsterBias(adjusted, same_direction, needed, delta, target, highest)


def _real_roots(coefficients: list[float]) -> list[float]:
    """Real roots, smallest first in size. Coefficients that are nothing beside the others would give roots of noise."""
    scale = max(abs(c) for c in coefficients)
    if scale == 0:
        raise EstimationError(
            "the controls move neither the estimate nor the fit: selection cannot be judged from them."
        )
    roots = np.roots([c if abs(c) > 1e-14 * scale else 0.0 for c in coefficients])
    real = roots[np.abs(roots.imag) <= REAL * (1 + np.abs(roots))].real
    return [float(root) for root in sorted(real, key=abs)]


def _delta(bias: float, shift: float, gain: float, room: float, sx: float, tx: float) -> float:
    """The delta at which the bias is `bias`: the cubic solved for delta (Oster's proposition 3)."""
    above = bias * gain * tx + bias * sx * tx * shift**2 + 2 * bias**2 * tx * shift * sx + bias**3 * (tx * sx - tx**2)
    below = room * shift * sx + bias * room * (sx - tx) + bias**2 * tx * shift * sx + bias**3 * (tx * sx - tx**2)
    return float(above / below) if below != 0 else float("nan")
