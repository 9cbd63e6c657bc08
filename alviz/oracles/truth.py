"""The pool's own labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.oracles.base import Oracle, truth
from alviz.pool import Pool


@dataclass(frozen=True)
class Truth(Oracle):
    """Answers with the label that the pool holds."""

    name: ClassVar[str] = "truth"

    def answer(self, pool: Pool, ids: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
        """Return the pool's labels of `ids`."""
        return truth(pool, ids)
