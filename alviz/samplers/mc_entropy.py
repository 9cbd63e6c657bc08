"""Maximum entropy of the mean prediction over passes with dropout.

Gal, Islam, Ghahramani. Deep Bayesian Active Learning with Image Data. ICML 2017 (DBAL), "Max Entropy".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.passes import nats, summed
from alviz.part import parameter
from alviz.samplers.base import Sampler, highest
from alviz.samplers.query import Query
from alviz.selection import Selection


def predictive_entropy(passes: Iterable[NDArray[np.floating]]) -> NDArray[np.float64]:
    """Return H[E p] in nats (m,): the entropy of the mean of predictions p (m, C)."""
    return nats(summed(passes).mean)


@dataclass(frozen=True)
class MCEntropy(Sampler):
    """Pick where the mean prediction of passes with dropout has the largest entropy."""

    name: ClassVar[str] = "mc_entropy"
    deterministic: ClassVar[bool] = False

    passes: int = parameter(20, "T: passes with dropout on; 0 for the plain prediction", low=0, high=1000, step=5)

    @property
    def needs(self) -> frozenset[str]:
        """Stochastic passes; probabilities where there are none."""
        return frozenset({"stochastic" if self.passes else "probs"})

    def select(self, query: Query) -> Selection:
        """Score by H[E p]."""
        passes = query.stochastic_passes(self.passes) if self.passes else [query.probs[query.candidates]]
        return highest(query, predictive_entropy(passes))
