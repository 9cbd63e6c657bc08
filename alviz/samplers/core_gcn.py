"""CoreGCN: core-set selection in the space that a graph network learns.

Caramalau, Bhattarai, Kim. Sequential Graph Convolutional Network for Active Learning. CVPR 2021, Eq 4-6 and 8.

Deviation: the published code appends the logit to the embedding as one more column; the paper does not,
and neither does this file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from alviz.part import parameter
from alviz.samplers.coreset import farthest_first
from alviz.samplers.gcn import GraphSampler
from alviz.samplers.query import Query
from alviz.selection import Selection


@dataclass(frozen=True)
class CoreGCN(GraphSampler):
    """k-center greedy on the last hidden layer of the graph network, centers = labeled, Euclidean (Eq 8).

    ``extra`` holds the nodes, their confidence and embedding, the loss of every step, and each pick's
    distance.
    """

    name: ClassVar[str] = "core_gcn"

    layers: int = parameter(2, "graph convolutions; with one there is no hidden embedding", low=2, high=3)

    def select(self, query: Query) -> Selection:
        """Train, then pick the farthest in the embedding."""
        nodes, network = self.train(query)
        embedding = np.full((query.size, self.hidden), np.nan, dtype=np.float32)
        embedding[nodes] = network.embedding
        selection = farthest_first(query, embedding)
        return replace(selection, extra={**selection.extra, **network.extra(nodes)})
