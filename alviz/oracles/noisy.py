"""An oracle that errs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.oracles.base import Oracle, truth
from alviz.part import parameter
from alviz.pool import Pool


@dataclass(frozen=True)
class Noisy(Oracle):
    """Answers with another class, drawn uniformly, in a share of the ids: the same ids whenever asked."""

    name: ClassVar[str] = "noisy"

    rate: float = parameter(0.1, "share of wrong answers", low=0.0, high=1.0, step=0.05)

    def answer(self, pool: Pool, ids: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
        """Return the pool's labels of `ids`, some replaced."""
        labels = truth(pool, ids).copy()
        for i, row in enumerate(ids):
            rng = np.random.default_rng([int(seed), int(row), 0x6E6F6973])  # "nois": a stream of its own
            if rng.random() < self.rate:
                labels[i] = (labels[i] + rng.integers(1, len(pool.classes))) % len(pool.classes)
        return labels
