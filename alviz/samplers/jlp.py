"""Joint label propagation (jLP): pick the examples that the labeled ones reach least.

Siméoni, Budnik, Avrithis, Gravier. Rethinking Deep Active Learning: Using Unlabeled Data at Model Training. ICPR 2020,
Eq 11-12.

Deviations: h is updated by each pick's own column instead of solved from scratch, which gives the same h. The graph
is the published code's W + Wᵀ by default; the paper's text says mutual neighbors, ``symmetrize="mutual"``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from alviz.errors import MissingNeeds
from alviz.graphs.joint import joint_label_propagation
from alviz.graphs.propagate import SYMMETRIES, similarity
from alviz.part import parameter
from alviz.samplers.base import Sampler, spread
from alviz.samplers.query import Query
from alviz.selection import Selection


@dataclass(frozen=True)
class JLP(Sampler):
    """Pick where the labels spread least over the neighbor graph, again and again.

    The graph is that of the whole pool, whichever part of it the candidates are: labels spread over rows that cannot
    be picked too. The score is -h before the first pick, ``extra["gain"]`` each pick's -h when it was picked;
    ``extra["residual"]`` says how exactly h was solved.
    """

    name: ClassVar[str] = "jlp"

    k: int = parameter(50, "neighbors of the graph", low=1, high=1000, step=5)
    alpha: float = parameter(0.99, "how far labels spread", low=0.01, high=0.9999, step=0.01)
    symmetrize: str = parameter("union", "edges of either end (code), or of both (paper)", choices=SYMMETRIES)

    @property
    def needs(self) -> frozenset[str]:
        """Features, and labels to spread."""
        return frozenset({"features", "labels"})

    def select(self, query: Query) -> Selection:
        """Pick the candidate with the lowest h, let it join the labeled, and so on."""
        if len(query.labeled) == 0:
            raise MissingNeeds(
                "jlp picks where labels reach least, and none is there. Start with initial of at least 1."
            )
        W = similarity(query.graph(min(self.k, query.size - 1)), symmetrize=self.symmetrize)
        found = joint_label_propagation(
            W, query.labeled, query.candidates, query.n, alpha=self.alpha, progress=query.progress
        )
        extra = {"gain": -found.heights.astype(np.float32), "residual": found.residual}
        return Selection(found.picks, spread(query, -found.start[query.candidates]), extra)
