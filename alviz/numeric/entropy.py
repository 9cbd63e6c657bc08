"""Entropy of probability rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def entropy(p: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the Shannon entropy in nats of each row of `p` (n, C); 0·log 0 counts as 0, never NaN."""
    safe = np.where(p > 0, p, 1)
    return np.asarray(-(p * np.log(safe)).sum(axis=1), dtype=np.float32)
