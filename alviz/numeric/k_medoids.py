"""k-medoids with medoids that stay: rows that stand for all others, near to them in sum.

Park, Jun. A Simple and Fast Algorithm for K-medoids Clustering. Expert Systems with Applications 36, 2009: assign
every row to its nearest medoid; let each medoid move to the member of its cluster with the least sum of distances to
all members; again, until nothing moves. Started as greedy k-means++ is (Arthur, Vassilvitskii. SODA 2007): each medoid
is the best of a few that are drawn in proportion to the squared distance to those before. That seldom leaves a group
without a medoid, and no exchange of places here would bring it one.

*Invariant.* Distances are summed in float64 from differences. A float32 product says which medoid or member is worth
a look; a row changes its cluster, and a medoid its place, only if that is nearer in float64. So the cost, the sum of
the distances, never rises, and it ends.

*Memory.* Three numbers per row, X in float32, blocks of some 10 MB; never all pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.blocks import blocks

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


class KMedoids(NamedTuple):
    """Medoids and the clusters that they stand for.

    Attributes
    ----------
    medoids : ndarray of int64, (m + n,)
        Rows: the fixed ones first, as they were given.
    owner : ndarray of int64, (N,)
        The place in `medoids` of each row's nearest.
    distances : ndarray of float64, (N,)
        Euclidean, to that medoid.
    costs : ndarray of float64, (rounds + 1,)
        The sum of the distances after the start and after every round.
    """

    medoids: Ids
    owner: Ids
    distances: Floats
    costs: Floats


def k_medoids(
    X: NDArray[np.floating],
    fixed: Ids,
    candidates: Ids,
    n: int,
    rng: np.random.Generator,
    *,
    cap: int = 100,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> KMedoids:
    """Choose `n` of `candidates` as medoids beside the `fixed`, so that all rows are near to one.

    Parameters
    ----------
    X : ndarray of float32, (N, d)
        Finite.
    fixed : ndarray of int64, (m,)
        Rows that are medoids and stay.
    candidates : ndarray of int64
        Rows that may become medoids, each once, none of them fixed; all rows belong to clusters.
    n : int
        At most as many as there are candidates; with `fixed` at least one.
    rng : numpy.random.Generator
        Draws the start; all else is determined.
    cap : int
        The most rounds.
    progress : callable
        Called with (rounds done, cap), more than once per round; what it raises stops the work.

    Returns
    -------
    KMedoids
        Equal distances keep a row where it is, and let the first medoid or member win otherwise.
    """
    costs: list[float] = []
    found = _Clusters(X, fixed, lambda: progress(max(len(costs) - 1, 0), cap))
    found.draw(candidates, n, rng)
    costs.append(float(found.distances.sum()))
    may = np.zeros(len(X), dtype=bool)
    may[candidates] = True
    while len(costs) <= cap and found.move(len(fixed), may):
        costs.append(float(found.distances.sum()))
    progress(cap, cap)
    return KMedoids(found.medoids, found.owner, found.distances, np.array(costs))


class _Clusters:
    """Medoids, and the nearest of them to each row."""

    def __init__(self, X: NDArray[np.floating], fixed: Ids, tick: Callable[[], None]) -> None:
        self.X, self.tick = X, tick
        # Products of centered rows keep the digits that an offset would take.
        self.near = (X - X.mean(axis=0, dtype=np.float64)).astype(np.float32)
        self.squares = np.einsum("ij,ij->i", self.near, self.near)
        self.medoids = np.zeros(0, dtype=np.int64)
        self.owner = np.full(len(X), -1)
        self.distances = np.full(len(X), np.inf)
        self.place(fixed)

    def place(self, rows: Ids) -> None:
        """Make `rows` medoids, each the first of its own cluster."""
        new = np.arange(len(self.medoids), len(self.medoids) + len(rows))
        self.medoids = np.concatenate([self.medoids, rows])
        self.owner[rows], self.distances[rows] = new, 0
        self.assign(np.arange(len(self.X)), new)

    def draw(self, candidates: Ids, n: int, rng: np.random.Generator) -> None:
        """Add `n` medoids, each the best of a few drawn in proportion to the squared distance to those before."""
        for _ in range(n):
            weights = self.distances[candidates] ** 2 if len(self.medoids) else np.ones(len(candidates))
            total = weights.sum()
            if total > 0:
                drawn = rng.choice(candidates, size=_trials(n), p=weights / total)
                row = drawn[self._costs_with(drawn).argmin()]
            else:
                # Only duplicates of medoids are left: the first is as good as any.
                row = np.setdiff1d(candidates, self.medoids)[0]
            self.place(np.array([row]))

    def _costs_with(self, drawn: Ids) -> Floats:
        """Return what the sum of the distances would be with each of `drawn` as one more medoid."""
        costs = np.zeros(len(drawn))
        for part in blocks(len(self.X), self.X.shape[1]):
            self.tick()
            squared = self._squared(np.arange(len(self.X))[part], drawn)
            distances = np.sqrt(np.maximum(squared, 0))
            costs += np.minimum(distances, self.distances[part, None]).sum(axis=0)
        return costs

    def assign(self, rows: Ids, places: Ids) -> None:
        """Let `rows` go over to the medoids at `places` where one is nearer."""
        for part in blocks(len(rows), max(len(places), self.X.shape[1])):
            if len(places) == 0:
                return
            self.tick()
            block = rows[part]
            squared = self._squared(block, self.medoids[places])
            nearest = squared.argmin(axis=1)
            # Float32 errs by a few units in the last place of the squares that it subtracts.
            slack = 1e-5 * (self.squares[block] + self.squares[self.medoids[places[nearest]]])
            worth = np.flatnonzero(squared[np.arange(len(block)), nearest] - slack < self.distances[block] ** 2)
            block, to = block[worth], places[nearest[worth]]
            distances = self._exact(block, self.medoids[to])
            nearer = distances < self.distances[block]
            self.owner[block[nearer]], self.distances[block[nearer]] = to[nearer], distances[nearer]

    def move(self, fixed: int, may: NDArray[np.bool_]) -> bool:
        """Move every medoid but the first `fixed` to the best member of its cluster, and assign anew."""
        members = np.argsort(self.owner, kind="stable")
        ends = np.searchsorted(self.owner[members], np.arange(len(self.medoids) + 1))
        moved = np.zeros(len(self.medoids), dtype=bool)
        for place in range(fixed, len(self.medoids)):
            cluster = members[ends[place] : ends[place + 1]]
            # Of two members each is as good as the other.
            if len(cluster) > 2:
                moved[place] = self._recenter(place, cluster, cluster[may[cluster]])
        if moved.any():
            everywhere, stale = np.arange(len(self.medoids)), moved[self.owner]
            self.assign(np.flatnonzero(stale), everywhere)
            self.assign(np.flatnonzero(~stale), everywhere[moved])
        return bool(moved.any())

    def _recenter(self, place: int, cluster: Ids, choices: Ids) -> bool:
        """Move one medoid to the choice with the least sum of distances to its cluster, if that is less than now."""
        sums = np.empty(len(choices))
        for part in blocks(len(choices), max(len(cluster), self.X.shape[1])):
            self.tick()
            squared = self._squared(choices[part], cluster)
            sums[part] = np.sqrt(np.maximum(squared, 0, out=squared), out=squared).sum(axis=1, dtype=np.float64)
        best = choices[sums.argmin()]
        distances = self._exact(cluster, np.array([best]))
        if distances.sum() >= self.distances[cluster].sum():
            return False
        self.medoids[place] = best
        self.distances[cluster] = distances
        return True

    def _squared(self, rows: Ids, others: Ids) -> NDArray[np.float32]:
        """Return squared distances (r, o) as float32 products give them, maybe below 0."""
        product = self.near[rows] @ self.near[others].T
        product *= -2
        product += self.squares[others]
        product += self.squares[rows, None]
        return product

    def _exact(self, rows: Ids, others: Ids) -> Floats:
        """Return the distance of each of `rows` to its own of `others`, or to the only one."""
        distances = np.empty(len(rows))
        others = np.broadcast_to(others, rows.shape)
        for part in blocks(len(rows), self.X.shape[1]):
            gap = np.subtract(self.X[rows[part]], self.X[others[part]], dtype=np.float64)
            distances[part] = np.sqrt(np.einsum("ij,ij->i", gap, gap))
        return distances


def _trials(n: int) -> int:
    """Return how many are drawn for each of `n` medoids: what scikit-learn's k-means takes."""
    return 2 + int(np.log(n))
