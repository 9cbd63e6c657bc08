"""How many seeds a comparison needs: the power of the paired t-test.

Cohen. Statistical power analysis for the behavioral sciences. 1988, chapter 2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.analysis.student import checked_level, critical_t

ALPHA, POWER, MOST = 0.05, 0.8, 1000
# Effects beyond count as this one, with which three seeds do at any level that is used: no series goes so far out.
_LARGEST = 100.0
# Standard deviations of t between its border and its mean.
_FAR = 20.0


def paired_power(effect: ArrayLike, seeds: ArrayLike, alpha: float = ALPHA) -> NDArray[np.float64]:
    """Return how likely a two-sided paired t-test of `seeds` differences is to come below `alpha`.

    Parameters
    ----------
    effect : array
        The true mean difference over the standard deviation of the differences.
    seeds : array
        At least 2.
    """
    from scipy.special import ncfdtr

    checked_level(alpha, "alpha")
    n = np.asarray(seeds, dtype=np.float64)
    d = np.minimum(np.abs(np.asarray(effect, dtype=np.float64)), _LARGEST)
    border, away = critical_t(n - 1, 1 - alpha), d * np.sqrt(n)
    # t is noncentral, by effect · √n; its square, which knows no side, is a noncentral F. Where nothing but a power of
    # 1 can come out, that is not asked for it: its series gives NaN so far out.
    sure = away - border > _FAR * np.sqrt(1 + border**2 / (2 * (n - 1)))
    return np.asarray(np.where(sure, 1.0, 1 - ncfdtr(1, n - 1, np.where(sure, 0.0, away) ** 2, border**2)))


def seeds_needed(
    effect: ArrayLike, alpha: float = ALPHA, power: float = POWER, most: int = MOST
) -> NDArray[np.float64]:
    """Return the smallest number of seeds, at least 2, with which a paired t-test has that power.

    Parameters
    ----------
    effect : array
        Mean difference over the standard deviation of differences, as it was observed; its sign does not matter.
    alpha, power : float
        The level of the two-sided test, and how often it shall find the effect.
    most : int
        More are not counted.

    Returns
    -------
    ndarray of float64
        Whole numbers; infinite where more than `most` are needed, NaN where the effect is.
    """
    checked_level(power, "power")
    d = np.abs(np.asarray(effect, dtype=np.float64))
    known = np.nan_to_num(d)
    # Power grows with seeds: halve what lies between too few and enough.
    few, enough = np.full(d.shape, 1.0), np.full(d.shape, float(most))
    while (enough - few > 1).any():
        middle = np.maximum(np.floor((few + enough) / 2), 2.0)
        does = paired_power(known, middle, alpha) >= power
        few, enough = np.where(does, few, middle), np.where(does, middle, enough)
    enough = np.where(paired_power(known, enough, alpha) >= power, enough, np.inf)
    return np.asarray(np.where(np.isnan(d), np.nan, enough))
