"""k-median: the examples nearest to the medians of clusters of what is unlabeled.

The k-Median that the papers compare with ("cluster centers of U, k = b"); Bradley, Mangasarian, Street. Clustering
via Concave Minimization. NIPS 1996: centers c_1..c_b with the least Σ_{x ∈ U} min_i ‖v_x − c_i‖₁, each the median of
its cluster in every coordinate; of each cluster the example nearest to its center, in ‖·‖₁, is picked.

What distinguishes it from k-medoids: distances are city-block and not Euclidean, so that no coordinate counts more for
being far off; a center is any point and not an example; labeled examples take no part. Features are unnormalized.

Deviations: ``subset=`` makes U the candidates. A center without examples (more clusters than different examples) takes
the nearest that is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.k_medians import KMedians, city_block, k_medians
from alviz.part import parameter
from alviz.samplers.base import Sampler, spread
from alviz.samplers.finite import finite_features
from alviz.samplers.query import Query
from alviz.selection import Selection


def nearest_rows(X: NDArray[np.float32], found: KMedians) -> NDArray[np.int64]:
    """Return a different row of `X` for each center: the nearest of its own, ties to the first."""
    order = np.lexsort((np.arange(len(X)), found.distances, found.owner))
    first = np.searchsorted(found.owner[order], np.arange(len(found.centers) + 1))
    rows = np.full(len(found.centers), -1)
    some = np.diff(first) > 0
    rows[some] = order[first[:-1][some]]
    free = np.ones(len(X), dtype=bool)
    free[rows[some]] = False
    for place in np.flatnonzero(~some):
        left = np.flatnonzero(free)
        rows[place] = left[city_block(X[left], found.centers[[place]])[:, 0].argmin()]
        free[rows[place]] = False
    return rows


@dataclass(frozen=True)
class KMedian(Sampler):
    """Pick the examples nearest to the medians of as many clusters as there are picks.

    Centers are chosen together, so no score of one candidate decides. The score is the candidate's own part of what
    they make small: its city-block distance to the median of all candidates. ``extra["gain"]`` is how much each
    cluster's center shortens the distances of its examples, and the order of the picks; ``extra["costs"]`` the sum of
    the distances after every round.
    """

    name: ClassVar[str] = "k_median"
    deterministic: ClassVar[bool] = False

    rounds: int = parameter(20, "the most rounds", low=1, high=10_000, step=10)

    @property
    def needs(self) -> frozenset[str]:
        """Features."""
        return frozenset({"features"})

    def select(self, query: Query) -> Selection:
        """Cluster the candidates around medians, and order the clusters by what they gain."""
        X = np.ascontiguousarray(finite_features(query)[query.candidates])
        found = k_medians(X, query.n, query.rng, cap=self.rounds, progress=query.progress)
        start = np.abs(X - np.median(X, axis=0)).sum(axis=1, dtype=np.float64)
        gain = np.bincount(found.owner, weights=start - found.distances, minlength=query.n)
        order = np.argsort(-gain, kind="stable")
        picks = query.candidates[nearest_rows(X, found)]
        extra = {"gain": gain[order].astype(np.float32), "costs": found.costs}
        return Selection(picks[order], spread(query, start), extra)
