"""TypiClust: the most typical example of each of the largest clusters that no label stands in.

Hacohen, Dekel, Weinshall. Active Learning on a Budget: Opposite Strategies Suit High and Low Budgets. ICML 2022:
cluster the pool into min(|L| + b, 500); typicality of x is 1 / (mean distance to its 20 nearest neighbors within the
cluster); of the clusters without a label, largest first, pick the most typical example.

As in the published code: clusters of fewer than five are left out while others can give, and where there are more
picks than clusters without a label, those with the fewest labels follow, largest first, and then it begins again.
k-means is seeded by the sampler's stream; features are scaled to length one.

Deviations: neighbors are all rows of the cluster, labeled ones too, at most its size less one (the code takes half of
the size of small ones), so that each typicality is computed once; a mean distance is 1e-7 at least.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.graphs.knn import search, unit_rows
from alviz.numeric.k_means import k_means
from alviz.part import parameter
from alviz.samplers.base import Sampler, spread
from alviz.samplers.finite import finite_features
from alviz.samplers.query import Query
from alviz.selection import Selection

# Clusters below this size are left out while others can give.
_SMALL = 5
_CLOSEST = 1e-7

Ids = NDArray[np.int64]


def typicality(
    X: NDArray[np.float32], neighbors: int = 20, progress: Callable[[], None] = lambda: None
) -> NDArray[np.float64]:
    """Return 1 / (mean distance to the nearest `neighbors` other rows) of each row of `X` (m, d); 0 for a row alone."""
    k = min(neighbors, len(X) - 1)
    if k < 1:
        return np.zeros(len(X))
    found = search(X, k, "l2", progress=lambda done, total: progress())
    mean = found.weights.mean(axis=1, dtype=np.float64)
    return np.asarray(1.0 / np.maximum(mean, _CLOSEST))


def cluster_typicality(
    X: NDArray[np.float32], owner: Ids, neighbors: int = 20, progress: Callable[[], None] = lambda: None
) -> NDArray[np.float64]:
    """Return the typicality of each row among the rows of its cluster, (n,)."""
    found = np.zeros(len(X))
    order = np.argsort(owner, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(owner[order])) + 1):
        found[members] = typicality(X[members], neighbors, progress)
    return found


def most_typical(
    typical: NDArray[np.float64],
    owner: Ids,
    labeled: Ids,
    candidates: Ids,
    n: int,
    rng: np.random.Generator | None = None,
) -> Ids:
    """Return `n` of `candidates`: of the clusters in turn, the most typical that is left.

    Parameters
    ----------
    typical : ndarray of float64, (N,)
    owner : ndarray of int64, (N,)
        The cluster of each row of the pool.
    labeled, candidates : ndarray of int64
        Disjoint; candidates ascending.
    n : int
        At most as many as there are candidates.
    rng : numpy.random.Generator, optional
        Decides between equally typical ones; by default the lowest id does.
    """
    first = candidates if rng is None else rng.permutation(len(candidates))
    k = int(owner.max()) + 1
    sizes, labels = np.bincount(owner, minlength=k), np.bincount(owner[labeled], minlength=k)
    # The most typical first, cluster by cluster.
    order = candidates[np.lexsort((first, -typical[candidates], owner[candidates]))]
    ends = np.searchsorted(owner[order], np.arange(k + 1))
    turns = np.lexsort((np.arange(k), -sizes, labels))
    picked: list[int] = []
    for large in (True, False):
        some = [order[ends[c] : ends[c + 1]] for c in turns if (sizes[c] >= _SMALL) == large]
        for depth in range(max(map(len, some), default=0)):
            picked += [int(members[depth]) for members in some if len(members) > depth]
    return np.array(picked[:n], dtype=np.int64)


@dataclass(frozen=True)
class TypiClust(Sampler):
    """Pick the most typical example of the largest clusters without a label.

    The score is the typicality within the cluster, ``extra["gain"]`` that of each pick; ``extra["cluster"]`` holds
    the cluster of every example.
    """

    name: ClassVar[str] = "typiclust"
    deterministic: ClassVar[bool] = False

    clusters: int = parameter(500, "most clusters", low=1, high=100_000, step=50)
    neighbors: int = parameter(20, "neighbors that typicality looks at", low=1, high=1000, step=5)

    @property
    def needs(self) -> frozenset[str]:
        """Features."""
        return frozenset({"features"})

    def select(self, query: Query) -> Selection:
        """Cluster, measure typicality, and take clusters in turn."""
        X = unit_rows(finite_features(query))
        k = min(len(query.labeled) + query.n, self.clusters, len(X))
        owner = k_means(X, k, query.rng, progress=lambda done, total: query.progress(0, query.n)).owner
        typical = cluster_typicality(X, owner, self.neighbors, lambda: query.progress(0, query.n))
        picks = most_typical(typical, owner, query.labeled, query.candidates, query.n, query.rng)
        query.progress(query.n, query.n)
        extra = {"gain": typical[picks].astype(np.float32), "cluster": owner}
        return Selection(picks, spread(query, typical[query.candidates]), extra)
