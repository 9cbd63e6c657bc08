"""Maximum entropy of the prediction (Shannon entropy; see Settles, Active Learning Literature Survey, 2009)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from alviz.numeric.entropy import entropy
from alviz.samplers.base import Sampler, highest
from alviz.samplers.query import Query
from alviz.selection import Selection


@dataclass(frozen=True)
class Entropy(Sampler):
    """Pick where the predicted class probabilities have the largest entropy, -Σ p log p."""

    name: ClassVar[str] = "entropy"

    @property
    def needs(self) -> frozenset[str]:
        """Probabilities."""
        return frozenset({"probs"})

    def select(self, query: Query) -> Selection:
        """Score by entropy in nats."""
        return highest(query, entropy(query.probs[query.candidates]))
