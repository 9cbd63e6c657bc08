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
    """

    deterministic: ClassVar[bool] = True

    @property
    def needs(self) -> frozenset[str]:
        """What must be there: ``features``, ``probs`` or ``head`` of the learner, ``labels`` (at least one)."""
        return frozenset()

    @abstractmethod
    def select(self, query: Query) -> Selection:
        """Pick ``query.n`` of ``query.candidates``."""


def highest(query: Query, scores: NDArray[np.floating], **extra: object) -> Selection:
    """Return the selection of the highest `scores` of the candidates, ties to the lowest id."""
    picked = query.candidates[top(scores, query.n)]
    return Selection(picked, spread(query, scores), extra)


def spread(query: Query, scores: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return candidates' scores over the whole pool (n,), NaN on all other rows."""
    whole = np.full(query.size, np.nan, dtype=np.float32)
    whole[query.candidates] = scores
    return whole
