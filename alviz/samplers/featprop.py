"""FeatProp: k-medoids on features that were passed over the graph.

Wu, Xu, Singh, Yang, Dubrawski. Active Learning for Graph Neural Networks via Node Feature Propagation. NeurIPS 2019
workshop on graph representation learning; as Caramalau, Bhattarai, Kim (CVPR 2021) compare it, on a kNN graph.

Deviations: labeled examples are medoids that stay, so that the picks stand for what those leave; neither paper says
how rounds after the first see the labels. Features are scaled to length one, as for the other graph samplers; edges
count one, and those of similarity 0 and below are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.graphs import Graph
from alviz.graphs.affinity import affinity, kipf
from alviz.graphs.knn import unit_rows
from alviz.part import parameter
from alviz.samplers.base import Sampler
from alviz.samplers.k_medoids import medoids_first
from alviz.samplers.query import Query
from alviz.selection import Selection


def propagated_features(graph: Graph, features: NDArray[np.float32], hops: int = 2) -> NDArray[np.float32]:
    """Return H = Ã^hops V̂ with Ã = D̃^-½(A + I)D̃^-½, A one for each edge of either direction (n, d).

    Parameters
    ----------
    graph : Graph
        Nearest neighbors without self, by cosine.
    features : ndarray of float32, (n, d)
    hops : int
    """
    A: Any = kipf(affinity(graph, power=0))
    H = unit_rows(features)
    for _ in range(hops):
        H = A @ H
    return H


@dataclass(frozen=True)
class FeatProp(Sampler):
    """Pick the medoids that, beside the labeled examples, stand for the whole pool.

    Medoids are chosen together, so no score of one candidate decides. The score is the candidate's own part of
    what they make small: its distance in H to the nearest labeled example (with nothing labeled, to the mean of H);
    the picks need not be the highest. ``extra["gain"]`` is how much each pick shortens the distances of its cluster,
    and the order of the picks; their sum is all that the picks gain. ``extra["costs"]`` is the sum of the distances
    after every round. The graph and the clusters are those of the whole pool; medoids are candidates or labeled.
    """

    name: ClassVar[str] = "featprop"
    deterministic: ClassVar[bool] = False

    k: int = parameter(20, "neighbors of the graph", low=1, high=1000, step=5)
    hops: int = parameter(2, "how often features pass to the neighbors", low=0, high=20)
    rounds: int = parameter(100, "the most rounds of k-medoids", low=1, high=10_000, step=10)

    @property
    def needs(self) -> frozenset[str]:
        """Features."""
        return frozenset({"features"})

    def select(self, query: Query) -> Selection:
        """Propagate, cluster, and order the medoids by what they gain."""
        H = propagated_features(query.graph(min(self.k, query.size - 1)), query.features, self.hops)
        return medoids_first(query, H, self.rounds)
