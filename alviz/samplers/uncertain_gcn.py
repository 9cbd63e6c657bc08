"""UncertainGCN: pick the examples that a graph network finds least clearly unlabeled.

Caramalau, Bhattarai, Kim. Sequential Graph Convolutional Network for Active Learning. CVPR 2021, Eq 4-7.

Deviations: Eq 7 prints argmax |s_margin - f|; the published code and the paper's own words ("s_margin closer
to 0") pick the smallest |f - s_margin|, and so does this file. See `alviz.samplers.gcn` for the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from alviz.part import parameter
from alviz.samplers.base import highest
from alviz.samplers.gcn import GraphSampler
from alviz.samplers.query import Query
from alviz.selection import Selection


@dataclass(frozen=True)
class UncertainGCN(GraphSampler):
    """Pick the candidates whose confidence is closest to s_margin (Eq 7).

    The score is -|f - s_margin|. ``extra`` holds the nodes, their confidence and embedding, and the loss of
    every step.
    """

    name: ClassVar[str] = "uncertain_gcn"

    s_margin: float = parameter(0.1, "the confidence that is wanted most", low=0.0, high=1.0, step=0.05)

    def select(self, query: Query) -> Selection:
        """Train, then score by the distance to s_margin."""
        nodes, network = self.train(query)
        confidence = network.confidence[: len(query.candidates)]
        return highest(query, -np.abs(confidence - self.s_margin), **network.extra(nodes))
