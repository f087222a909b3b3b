"""Linear programs over one set of rows, solved one after another by HiGHS from the last solution on."""

from collections.abc import Sequence

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from recredit.errors import DisclosureError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SOLVER = "HiGHS"
PRIMAL_SIMPLEX = 4
DUAL_SIMPLEX = 1


def solver_version() -> str:
    """The version of HiGHS that solves the programs."""
    return str(highspy.Highs().version())


class Programs:
    """Programs `min or max c x` over `row_low <= A x <= row_high`, `column_low <= x <= column_high`.

    Parameters
    ----------
    matrix : (rows, columns).
    costs : c at the start, (columns,).
    strategy : :data:`PRIMAL_SIMPLEX` where only costs change from one program to the next (the last solution stays
        feasible), :data:`DUAL_SIMPLEX` where bounds do and costs are never below 0.

    Attributes
    ----------
    solved : number of programs solved so far.
    """

    def __init__(
        self,
        matrix: csr_array,
        rows: tuple[Floats, Floats],
        columns: tuple[Floats, Floats],
        costs: Floats | None = None,
        strategy: int = PRIMAL_SIMPLEX,
    ) -> None:
        self.solved = 0
        self._solver = highspy.Highs()
        # The serial simplex and no presolve: the same path each time, and a basis to start the next program from. The
        # number of threads is left alone: HiGHS keeps one for the whole process, and refuses to run under another.
        options: dict[str, bool | int | str] = {"output_flag": False, "parallel": "off", "presolve": "off"}
        for name, value in {**options, "simplex_strategy": strategy}.items():
            self._solver.setOptionValue(name, value)
        self._solver.passModel(_model(matrix, rows, columns, costs))
        if strategy == PRIMAL_SIMPLEX:
            self._find_a_point(np.zeros(int(matrix.shape[1])) if costs is None else costs)

    def _find_a_point(self, costs: Floats) -> None:
        """Find some x that keeps the rows. Without costs the dual simplex does so in a sixth of the primal's time."""
        everything = np.arange(len(costs))
        self.set_costs(everything, np.zeros(len(costs)))
        self._solver.setOptionValue("simplex_strategy", DUAL_SIMPLEX)
        self._solver.run()
        self._solver.setOptionValue("simplex_strategy", PRIMAL_SIMPLEX)
        self.set_costs(everything, costs)

    def start_afresh(self) -> None:
        """Start the next program from no basis, as the first did, and not from where the last one ended."""
        self._solver.clearSolver()

    def set_costs(self, columns: Sequence[int] | Integers, costs: Sequence[float] | Floats) -> None:
        """Change c at `columns`."""
        chosen = np.asarray(columns, dtype=np.int32)
        self._solver.changeColsCost(len(chosen), chosen, np.asarray(costs, dtype=np.float64))

    def set_columns(self, columns: Sequence[int] | Integers, low: Floats, high: Floats) -> None:
        """Change the bounds of x at `columns`."""
        chosen = np.asarray(columns, dtype=np.int32)
        self._solver.changeColsBounds(len(chosen), chosen, low.astype(np.float64), high.astype(np.float64))

    def set_row(self, row: int, low: float, high: float) -> None:
        """Change the bounds of a row."""
        self._solver.changeRowBounds(row, low, high)

    def solve(self, *, maximise: bool = False) -> tuple[float, Floats] | None:
        """The best value and an x that has it.

        Returns
        -------
        None where no x keeps the rows; (inf or -inf, last x) where the value has no bound.

        Raises
        ------
        DisclosureError where the solver gives up: nothing may be concluded then.
        """
        sense = highspy.ObjSense.kMaximize if maximise else highspy.ObjSense.kMinimize
        self._solver.changeObjectiveSense(sense)
        self._solver.run()
        self.solved += 1
        status = self._solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        point = np.asarray(self._solver.getSolution().col_value, dtype=np.float64)
        if status == highspy.HighsModelStatus.kUnbounded:
            return (np.inf if maximise else -np.inf), point
        if status != highspy.HighsModelStatus.kOptimal:
            raise DisclosureError("The solver gave no answer to a program of the attack, so nothing can be certified.")
        return float(self._solver.getInfo().objective_function_value), point


def _model(
    matrix: csr_array, rows: tuple[Floats, Floats], columns: tuple[Floats, Floats], costs: Floats | None
) -> highspy.HighsLp:
    by_column = matrix.tocsc()
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = (int(number) for number in matrix.shape)
    model.row_lower_, model.row_upper_ = (np.asarray(bounds, dtype=np.float64) for bounds in rows)
    model.col_lower_, model.col_upper_ = (np.asarray(bounds, dtype=np.float64) for bounds in columns)
    model.col_cost_ = np.zeros(int(matrix.shape[1])) if costs is None else costs
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = by_column.indptr.astype(np.int32)
    model.a_matrix_.index_ = by_column.indices.astype(np.int32)
    model.a_matrix_.value_ = by_column.data.astype(np.float64)
    return model
