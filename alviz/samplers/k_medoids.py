"""k-medoids: examples that, beside the labeled, stand for the pool.

The k-Medoids that SeqGCN compares with (Caramalau, Bhattarai, Kim. CVPR 2021); Kaufman, Rousseeuw. Finding Groups in
Data. Wiley 1990: choose S, |S| = b, with the least Σ_x min_{l ∈ L ∪ S} ‖v_x − v_l‖₂. It is FeatProp without a graph.

Deviation: labeled examples are medoids that stay, so that the picks stand for what those leave; the papers do not say
how rounds after the first see the labels. Features are unnormalized, as for the core-set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.k_medoids import k_medoids
from alviz.part import parameter
from alviz.samplers.base import Sampler, spread
from alviz.samplers.finite import finite_features
from alviz.samplers.query import Query
from alviz.selection import Selection


@dataclass(frozen=True)
class KMedoids(Sampler):
    """Pick the medoids that, beside the labeled examples, stand for the whole pool.

    Medoids are chosen together, so no score of one candidate decides. The score is the candidate's own part of what
    they make small: its distance to the nearest labeled example (with nothing labeled, to the mean).
    ``extra["gain"]`` is how much each pick shortens the distances of its cluster, and the order of the picks;
    ``extra["costs"]`` the sum of the distances after every round.
    """

    name: ClassVar[str] = "k_medoids"
    deterministic: ClassVar[bool] = False

    rounds: int = parameter(100, "the most rounds", low=1, high=10_000, step=10)

    @property
    def needs(self) -> frozenset[str]:
        """Features."""
        return frozenset({"features"})

    def select(self, query: Query) -> Selection:
        """Cluster around rows, and order the medoids by what they gain."""
        return medoids_first(query, finite_features(query), self.rounds)


def medoids_first(query: Query, X: NDArray[np.float32], rounds: int) -> Selection:
    """Return the k-medoids selection of `query` on `X` (n, d), whichever space it is, by what the medoids gain."""
    labeled, nobody = query.labeled, np.zeros(0, dtype=np.int64)
    found = k_medoids(X, labeled, query.candidates, query.n, query.rng, cap=rounds, progress=query.progress)
    if len(labeled):
        start = k_medoids(X, labeled, nobody, 0, query.rng).distances
    else:
        start = np.linalg.norm(X - X.mean(axis=0, dtype=np.float64), axis=1)
    shorter = np.bincount(found.owner, weights=start - found.distances, minlength=len(found.medoids))
    gain = shorter[len(labeled) :]
    order = np.argsort(-gain, kind="stable")
    extra = {"gain": gain[order].astype(np.float32), "costs": found.costs}
    return Selection(found.medoids[len(labeled) :][order], spread(query, start[query.candidates]), extra)
