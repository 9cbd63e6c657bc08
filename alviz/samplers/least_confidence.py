"""Least confidence (Lewis, Gale. A Sequential Algorithm for Training Text Classifiers. SIGIR 1994)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.samplers.base import Sampler, highest
from alviz.samplers.query import Query
from alviz.selection import Selection


def least_confidence(probs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 1 - max p of each row of `probs` (n, C)."""
    return 1 - probs.max(axis=1)


@dataclass(frozen=True)
class LeastConfidence(Sampler):
    """Pick where the most likely class is least likely: largest 1 - max p."""

    name: ClassVar[str] = "least_confidence"

    @property
    def needs(self) -> frozenset[str]:
        """Probabilities."""
        return frozenset({"probs"})

    def select(self, query: Query) -> Selection:
        """Score by 1 - max p."""
        return highest(query, least_confidence(query.probs[query.candidates]))
