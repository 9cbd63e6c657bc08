"""Uniformly at random, without replacement: the baseline of every comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from alviz.samplers.base import Sampler, highest
from alviz.samplers.query import Query
from alviz.selection import Selection


@dataclass(frozen=True)
class Random(Sampler):
    """Draw without replacement. The score of a candidate is its draw, so that the picks are the highest."""

    name: ClassVar[str] = "random"
    deterministic: ClassVar[bool] = False

    def select(self, query: Query) -> Selection:
        """Pick the ids with the highest of one uniform draw each."""
        return highest(query, query.rng.random(len(query.candidates), dtype=np.float32))
