"""BALD: what the model's passes disagree about.

Houlsby, Huszár, Ghahramani, Lengyel. Bayesian Active Learning for Classification and Preference Learning.
arXiv:1112.5745, Eq 2; with dropout as the posterior: Gal, Islam, Ghahramani. Deep Bayesian Active Learning with Image
Data. ICML 2017 (DBAL), section 4.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.passes import nats, summed
from alviz.part import parameter
from alviz.samplers.base import Sampler, highest, spread
from alviz.samplers.query import Query
from alviz.selection import Selection


def mutual_information(passes: Iterable[NDArray[np.floating]]) -> NDArray[np.float64]:
    """Return I[y, ω] = H[E_ω p] - E_ω H[p] in nats (m,) of predictions p (m, C), one for each ω.

    It is 0 where all predictions are equal, and at most log C: where each is sure and every class comes up as often.
    """
    return _information(passes)[0]


def _information(passes: Iterable[NDArray[np.floating]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (H[E p] - E H[p], H[E p])."""
    found = summed(passes)
    whole = nats(found.mean)
    return np.maximum(whole - found.entropy, 0), whole


@dataclass(frozen=True)
class BALD(Sampler):
    """Pick where passes with dropout are sure, and disagree: the largest mutual information of label and weights.

    ``extra["entropy"]`` is the entropy of the mean prediction of each candidate, of which the score is a part.
    """

    name: ClassVar[str] = "bald"
    deterministic: ClassVar[bool] = False

    passes: int = parameter(20, "T: passes with dropout on", low=2, high=1000, step=5)

    @property
    def needs(self) -> frozenset[str]:
        """Stochastic passes."""
        return frozenset({"stochastic"})

    def select(self, query: Query) -> Selection:
        """Score by H[E p] - E H[p] over the passes."""
        information, whole = _information(query.stochastic_passes(self.passes))
        return highest(query, information, entropy=spread(query, whole))
