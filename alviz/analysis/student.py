"""Student's t: critical values, p-values, and the power of a test.

Of `scipy.special`, where `scipy.stats` takes them from: importing all of that takes longer than what is computed here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.errors import InvalidInput


def critical_t(freedom: ArrayLike, level: float = 0.95) -> NDArray[np.float64]:
    """Return what |t| exceeds with probability 1 − `level` where nothing differs; NaN below one degree of freedom."""
    from scipy.special import stdtrit

    df = np.asarray(freedom, dtype=np.float64)
    return np.asarray(np.where(df >= 1, stdtrit(np.maximum(df, 1), (1 + level) / 2), np.nan))


def two_sided(t: ArrayLike, freedom: ArrayLike) -> NDArray[np.float64]:
    """Return the probability of a |t| as large or larger where nothing differs; NaN below one degree of freedom."""
    from scipy.special import stdtr

    df = np.asarray(freedom, dtype=np.float64)
    return np.asarray(np.where(df >= 1, 2 * stdtr(np.maximum(df, 1), -np.abs(np.asarray(t, np.float64))), np.nan))


def checked_level(level: float, what: str = "level") -> float:
    """Return a share strictly between 0 and 1.

    Raises
    ------
    InvalidInput
    """
    if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0 < level < 1:
        raise InvalidInput(f"{what} is {level!r}, expected a share between 0 and 1, such as 0.95.")
    return float(level)
