"""SRAAL: VAAL, whose discriminator takes what the learner is sure of for labeled.

Zhang, Li, Yang, Wang, Zha, Huang. State-Relabeling Adversarial Active Learning. CVPR 2020. An online uncertainty
indicator replaces the state 0 of unlabeled examples, so that not all of them are equally unlabeled. For class
probabilities V of C classes

    Indicator = 1 - MINVar(V) / Var(V) · max V,
    MINVar(V) = 1/C ((1/C - max V)² + (C - 1) (1/C - (1 - max V)/(C - 1))²),

MINVar being the variance of the vector with the same maximum whose rest is spread evenly: the indicator is 0 for a
probability of 1, and grows as the maximum falls or a rival comes up. The discriminator is to say 1 - Indicator of
an unlabeled example, and the lowest are picked.

Deviations: the paper prints -log(Indicator - D) as the loss of an unlabeled example, which has no value where
D > Indicator; alviz takes the cross-entropy with the state 1 - Indicator, which is VAAL's for an indicator of 1. The
probabilities are those that the cycle's learner ended with, not of one that learns meanwhile, and the code is VAAL's,
without the paper's classifier on it. The paper's choice of the initial labels (k-center in the code) is left to
``initial=``. The game, and where it deviates from VAAL's: `alviz.samplers.adversarial`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.part import parameter
from alviz.samplers.adversarial import Adversarial
from alviz.samplers.base import spread
from alviz.samplers.query import Query
from alviz.selection import Selection


def uncertainty_indicator(probs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return 1 - MINVar(V)/Var(V)·max V (m,) of class probabilities (m, C).

    The ratio is 1 where it is 0/0: a uniform vector is the one with the least variance itself. So is that of one class.
    """
    p = probs.astype(np.float64)
    classes, largest = p.shape[1], p.max(axis=1)
    variance = p.var(axis=1)
    rest = (1 - largest) / max(classes - 1, 1)
    least = ((1 / classes - largest) ** 2 + (classes - 1) * (1 / classes - rest) ** 2) / classes
    ratio = np.divide(least, variance, out=np.ones_like(least), where=variance > 1e-15)
    return 1 - np.minimum(ratio, 1) * largest


@dataclass(frozen=True)
class SRAAL(Adversarial):
    """Pick what the discriminator is surest that it is unlabeled, and that the learner is unsure of.

    ``extra["uncertainty"]`` is the indicator of each candidate; ``extra["losses"]`` and
    ``extra["discriminator_losses"]`` are those of the training, round by round.

    Parameters
    ----------
    relabel : float
        How far states are relabeled, to ``relabel * (1 - Indicator)``: 1 is the paper, 0 is VAAL.
    """

    name: ClassVar[str] = "sraal"

    relabel: float = parameter(
        1.0, "how far the state of what the learner is sure of is raised", low=0, high=1, step=0.1
    )

    @property
    def needs(self) -> frozenset[str]:
        """Labels to tell from, and probabilities for the state of all else."""
        return frozenset({"labels", "probs"})

    def select(self, query: Query) -> Selection:
        """Play with states of the learner's certainty."""
        uncertainty = uncertainty_indicator(query.probs[query.candidates])
        selection = self.compete(query, states(uncertainty, self.relabel))
        return Selection(
            selection.ids, selection.scores, {**selection.extra, "uncertainty": spread(query, uncertainty)}
        )


def states(uncertainty: NDArray[np.floating], relabel: float) -> NDArray[np.float32]:
    """Return what the discriminator is to say of unlabeled examples: 0 all through for `relabel` 0."""
    return np.asarray(relabel * (1 - uncertainty), dtype=np.float32)
