"""Variation ratios over passes with dropout: how little the most likely class has.

Freeman. Elementary Applied Statistics. Wiley 1965; as Gal, Islam, Ghahramani. Deep Bayesian Active Learning with Image
Data. ICML 2017 (DBAL), section 4, use them.

The paper's equation is 1 - max_y p(y | x), p the mean over passes (``ratio="mean"``, the default). Its published code
counts votes, 1 - f / T with f how many of T passes have the most frequent class on top (``ratio="votes"``), as Freeman
does; with T = 20 that takes a few values only, and most candidates tie.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.passes import summed
from alviz.part import parameter
from alviz.samplers.base import Sampler, highest
from alviz.samplers.query import Query
from alviz.selection import Selection


def variation_ratio(passes: Iterable[NDArray[np.floating]], ratio: str = "mean") -> NDArray[np.float64]:
    """Return 1 - max_y E p_y (m,) of predictions p (m, C); with ``"votes"`` the share that the top class has not."""
    found = summed(passes)
    if ratio == "votes":
        return np.asarray(1 - found.votes.max(axis=1) / found.votes.sum(axis=1))
    return np.asarray(1 - found.mean.max(axis=1))


@dataclass(frozen=True)
class VariationRatios(Sampler):
    """Pick where the most likely class over passes with dropout has the least. Without passes: least confidence."""

    name: ClassVar[str] = "variation_ratios"
    deterministic: ClassVar[bool] = False

    passes: int = parameter(20, "T: passes with dropout on; 0 for the plain prediction", low=0, high=1000, step=5)
    ratio: str = parameter(
        "mean", "of the mean prediction (paper) or of passes that vote (code)", choices=("mean", "votes")
    )

    @property
    def needs(self) -> frozenset[str]:
        """Stochastic passes; probabilities where there are none."""
        return frozenset({"stochastic" if self.passes else "probs"})

    def select(self, query: Query) -> Selection:
        """Score by the variation ratio; a single prediction has no votes to count."""
        if not self.passes:
            return highest(query, variation_ratio([query.probs[query.candidates]]))
        scores = variation_ratio(query.stochastic_passes(self.passes), self.ratio)
        return highest(query, scores, draw_ties=True)  # few passes give few different votes
