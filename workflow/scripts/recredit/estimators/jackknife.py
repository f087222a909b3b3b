"""CR3: the jackknife over clusters.

V = (G-1)/G sum_g (b_(g) - b)(b_(g) - b)' with b_(g) the coefficients without cluster g: MacKinnon, Nielsen & Webb
(2023), "Fast and reliable jackknife and bootstrap methods for cluster-robust inference", CV3.
"""

import numpy as np

from recredit.estimators.arrays import Booleans, Floats
from recredit.estimators.designs import NEGLIGIBLE, SINGULAR, Solution
from recredit.estimators.satterthwaite import adjusted


def jackknife(solution: Solution) -> tuple[Floats, Booleans]:
    """Variance (k, k) of the coefficients, and the terms (k,) that the data without some cluster do not determine.

    For least squares b_(g) - b = -(X'X)^-1 X_g'(I - H_gg)^-1 e_g exactly; two-stage least squares is solved anew.
    """
    count = int(solution.clusters[0].max()) + 1
    if solution.instruments is None:
        scores, _ = adjusted(solution, 1.0, solution.loadings())
        return solution.variance(scores.T @ scores * ((count - 1) / count)), np.zeros(len(solution.kept), dtype=bool)
    left_out, undetermined = _without_each_cluster(solution)
    shifts = left_out - solution.estimate
    return shifts.T @ shifts * ((count - 1) / count), undetermined


def _without_each_cluster(solution: Solution) -> tuple[Floats, Booleans]:
    """Two-stage least squares without each cluster: coefficients (G, k), and the terms not determined without one."""
    assert solution.instruments is not None
    assert solution.structural is not None
    k, codes = len(solution.kept), solution.clusters[0]
    explicit = solution.basis[:, k:]
    outcome = solution.structural @ solution.estimate + solution.residual
    predictors = np.column_stack([solution.instruments, explicit])
    regressors = np.column_stack([solution.structural, explicit, outcome])
    all_squares, all_products = predictors.T @ predictors, predictors.T @ regressors
    estimates = np.empty((int(codes.max()) + 1, k))
    undetermined = np.zeros(k, dtype=bool)
    for code in range(len(estimates)):
        rows = codes == code
        squares = all_squares - predictors[rows].T @ predictors[rows]
        products = all_products - predictors[rows].T @ regressors[rows]
        half = np.linalg.pinv(squares, rcond=SINGULAR, hermitian=True) @ products
        matrix = products[:, :-1].T @ half[:, :-1]
        size = np.sqrt(np.maximum(np.diag(matrix), np.finfo(float).tiny))
        scaled = matrix / size[:, None] / size[None, :]
        values, vectors = np.linalg.eigh(scaled)
        undetermined |= (np.abs(vectors[:k, values < SINGULAR]) > NEGLIGIBLE).any(axis=1)
        inverse = np.linalg.pinv(scaled, rcond=SINGULAR, hermitian=True)
        right = products[:, :-1].T @ half[:, -1] / size
        estimates[code] = (inverse @ right / size)[:k]
    return estimates, undetermined
