"""Cover problems on HiGHS, in a thread of their own, so that a stop is heard whatever the solver is at.

Huangfu, Hall. Parallelizing the dual revised simplex method. Mathematical Programming Computation 10, 2018.

One thread, and work counted in nodes: the same problem has the same answer on every machine, unless the clock
ends it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from alviz.numeric.cover import Cover

# Seconds between two questions whether to stop.
_POLL = 0.5
# Seconds that a solver which was told to stop is waited for.
_PATIENCE = 0.5

Floats = NDArray[np.float64]


class Answer(NamedTuple):
    """What the solver found.

    Attributes
    ----------
    feasible : bool or None
        None where it was stopped before it knew.
    values : ndarray of float64, (columns,)
        Of the columns of the cover; zeros where there is no solution.
    duals : ndarray of float64, (rows,)
    """

    feasible: bool | None
    values: Floats
    duals: Floats


def relaxed(cover: Cover, seconds: float, tick: Callable[[], None]) -> Answer:
    """Solve the linear relaxation: the least Σu, u and z between 0 and 1; see `covering` for the parameters."""
    return _solve(_Model(cover, None), {"time_limit": max(seconds, 0.0)}, tick)


def covering(cover: Cover, n: int, nodes: int, seconds: float, tick: Callable[[], None]) -> Answer:
    """Look for a cover of at most `n` columns.

    Parameters
    ----------
    cover : Cover
    n : int
    nodes : int
        Of the search tree, at most.
    seconds : float
        At most.
    tick : callable
        Called about twice per second; what it raises stops the solver.
    """
    options = {
        "time_limit": max(seconds, 0.0),
        "mip_max_nodes": nodes,
        "mip_rel_gap": 0.0,
        "objective_target": float(n),
    }
    return _solve(_Model(cover, n), options, tick)


class _Model:
    """min Σu with Au + z ≥ 1, Σ w z ≤ slack and, for whole numbers, Σu ≤ n; z only where a row may be left out."""

    def __init__(self, cover: Cover, n: int | None) -> None:
        rows, self.columns = cover.A.shape
        may = np.flatnonzero(~cover.must)
        left_out = sp.csr_array((np.ones(len(may)), (may, np.arange(len(may)))), shape=(rows, len(may)))
        blocks: list[list[Any]] = [[cover.A.astype(np.float64), left_out]]
        lower, upper = [np.ones(rows)], [np.full(rows, np.inf)]
        if len(may):
            blocks.append([None, sp.csr_array(cover.weights[may].astype(np.float64)[None])])
            lower.append(np.array([-np.inf]))
            upper.append(np.array([float(cover.slack)]))
        if n is not None:
            blocks.append([sp.csr_array(np.ones((1, self.columns))), None])
            lower.append(np.array([-np.inf]))
            upper.append(np.array([float(n)]))
        self.rows, self.whole = rows, n is not None
        self.matrix = sp.block_array(blocks, format="csr")
        self.lower, self.upper = np.concatenate(lower), np.concatenate(upper)
        # No bound in the relaxation: it would take its share of the duals, and more than 1 never pays.
        self.most = np.full(self.matrix.shape[1], np.inf if n is None else 1.0)
        self.cost = np.concatenate([np.ones(self.columns), np.zeros(len(may))])

    def lp(self) -> Any:
        """Return the model as HiGHS takes it."""
        import highspy

        lp = highspy.HighsLp()
        lp.num_row_, lp.num_col_ = self.matrix.shape
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = self.cost, np.zeros(len(self.cost)), self.most
        lp.row_lower_, lp.row_upper_ = self.lower, self.upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = self.matrix.indptr, self.matrix.indices
        lp.a_matrix_.value_ = self.matrix.data
        if self.whole:
            # With whole u the least z is whole too.
            kinds = [highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous]
            lp.integrality_ = [kinds[0]] * self.columns + [kinds[1]] * (len(self.cost) - self.columns)
        return lp


def _solve(model: _Model, options: dict[str, Any], tick: Callable[[], None]) -> Answer:
    import highspy

    highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in {"output_flag": False, "threads": 1, **options}.items():
        highs.setOptionValue(name, value)
    highs.passModel(model.lp())
    if not _run(highs, options["time_limit"], tick):
        return Answer(None, np.zeros(model.columns), np.zeros(model.rows))
    status, info, solution = highs.getModelStatus(), highs.getInfo(), highs.getSolution()
    optimal = status == highspy.HighsModelStatus.kOptimal and not model.whole
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible and model.whole
    infeasible = status == highspy.HighsModelStatus.kInfeasible
    values = np.array(solution.col_value)[: model.columns] if optimal or found else np.zeros(model.columns)
    duals = np.array(solution.row_dual)[: model.rows] if optimal else np.zeros(model.rows)
    return Answer(True if optimal or found else False if infeasible else None, values, duals)


def _run(highs: Any, seconds: float, tick: Callable[[], None]) -> bool:
    """Run the solver in a thread while this one asks `tick` whether to go on; return whether it came to an end.

    The solver looks at its clock and calls back seconds apart. One that does not hear is left to itself: it ends
    at its next look, and nobody reads what it found.
    """
    stopped = threading.Event()

    def heed(event: Any) -> None:
        if stopped.is_set():
            event.interrupt()

    for callback in (highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt):
        callback.subscribe(heed)
    worker = threading.Thread(target=highs.run, name="alviz-highs")
    end = time.perf_counter() + seconds + _PATIENCE
    worker.start()
    try:
        while worker.is_alive() and time.perf_counter() < end:
            worker.join(min(_POLL, max(end - time.perf_counter(), 0)))
            if worker.is_alive():
                tick()
    finally:
        stopped.set()
        worker.join(_PATIENCE)
    return not worker.is_alive()
