"""A person answers: labels come with the call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.oracles.base import Oracle
from alviz.pool import Pool


@dataclass(frozen=True)
class Human(Oracle):
    """Has no answers of its own: ``runner.query()``, look, ``runner.label(ids, labels)``."""

    name: ClassVar[str] = "human"

    def answer(self, pool: Pool, ids: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
        """Refuse."""
        raise InvalidInput(
            f"A person answers in this run: pass the labels of the {ids.size} ids, runner.label(ids, labels)."
        )
