"""Robust k-center with certificates: centers that leave few rows far, and a proof of how few centers could do better.

Sener, Savarese. Active Learning for Convolutional Neural Networks: A Core-Set Approach. ICLR 2018, Algorithm 2 and
Equation 6: choose b centers beside the fixed ones such that all rows but q lie within the least distance r*.

*Bounds of the greedy selection.* The (q + 1)-th largest distance under the b greedy picks is an upper bound. After
b + q greedy picks some row has distance r to all of them and they to each other: b + q + 1 rows, of which q may be
left out, and two of the others share a center unless a fixed one covers them. So r* ≥ r / 2. Half the greedy radius
itself is no lower bound once q > 0.

*Search.* Whether r* ≤ δ is a cover problem (`alviz.numeric.cover`): a row is covered by every candidate within δ,
rows within δ of a fixed center are left away, at most b columns, at most q rows uncovered. The paper writes it with a
variable for each edge; this form has the same optimum and one for each node. Where the linear relaxation needs more
than b columns, or the solver finds that no cover exists, r* is at least the next distance that there is. Else the
cover is a selection, whose own radius may be smaller than δ.

*Many rows.* The cover is asked for a part of the rows only (Chen, Handler. Relaxation method for the solution of the
minimax location-allocation problem in Euclidean space. Naval Research Logistics 34, 1987): first those that greedy
picks first, then those that the best selection leaves far. A part that cannot be covered proves the bound for all;
a selection counts with its distances to all. So both bounds hold for whatever part fits into memory.

*Anytime.* There is always a selection and its radius, never worse than greedy's, and a valid lower bound. Relaxations
move the lower bound fast and give selections by rounding; whole solutions come after them, in the middle of what is
open, with a limit of nodes that doubles where it is met. Only the time limit depends on the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.centers import Centers
from alviz.numeric.cover_search import ROWS, Bounds, CoverSearch, relative_gap
from alviz.numeric.k_center import k_center

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


class RobustKCenter(NamedTuple):
    """A selection, its radius, and the proof.

    Attributes
    ----------
    picks : ndarray of int64, (n,)
        Rows, each the farthest from the fixed centers and the picks before it.
    gains : ndarray of float64, (n,)
        That distance; without fixed centers the first one's distance to the mean of the candidates or, where the
        selection is better than greedy's, of the picks.
    start : ndarray of float64, (candidates,)
        Each candidate's distance to the nearest fixed center; without any, minus its distance to the mean.
    outliers : ndarray of int64
        Rows that lie farther than the radius, ascending.
    trace : ndarray of float64, (changes, 3)
        Seconds, upper bound and lower bound, from the greedy selection on, whenever one of the bounds moved.
    improved : bool
        Whether the selection is better than the greedy one.
    """

    picks: Ids
    gains: Floats
    start: Floats
    outliers: Ids
    trace: Floats
    improved: bool

    @property
    def upper(self) -> float:
        """The radius: the largest distance of a candidate to its nearest center, outliers left out."""
        return float(self.trace[-1, 1])

    @property
    def lower(self) -> float:
        """What no selection's radius goes below."""
        return float(self.trace[-1, 2])

    @property
    def gap(self) -> float:
        """How much of the radius is not proved to be needed, 0 to 1."""
        return relative_gap(self.upper, self.lower)


def robust_k_center(
    X: NDArray[Any],
    fixed: Ids,
    candidates: Ids,
    n: int,
    outliers: int,
    *,
    time_limit: float = 60.0,
    gap: float = 0.0,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> RobustKCenter:
    """Choose `n` of `candidates` such that all of these but `outliers` lie near to one of them or of `fixed`.

    Parameters
    ----------
    X : ndarray, (N, d)
        Of any real dtype. Only fixed and candidate rows are read.
    fixed : ndarray of int64, (m,)
        Rows that are centers already.
    candidates : ndarray of int64
        Each once, none of them fixed.
    n : int
        From 1 to as many as there are candidates.
    outliers : int
        How many candidates may lie farther away.
    time_limit : float
        Seconds of the search after the greedy selection; 0 returns that.
    gap : float
        Stop as soon as the upper bound exceeds the lower by no more than this share of the upper.
    progress : callable
        Called with (done, total) at least every two seconds; what it raises stops the work.

    Returns
    -------
    RobustKCenter

    Raises
    ------
    InvalidInput
        For NaN or inf in a row that is read.
    """
    # The greedy selection needs n picks, its lower bound q + 1 more, and the search starts with the rows picked first.
    bound = min(n + outliers + 1, len(candidates))
    wanted = bound if time_limit == 0 else min(max(ROWS, 2 * bound), len(candidates))
    greedy = k_center(X, fixed, candidates, wanted, lambda done, total: progress(done, 10 * total))
    order = np.lexsort((candidates, greedy.start))
    near = greedy.start[order] if len(fixed) else np.full(len(candidates), np.inf)
    centers = Centers(X, fixed, candidates[order], near, outliers, lambda: progress(100, 1000))
    place = np.empty(int(candidates.max()) + 1, dtype=np.int64)
    place[candidates[order]] = np.arange(len(candidates))
    picked = place[greedy.picks]
    upper = centers.radius(picked[:n])
    lower = greedy.gains[n + outliers] / 2 if bound > n + outliers else 0.0
    bounds = Bounds(picked[:n], upper, min(float(lower), upper), time_limit, gap)
    centers.tick = lambda: progress(100 + int(900 * bounds.share()), 1000)
    if bounds.open():
        CoverSearch(centers, bounds, n).run(picked)
    far = centers.ids[centers.distances(bounds.selection) > bounds.upper]
    picks, gains = greedy.picks[:n], greedy.gains[:n]
    if bounds.improved:
        chosen = np.sort(centers.ids[bounds.selection])
        picks, _, gains = k_center(X, fixed, chosen, n, lambda done, total: centers.tick())
    return RobustKCenter(picks, gains, greedy.start, np.sort(far), np.array(bounds.trace), bounds.improved)
