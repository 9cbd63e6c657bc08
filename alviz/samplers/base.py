"""What a sampler is: parameters, what it needs, and a choice."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.top import top
from alviz.part import Part
from alviz.samplers.query import Query
from alviz.selection import Selection


@dataclass(frozen=True)
class Sampler(Part):
    """Base of all samplers: a frozen dataclass of hyper-parameters without memory between cycles.

    Attributes
    ----------
    deterministic : bool
        Whether equal queries give equal picks whatever the random stream.
    trains : bool
        Whether it trains a network: what that learns depends on the order of the rows, and so may the picks.
    stoppable : bool
        Whether a stop is heard within 2 s; False where a function of another library does all the work.
    leisurely : bool
        Whether it takes minutes by its nature, or only stands for others: it answers when it is asked by name, not
        when everybody is.
    """

    deterministic: ClassVar[bool] = True
    trains: ClassVar[bool] = False
    stoppable: ClassVar[bool] = True
    leisurely: ClassVar[bool] = False

    @property
    def needs(self) -> frozenset[str]:
        """What must be there, of these.

        - ``features``, ``probs``, ``head``, ``loss``: what the learner says of the pool;
        - ``predict``, ``stochastic``: its model, to be asked about any examples, or with dropout on;
        - ``labels``: at least one;
        - ``truth``: the true label of every example, which only the oracle `truth` lends.

        What is not named is not there to be read.
        """
        return frozenset()

    def at(self, cycle: int) -> Sampler:
        """Who picks in a cycle, and whose `needs` count there: this one, unless it is a schedule of others."""
        return self

    @abstractmethod
    def select(self, query: Query) -> Selection:
        """Pick ``query.n`` of ``query.candidates``."""


def highest(query: Query, scores: NDArray[np.floating], *, draw_ties: bool = False, **extra: object) -> Selection:
    """Return the selection of the highest `scores` of the candidates, ties to the lowest id, or drawn."""
    order = query.rng.permutation(len(scores)) if draw_ties else np.arange(len(scores))
    picked = query.candidates[order[top(scores[order], query.n)]]
    return Selection(picked, spread(query, scores), extra)


def spread(query: Query, scores: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return candidates' scores over the whole pool (n,), NaN on all other rows."""
    whole = np.full(query.size, np.nan, dtype=np.float32)
    whole[query.candidates] = scores
    return whole
