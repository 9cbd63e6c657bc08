"""Selections of centers: how far they leave what they stand for, how to complete them, and how to better them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from alviz.numeric.k_center import k_center

# Entries of a block of distances.
_ENTRIES = 1 << 21
# Members of a cluster that is looked at for a better center: all its pairs are.
_MEMBERS = 2_000
# Rounds of moving centers, at most.
_ROUNDS = 20

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


class Centers:
    """Candidates, and the distances that a selection of them leaves.

    Parameters
    ----------
    X : ndarray, (N, d)
        Finite.
    fixed : ndarray of int64
        Rows of X that are centers of every selection.
    ids : ndarray of int64, (n,)
        Rows of X that may be chosen and are to be near; selections count positions in `ids`.
    near_fixed : ndarray of float64, (n,)
        Their distances to the nearest fixed center, inf without any.
    outliers : int
        How many may lie farther than the radius.
    tick : callable
        Called before each block of work.
    """

    def __init__(
        self, X: NDArray[Any], fixed: Ids, ids: Ids, near_fixed: Floats, outliers: int, tick: Callable[[], None]
    ) -> None:
        self.X, self.fixed, self.ids, self.near_fixed = X, fixed, ids, near_fixed
        self.outliers, self.tick = outliers, tick

    def distances(self, selection: Ids) -> Floats:
        """Return each candidate's distance to the nearest center, (n,)."""
        near = np.zeros(len(self.ids))
        rest = np.setdiff1d(np.arange(len(self.ids)), selection)
        if len(rest):
            found = k_center(self.X, np.sort(self.ids[selection]), self.ids[rest], 0, lambda done, total: self.tick())
            near[rest] = np.minimum(found.start, self.near_fixed[rest])
        return near

    def radius(self, selection: Ids) -> float:
        """Return the largest distance, outliers left out."""
        return self.reach(self.distances(selection))

    def reach(self, distances: Floats) -> float:
        """Return the largest of the distances after the `outliers` largest, 0 where there are no more."""
        place = len(distances) - 1 - self.outliers
        return float(np.partition(distances, place)[place]) if place >= 0 else 0.0

    def farthest(self, selection: Ids, among: Ids, n: int) -> Ids:
        """Return `n` of the positions `among`, each the farthest from all centers and those before it."""
        near = np.sort(np.concatenate([self.fixed, self.ids[selection]]))
        found = k_center(self.X, near, self.ids[among], n, lambda done, total: self.tick())
        place = dict(zip(self.ids[among].tolist(), among.tolist(), strict=True))
        return np.array([place[row] for row in found.picks.tolist()], dtype=np.int64)

    def completed(self, selection: Ids, n: int) -> Ids:
        """Return the selection with the farthest candidates put to it until it has `n`."""
        rest = np.setdiff1d(np.arange(len(self.ids)), selection)
        return np.concatenate([selection, self.farthest(selection, rest, n - len(selection))])

    def bettered(self, selection: Ids, go_on: Callable[[], bool]) -> tuple[Ids, float]:
        """Return a selection that is no worse, and its radius; `go_on` is asked before each round.

        As Lloyd's algorithm does for means: every center moves to the member of its cluster from which the farthest
        member is nearest, as long as that makes the radius smaller. The farthest, as many as may lie outside, have
        no say.
        """
        distances = self.distances(selection)
        radius = self.reach(distances)
        for _ in range(_ROUNDS):
            if not go_on():
                break
            moved = self._moved(selection, distances, radius)
            distances = self.distances(moved)
            if not self.reach(distances) < radius:
                break
            selection, radius = moved, self.reach(distances)
        return selection, radius

    def _moved(self, selection: Ids, distances: Floats, radius: float) -> Ids:
        members = np.flatnonzero((distances <= radius) & (distances < self.near_fixed))
        owner = self._owner(members, selection)
        order = np.argsort(owner, kind="stable")
        ends = np.searchsorted(owner[order], np.arange(len(selection) + 1))
        moved = selection.copy()
        for place in range(len(selection)):
            cluster = members[order[ends[place] : ends[place + 1]]]
            # Of two members each is as good as the other.
            if 2 < len(cluster) <= _MEMBERS:
                self.tick()
                rows = self.X[self.ids[cluster]].astype(np.float64)
                farthest = cdist(rows, rows).max(axis=1)
                moved[place] = cluster[farthest.argmin()]
        return moved

    def _owner(self, members: Ids, selection: Ids) -> Ids:
        """Return the place in `selection` of each member's nearest center; a center is its own."""
        exact = self.X[self.ids[selection]].astype(np.float64)
        mean = exact.mean(axis=0)
        # Near 1 and around 0 float32 neither overflows nor loses them to an offset.
        scale = np.abs(exact - mean).max() or 1.0
        centers = ((exact - mean) / scale).astype(np.float32)
        squares = np.einsum("ij,ij->i", centers, centers)
        owner = np.empty(len(members), dtype=np.int64)
        size = max(16, _ENTRIES // max(len(selection), self.X.shape[1]))
        for start in range(0, len(members), size):
            self.tick()
            rows = ((self.X[self.ids[members[start : start + size]]] - mean) / scale).astype(np.float32)
            owner[start : start + size] = (squares - 2 * (rows @ centers.T)).argmin(axis=1)
        own = np.full(len(self.ids), -1)
        own[selection] = np.arange(len(selection))
        return np.where(own[members] >= 0, own[members], owner)
