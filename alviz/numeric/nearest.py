"""Distances to the nearest of some centers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Entries of the distance block that is held at once: 32 MB of float64.
_BLOCK = 4_194_304


def nearest_squared(X: NDArray[np.float64], centers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each row of `X` (n, d) the squared Euclidean distance to its nearest center (m, d).

    Distances are summed from differences, so that a duplicate of a center is at exactly 0 and equal rows
    get equal distances; the expanded form |x|² - 2xc + |c|² loses both. Without centers all are infinite.
    """
    from scipy.spatial.distance import cdist

    best = np.full(len(X), np.inf)
    rows = max(1, _BLOCK // max(1, len(X)))
    for start in range(0, len(centers), rows):
        np.minimum(best, cdist(X, centers[start : start + rows], "sqeuclidean").min(axis=1), out=best)
    return best
