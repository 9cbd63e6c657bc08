"""CEAL: the most uncertain examples are asked for, the surest ones get their prediction as a label.

Wang, Zhang, Li, Zhang, Lin. Cost-Effective Active Learning for Deep Image Classification. IEEE TCSVT 27, 2017: entropy
criterion, and high-confidence selection by an entropy below a threshold that falls from cycle to cycle.

The entropy is a share of log C, so that one threshold serves every number of classes: ε = 0.1 - 0.00033·cycle, as the
code of Simeoni, Budnik, Avrithis, Gravier (Rethinking Deep Active Learning, ICPR 2020, Eq 7) has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.entropy import entropy
from alviz.part import parameter
from alviz.samplers.base import Sampler, highest
from alviz.samplers.query import Query
from alviz.selection import Selection


def surest(probs: NDArray[np.float32], threshold: float) -> NDArray[np.int64]:
    """Return the rows of `probs` (m, C) whose entropy is less than `threshold` times log C, ascending."""
    return np.flatnonzero(entropy(probs) < threshold * np.log(probs.shape[1]))


@dataclass(frozen=True)
class CEAL(Sampler):
    """Pick the largest entropy; of the other candidates, say which are sure enough to be learned from as predicted.

    ``extra["pseudo_ids"]`` (int64, ascending) and ``extra["pseudo_labels"]`` (int64) are those whose entropy is less
    than ``extra["threshold"]`` = threshold - decay·cycle times log C; an entropy equal to it is not less. None is where
    none is that sure, and from the cycle on in which the threshold is 0. They are no answers: a learner that can learn
    from them reads them from the selection of the cycle before.
    """

    name: ClassVar[str] = "ceal"

    threshold: float = parameter(
        0.1, "entropy, as a share of log C, below which a prediction is a pseudo-label", low=0.0, high=1.0, step=0.01
    )
    decay: float = parameter(0.00033, "how much the threshold falls each cycle", low=0.0, high=1.0, step=1e-4)

    @property
    def needs(self) -> frozenset[str]:
        """Probabilities."""
        return frozenset({"probs"})

    def select(self, query: Query) -> Selection:
        """Take the most uncertain, and name the surest of the rest."""
        threshold = max(0.0, self.threshold - self.decay * query.cycle)
        picked = highest(query, entropy(query.probs[query.candidates]))
        rest = np.setdiff1d(query.candidates, picked.ids)
        pseudo = rest[surest(query.probs[rest], threshold)]
        labels = query.probs[pseudo].argmax(axis=1)
        return Selection(
            picked.ids, picked.scores, {"pseudo_ids": pseudo, "pseudo_labels": labels, "threshold": threshold}
        )
