"""Best-oracle uncertainty: draw examples by their true loss, which nobody knows who has no labels.

Sener, Savarese. Active Learning for Convolutional Neural Networks: A Core-Set Approach. ICLR 2018, section 5, baseline
"Best Oracle Uncertainty": ids are drawn with probability proportional to the loss under the current model. The paper
says nothing of draws that repeat an id; here they are without replacement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.numeric.top import top
from alviz.samplers.base import Sampler, spread
from alviz.samplers.query import Query
from alviz.selection import Selection

# A probability that float32 rounds to zero has an infinite loss: nothing is less likely than this.
_LEAST = float(np.finfo(np.float32).tiny)


def true_loss(probs: NDArray[np.floating], truth: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return -log p_y (m,) of predictions (m, C) for the true classes; at most 87.3, where p_y is 0."""
    p = probs[np.arange(len(probs)), truth].astype(np.float64)
    return -np.log(np.clip(p, _LEAST, 1))


def draw_in_proportion(weights: NDArray[np.float64], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return `n` positions drawn one after the other, each in proportion to the weights that are left.

    Log-weights plus Gumbel noise, ordered, are such a draw. Where only weights of 0 are left, each is as likely.
    """
    noise = rng.gumbel(size=len(weights))
    heavy, order = weights > 0, np.empty(0, dtype=np.int64)
    for some in (heavy, ~heavy):
        places = np.flatnonzero(some)
        keys = noise[places] + np.log(np.where(heavy, weights, 1))[places]
        order = np.concatenate([order, places[top(keys, len(places))]])
    return order[:n]


@dataclass(frozen=True)
class OracleUncertainty(Sampler):
    """Draw ids without replacement, each with probability proportional to its true loss. A bound, not a method.

    The score is the cross-entropy of the model's prediction with the true class, and ``extra["gain"]`` that of each
    pick. Only where the oracle is `truth`.
    """

    name: ClassVar[str] = "oracle_uncertainty"
    deterministic: ClassVar[bool] = False

    @property
    def needs(self) -> frozenset[str]:
        """Probabilities, and the true labels of all examples."""
        return frozenset({"probs", "truth"})

    def select(self, query: Query) -> Selection:
        """Draw by -log p_y."""
        truth = query.truth[query.candidates]
        unknown = query.candidates[truth < 0]
        if unknown.size:
            raise InvalidInput(
                f"oracle_uncertainty needs the true label of every candidate, and the pool does not know "
                f"{unknown.size} of {len(truth)}, the first is {unknown[0]}. Choose another sampler."
            )
        loss = true_loss(query.probs[query.candidates], truth)
        query.progress(0, 1)
        drawn = draw_in_proportion(loss, query.n, query.rng)
        gain = loss[drawn].astype(np.float32)
        return Selection(query.candidates[drawn], spread(query, loss), {"gain": gain})
