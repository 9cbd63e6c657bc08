"""CDAL: the core-set of the contexts in which a network confuses classes.

Agarwal, Arora, Anand, Arora. Contextual Diversity for Active Learning. ECCV 2020: CDAL-CS, k-center greedy in place of
their reinforcement learning.

For images of many regions r the paper mixes, per class c, the predictions of the regions that are taken for c, weighted
by their entropy (Eq 1-2): P^c(I) = Σ_r w_r p_r / Σ_r w_r. The contextual diversity of two images is
Σ_c ½ KL(P^c(I₁)‖P^c(I₂)) + ½ KL(P^c(I₂)‖P^c(I₁)) (Eq 3). In classification an image is one region, whose mixture is
its own softmax vector p, whatever the weight, so

    d(i, j) = ½ KL(p_i ‖ p_j) + ½ KL(p_j ‖ p_i).

Deviations: Eq 3 sums over classes that both images show, which one region each would make zero for any two examples of
different predicted classes; the vectors are compared whatever class they lie in, as in the published comparisons on
classification. Probabilities below 1e-12 count as that. The published code starts from a random example in every
cycle; here the labeled examples are centers, and without any it starts nearest to the mean prediction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from alviz.numeric.symmetric_kl import k_center_kl
from alviz.samplers.base import Sampler, spread
from alviz.samplers.query import Query
from alviz.selection import Selection


@dataclass(frozen=True)
class CDAL(Sampler):
    """Pick the prediction that is farthest from those of all labeled and picked, again and again.

    The score is the symmetric KL divergence, in nats, from the nearest labeled example's prediction (with nothing
    labeled, minus that from the mean prediction); ``extra["gain"]`` holds that of each pick to the nearest center at
    the time of its pick.
    """

    name: ClassVar[str] = "cdal"

    @property
    def needs(self) -> frozenset[str]:
        """Probabilities."""
        return frozenset({"probs"})

    def select(self, query: Query) -> Selection:
        """Run k-center greedy on the predictions."""
        ids = query.candidates
        found = k_center_kl(query.probs[ids], query.probs[query.labeled], query.n, query.progress)
        return Selection(ids[found.picks], spread(query, found.start), {"gain": found.gains.astype(np.float32)})
