"""k-medians: centers with the least sum of city-block distances.

Bradley, Mangasarian, Street. Clustering via Concave Minimization. NIPS 1996: assign every row to the center that is
nearest in ‖x − c‖₁ = Σ_j |x_j − c_j|; move every center to the median of its rows in each coordinate, which is where
their sum is least; again, until nothing moves. Started by draws in proportion to the distance to those before
(k-means++ with the distance that is summed here).

*Invariant.* Neither step raises the sum of the distances, so it ends. Distances are float32 sums of differences:
nothing cancels.
*Cost.* N·k·d additions for the first assignment; after that a row looks only at the centers that moved, unless its
own did. *Memory.* Blocks of some 10 MB; never all distances.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.blocks import blocks

Ids = NDArray[np.int64]


class KMedians(NamedTuple):
    """Centers and the clusters around them.

    Attributes
    ----------
    centers : ndarray of float32, (k, d)
        The median of each cluster's rows; one without rows stays where it was drawn.
    owner : ndarray of int64, (N,)
        The center that is nearest to each row, in city-block distance.
    distances : ndarray of float32, (N,)
        To that center.
    costs : ndarray of float64, (rounds + 1,)
        The sum of the distances after the start and after every round.
    """

    centers: NDArray[np.float32]
    owner: Ids
    distances: NDArray[np.float32]
    costs: NDArray[np.float64]


def k_medians(
    X: NDArray[np.float32],
    k: int,
    rng: np.random.Generator,
    *,
    cap: int = 20,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> KMedians:
    """Cut the rows of `X` into `k` clusters around their medians.

    Parameters
    ----------
    X : ndarray of float32, (N, d)
        Finite.
    k : int
        1 to N.
    rng : numpy.random.Generator
        Draws the start; all else is determined, ties go to the first center.
    cap : int
        The most rounds.
    progress : callable
        Called with (rounds done, cap), more than once per round; what it raises stops the work.

    Returns
    -------
    KMedians
    """
    X = np.ascontiguousarray(X, dtype=np.float32)
    costs: list[float] = []
    found = _Clusters(X, lambda: progress(max(len(costs) - 1, 0), cap))
    found.draw(k, rng)
    costs.append(float(found.distances.sum(dtype=np.float64)))
    while len(costs) <= cap and found.move():
        costs.append(float(found.distances.sum(dtype=np.float64)))
    progress(cap, cap)
    return KMedians(found.centers, found.owner, found.distances, np.array(costs))


class _Clusters:
    """Centers, and the nearest of them to each row."""

    def __init__(self, X: NDArray[np.float32], tick: Callable[[], None]) -> None:
        self.X, self.tick = X, tick
        self.centers = np.zeros((0, X.shape[1]), dtype=np.float32)
        self.owner = np.zeros(len(X), dtype=np.int64)
        self.distances = np.full(len(X), np.inf, dtype=np.float32)

    def draw(self, k: int, rng: np.random.Generator) -> None:
        """Add `k` different rows as centers."""
        rows: list[int] = []
        for _ in range(k):
            weights = self.distances.astype(np.float64) if rows else np.ones(len(self.X))
            total = weights.sum()
            # Where only duplicates of centers are left the first is as good as any.
            left = int(np.setdiff1d(np.arange(len(self.X)), rows)[0]) if total == 0 else 0
            rows.append(int(rng.choice(len(self.X), p=weights / total)) if total > 0 else left)
            self.centers = self.X[rows]
            self.assign(np.arange(len(self.X)), np.array([len(rows) - 1]))

    def assign(self, rows: Ids, places: Ids) -> None:
        """Let `rows` go over to the centers at `places` where one is nearer."""
        if len(places) == 0:
            return
        for part in blocks(len(rows), len(places)):
            self.tick()
            block = rows[part]
            distances = city_block(self.X[block], self.centers[places])
            nearest = distances.argmin(axis=1)
            least = distances[np.arange(len(block)), nearest]
            nearer = least < self.distances[block]
            self.owner[block[nearer]], self.distances[block[nearer]] = places[nearest[nearer]], least[nearer]

    def move(self) -> bool:
        """Move every center to the median of its rows, and assign anew; return whether any of them moved."""
        order = np.argsort(self.owner, kind="stable")
        ends = np.searchsorted(self.owner[order], np.arange(len(self.centers) + 1))
        moved = np.zeros(len(self.centers), dtype=bool)
        for place in range(len(self.centers)):
            members = order[ends[place] : ends[place + 1]]
            if len(members) > 0:
                if place % 64 == 0:
                    self.tick()
                median = np.median(self.X[members], axis=0).astype(np.float32)
                distances = np.abs(self.X[members] - median).sum(axis=1)
                moved[place] = distances.sum(dtype=np.float64) < self.distances[members].sum(dtype=np.float64)
                if moved[place]:
                    self.centers[place], self.distances[members] = median, distances
        stale, everywhere = moved[self.owner], np.arange(len(self.centers))
        self.assign(np.flatnonzero(stale), everywhere)
        self.assign(np.flatnonzero(~stale), everywhere[moved])
        return bool(moved.any())


def city_block(rows: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return Σ_j |x_j − y_j| for each of `rows` (r, d) and `others` (o, d), as float32 (r, o)."""
    import faiss

    found: NDArray[np.float32] = faiss.pairwise_distances(
        np.ascontiguousarray(rows), np.ascontiguousarray(others), metric=faiss.METRIC_L1
    )
    return found
