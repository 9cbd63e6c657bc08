"""Several tests at once: p-values that keep the chance of any false alarm at the level.

Holm. A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 1979.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Return adjusted p-values: the i-th smallest of m times m − i + 1, never less than one before it, at most 1.

    Parameters
    ----------
    p : array, (m,)
        NaN for what could not be tested: it stays NaN and does not count.
    """
    given = np.asarray(p, dtype=np.float64)
    order = np.argsort(given, kind="stable")[: int(np.isfinite(given).sum())]
    steps = np.arange(len(order), 0, -1)
    adjusted = np.full(given.shape, np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(given[order] * steps), 1.0)
    return adjusted
