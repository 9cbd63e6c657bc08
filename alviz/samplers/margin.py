"""Smallest margin (Scheffer, Decomain, Wrobel. Active Hidden Markov Models. IDA 2001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.samplers.base import Sampler, highest
from alviz.samplers.query import Query
from alviz.selection import Selection


def margin(probs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return p₍₁₎ - p₍₂₎, the lead of the most likely class, of each row of `probs` (n, C)."""
    second, first = np.partition(probs, -2, axis=1)[:, -2:].T
    return np.asarray(first - second)


@dataclass(frozen=True)
class Margin(Sampler):
    """Pick where the two most likely classes are closest. The score is the negated margin."""

    name: ClassVar[str] = "margin"

    @property
    def needs(self) -> frozenset[str]:
        """Probabilities."""
        return frozenset({"probs"})

    def select(self, query: Query) -> Selection:
        """Score by -(p₍₁₎ - p₍₂₎)."""
        return highest(query, -margin(query.probs[query.candidates]))
