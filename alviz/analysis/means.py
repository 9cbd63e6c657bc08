"""Means over seeds, with what is known of them: Student's interval.

Student. The probable error of a mean. Biometrika 1908.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alviz.analysis.student import checked_level, critical_t


@dataclass(frozen=True, eq=False)
class Means:
    """Means, one per column; each array has the shape of a row.

    Attributes
    ----------
    count : ndarray of int64
        How many seeds have a value.
    mean : ndarray of float64
        NaN without any.
    std : ndarray of float64
        Of the sample (n − 1); NaN below two seeds, as are the ends.
    low, high : ndarray of float64
        Where the mean over all seeds that there might be lies, with the confidence that was asked for.
    """

    count: NDArray[np.int64]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def mean_intervals(values: NDArray[np.floating], level: float = 0.95) -> Means:
    """Return mean, deviation and interval of every column: mean ± t(n − 1) · std / √n.

    Parameters
    ----------
    values : ndarray, (seeds, ...)
        NaN where a seed has no value.
    level : float
        The confidence, 0..1.
    """
    given = np.asarray(values, dtype=np.float64)
    checked_level(level)
    there = np.isfinite(given)
    count = there.sum(axis=0)
    some = np.where(count > 0, count, np.nan)
    mean = np.where(there, given, 0.0).sum(axis=0) / some
    squares = (np.where(there, given - mean, 0.0) ** 2).sum(axis=0)
    std = np.sqrt(squares / np.where(count > 1, count - 1, np.nan))
    half = critical_t(count - 1, level) * std / np.sqrt(some)
    return Means(np.asarray(count, np.int64), *map(np.asarray, (mean, std, mean - half, mean + half)))
