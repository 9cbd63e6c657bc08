"""The highest scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def top(scores: NDArray[np.floating], n: int) -> NDArray[np.int64]:
    """Return the positions of the `n` highest scores, highest first, ties to the lowest position."""
    return np.argsort(-scores, kind="stable")[:n]
