"""What an oracle is."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.part import Part
from alviz.pool import Pool


@dataclass(frozen=True)
class Oracle(Part):
    """Base of all oracles. An answer depends on the id alone, never on when or by whom it is asked."""

    @abstractmethod
    def answer(self, pool: Pool, ids: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
        """Return the labels of `ids`; `seed` is the run's."""


def truth(pool: Pool, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the pool's own labels of `ids`.

    Raises
    ------
    InvalidInput
        If the pool does not know one of them.
    """
    unknown = ids[~pool.known[ids]]
    if unknown.size:
        raise InvalidInput(
            f"The pool has no label for {unknown.size} of {ids.size} ids asked, the first is {unknown[0]}. "
            "Pass labels to runner.label(ids, labels)."
        )
    return pool.y[ids]
