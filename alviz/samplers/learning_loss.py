"""Learning Loss: where the model expects its own loss to be largest.

Yoo, Kweon. Learning Loss for Active Learning. CVPR 2019. The learner trains the head that predicts the loss: see
`alviz.learners.loss_prediction` for its equations, and for where they deviate.

Deviations: all candidates are scored, where the paper draws a subset of the pool first (a run's ``subset=`` does so).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from alviz.samplers.base import Sampler, highest
from alviz.samplers.query import Query
from alviz.selection import Selection


@dataclass(frozen=True)
class LearningLoss(Sampler):
    """Pick the largest predicted losses, of a learner with ``loss_head=True``."""

    name: ClassVar[str] = "learning_loss"

    @property
    def needs(self) -> frozenset[str]:
        """Predicted losses."""
        return frozenset({"loss"})

    def select(self, query: Query) -> Selection:
        """Score by the predicted loss."""
        return highest(query, query.loss[query.candidates])
