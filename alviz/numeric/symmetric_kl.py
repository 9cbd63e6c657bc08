"""k-center greedy under the symmetric Kullback-Leibler divergence of probability rows.

d(p, q) = ½ KL(p‖q) + ½ KL(q‖p) = ½ Σ_c (p_c - q_c)(log p_c - log q_c): zero for equal rows, the same both ways; no
metric, since it breaks the triangle inequality.

*Precision.* With P and L = log P, d is ½ (⟨p, log p⟩ + ⟨q, log q⟩ - ⟨p, log q⟩ - ⟨q, log p⟩), one matrix product for
all pairs, which cancels for rows that are alike. It says which pair is worth a look; the differences above, each of
them 0 or more, decide.

*Memory.* P, log P and two numbers per row in float64, blocks of some 10 MB.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.blocks import blocks

# The least probability: a class that float32 rounds to 0 would be infinitely far from all others.
_LEAST = 1e-12

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


class Farthest(NamedTuple):
    """The picks and the divergences behind them.

    Attributes
    ----------
    picks : ndarray of int64, (n,)
        Positions among the rows, in pick order.
    start : ndarray of float64, (m,)
        Each row's divergence from the nearest center; without any, minus that from the mean row.
    gains : ndarray of float64, (n,)
        Each pick's divergence from the nearest center when it was picked; without centers the first one's from the
        mean row.
    """

    picks: Ids
    start: Floats
    gains: Floats


def k_center_kl(
    probs: NDArray[np.floating],
    centers: NDArray[np.floating],
    n: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Farthest:
    """Pick `n` rows, each the farthest from all centers and those picked before, ties to the first.

    Parameters
    ----------
    probs : ndarray, (m, C)
        Rows to pick from; probabilities below 1e-12 count as that.
    centers : ndarray, (c, C)
        What is covered already. Without any, the first pick is the row nearest to the mean of the rows.
    n : int
        At most m.
    progress : callable
        Called with (picks done, n) before each pick and each block of work; what it raises stops the work.

    Returns
    -------
    Farthest
    """
    rows = _Rows.of(probs)
    picks, gains = np.empty(n, dtype=np.int64), np.empty(n)
    done = 0

    def tick() -> None:
        progress(done, n)

    nearest = np.full(len(probs), np.inf)
    if len(centers):
        others = _Rows.of(centers)
        for part in blocks(len(centers), 64):
            _lower(nearest, rows, others.take(part), tick)
        start = nearest.copy()
    else:
        mean = _Rows.of(probs.mean(axis=0, keepdims=True, dtype=np.float64))
        _lower(nearest, rows, mean, tick)
        start = -nearest
    for done in range(n):
        tick()
        first = done == 0 and len(centers) == 0
        pick = int(start.argmax() if first else nearest.argmax())
        picks[done], gains[done] = pick, nearest[pick]
        if first:
            nearest[:] = np.inf
        _lower(nearest, rows, rows.take(slice(pick, pick + 1)), tick)
        nearest[pick] = -np.inf
    return Farthest(picks, start, gains)


class _Rows(NamedTuple):
    """Probability rows, their logarithms, and ⟨p, log p⟩."""

    p: Floats
    log: Floats
    own: Floats

    @classmethod
    def of(cls, probs: NDArray[np.floating]) -> _Rows:
        p = np.maximum(probs, _LEAST, dtype=np.float64)
        p /= p.sum(axis=1, keepdims=True)
        log = np.log(p)
        return cls(p, log, np.einsum("ij,ij->i", p, log))

    def take(self, rows: slice | Ids) -> _Rows:
        return _Rows(self.p[rows], self.log[rows], self.own[rows])


def _lower(nearest: Floats, rows: _Rows, centers: _Rows, tick: Callable[[], None]) -> None:
    """Let `nearest` know of some more centers; what is -inf stays."""
    # Rounding of the products: C terms of at most |log _LEAST| each, twice.
    slack = 1e-13 * rows.p.shape[1] * -np.log(_LEAST)
    for part in blocks(len(nearest), max(rows.p.shape[1], len(centers.p))):
        if len(centers.p) > 1:
            tick()
        block = rows.take(part)
        about = 0.5 * (block.own[:, None] + centers.own - block.p @ centers.log.T - block.log @ centers.p.T)
        ceiling = np.minimum(nearest[part], about.min(axis=1) + slack) + slack
        i, j = np.nonzero((about < ceiling[:, None]) & (nearest[part, None] > 0))
        for some in blocks(len(i), rows.p.shape[1]):
            a, b = i[some], j[some]
            exact = 0.5 * ((block.p[a] - centers.p[b]) * (block.log[a] - centers.log[b])).sum(axis=1)
            np.minimum.at(nearest, part.start + a, exact)
