"""How far two selections are the same: by their picks, and by their scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def jaccard(a: ArrayLike, b: ArrayLike) -> float:
    """Return the number of ids in both over the number in either; 1 where both are empty."""
    first, second = np.unique(np.asarray(a)), np.unique(np.asarray(b))
    both = np.intersect1d(first, second, assume_unique=True).size
    either = first.size + second.size - both
    return both / either if either else 1.0


def spearman(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Return the rank correlation of two scores (n,) over the rows that have both.

    NaN where one of them says nothing: fewer than two rows, or all the same.
    """
    both = np.isfinite(a) & np.isfinite(b)
    x, y = np.asarray(a)[both], np.asarray(b)[both]
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    from scipy.stats import spearmanr

    return float(spearmanr(x, y).statistic)
