"""VAAL: what a discriminator takes for unlabeled by its code alone.

Sinha, Ebrahimi, Darrell. Variational Adversarial Active Learning. ICCV 2019, section 3: a β-VAE learns to reconstruct
the pool with codes that look labeled, a discriminator to see through it, and the lowest D(z) are picked. The game, its
equations and where it deviates: `alviz.samplers.adversarial`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from alviz.samplers.adversarial import Adversarial
from alviz.samplers.query import Query
from alviz.selection import Selection


@dataclass(frozen=True)
class VAAL(Adversarial):
    """Pick what the discriminator is surest that it is unlabeled; the score is 1 - D.

    ``extra["losses"]`` and ``extra["discriminator_losses"]`` are those of the training, round by round.
    """

    name: ClassVar[str] = "vaal"

    @property
    def needs(self) -> frozenset[str]:
        """Labels: there is nothing to tell apart without."""
        return frozenset({"labels"})

    def select(self, query: Query) -> Selection:
        """Play with 0 as the state of everything unlabeled."""
        return self.compete(query, np.zeros(len(query.candidates), dtype=np.float32))
