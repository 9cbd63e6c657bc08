"""DropQuery: of the examples whose prediction does not survive dropout, one from each region.

Gupte, Aklilu, Nirschl, Yeung-Levy. Revisiting Active Learning in the Era of Vision Foundation Models. TMLR 2024,
section 4.

M = 3 passes of the features through the last layer, with each number of each example dropped at random with probability
ρ, and the rest scaled by 1/(1 - ρ). Candidates whose prediction differs from the one without dropout in more than M/2
passes are cut into b clusters by k-means on the features; of each the most central is picked.

Deviations: the paper starts from the centers of clusters of the whole pool; here a first cycle without a head is the
runner's. Where fewer than b predictions flip, which the paper leaves open, all of these are picked, and the rest from
those that flipped in one pass less, and so on down to none; of the first such group that holds more than are wanted,
the centers of clusters as before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.blocks import blocks
from alviz.part import parameter
from alviz.samplers.base import Sampler, spread
from alviz.samplers.query import Query
from alviz.samplers.representatives import representatives
from alviz.selection import Selection
from alviz.snapshot import Head


def dropout_flips(
    features: NDArray[np.float32],
    head: Head,
    passes: int,
    rate: float,
    rng: np.random.Generator,
    tick: Callable[[], None] = lambda: None,
) -> NDArray[np.int64]:
    """Return in how many of `passes` the class predicted from `features` (m, d) changes under dropout, (m,)."""
    flips = np.zeros(len(features), dtype=np.int64)
    for part in blocks(*features.shape):
        block = features[part]
        plain = _predicted(block, head)
        for _ in range(passes):
            tick()
            keep = rng.random(block.shape, dtype=np.float32) >= rate
            flips[part] += _predicted(block * keep * np.float32(1 / (1 - rate)), head) != plain
    return flips


def _predicted(features: NDArray[np.float32], head: Head) -> NDArray[np.int64]:
    return (features @ head.weight.T + head.bias).argmax(axis=1)


@dataclass(frozen=True)
class DropQuery(Sampler):
    """Pick centers of clusters of the candidates whose prediction flips under dropout.

    The score is the share of the passes in which a candidate's prediction flipped; ``extra["gain"]`` is how many
    candidates a pick stands for, the largest cluster first, 1 where there were too few to cluster;
    ``extra["flipped"]`` is how many flipped in more than half of the passes.
    """

    name: ClassVar[str] = "dropquery"
    deterministic: ClassVar[bool] = False

    passes: int = parameter(3, "M: passes with dropout", low=1, high=100)
    rate: float = parameter(0.75, "ρ: share of the features that a pass drops", low=0.0, high=0.99, step=0.05)

    @property
    def needs(self) -> frozenset[str]:
        """Features and the last layer."""
        return frozenset({"features", "head"})

    def select(self, query: Query) -> Selection:
        """Find what flips, and pick from every region of it."""
        features = query.features[query.candidates]
        flips = dropout_flips(
            features, query.head, self.passes, self.rate, query.rng, lambda: query.progress(0, query.n)
        )
        often = 2 * flips > self.passes
        fewer = [np.flatnonzero(~often & (flips == count)) for count in range(self.passes // 2, -1, -1)]
        picks, gain = representatives(features, [np.flatnonzero(often), *fewer], query.n, query.rng, query.progress)
        extra = {"gain": gain, "flipped": int(often.sum())}
        return Selection(query.candidates[picks], spread(query, flips / self.passes), extra)
