"""Two samplers on the same seeds: Student's paired t-test, or Wilcoxon's signed ranks.

Runs of one seed share their initial set and first weights, so that most of what differs between seeds cancels.

Student. The probable error of a mean. Biometrika 1908.
Wilcoxon. Individual comparisons by ranking methods. Biometrics Bulletin 1945.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.analysis.means import mean_intervals
from alviz.analysis.student import two_sided
from alviz.errors import UnknownName

# Differences apart by less than this share of the values are apart by rounding alone.
_ROUNDING = 1e-12
# All assignments of signs are gone through up to so many differences; scipy's normal approximation is good above.
_EXACT = 16


@dataclass(frozen=True, eq=False)
class Paired:
    """Comparisons over common seeds; every array has one element per comparison.

    Attributes
    ----------
    seeds : ndarray of int64
        How many seeds both have.
    difference : ndarray of float64
        The mean of first − second: the size of the effect, in the metric's unit.
    std : ndarray of float64
        Of the differences (n − 1).
    low, high : ndarray of float64
        Student's interval of the mean difference.
    t : ndarray of float64
        difference · √n / std; infinite where all differences are the same and not 0.
    p : ndarray of float64
        Two-sided, of the method that was asked for. 1 where no seed differs; NaN below two seeds, and where all
        differences are the same and not 0: a test weighs the difference against its spread, and there is none.
    """

    seeds: NDArray[np.int64]
    difference: NDArray[np.float64]
    std: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    t: NDArray[np.float64]
    p: NDArray[np.float64]

    @property
    def effect(self) -> NDArray[np.float64]:
        """The mean difference in standard deviations of the differences (Cohen's d of paired samples)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(self.difference == 0, 0 * self.std, self.difference / self.std))


def paired_test(first: ArrayLike, second: ArrayLike, method: str = "t", level: float = 0.95) -> Paired:
    """Test whether the mean of first − second is 0.

    Parameters
    ----------
    first, second : arrays, (..., seeds)
        Broadcast against each other; the same place of the last axis is the same seed, NaN where it is missing.
    method : "t" or "wilcoxon"
        Wilcoxon's test needs no normal differences, but 6 seeds before it can come below p = 0.05. It leaves out
        seeds without a difference; p is exact up to 16 others, ties included.
    level : float
        Confidence of the interval, 0..1.

    Raises
    ------
    UnknownName
        For another method.
    """
    if method not in _METHODS:
        raise UnknownName("paired test", method, _METHODS)
    a, b = np.broadcast_arrays(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))
    both = np.isfinite(a) & np.isfinite(b)
    differences = np.where(both, a - b, np.nan)
    scale = np.where(both, np.maximum(np.abs(a), np.abs(b)), 0.0).max(axis=-1, initial=0.0)
    differences = np.where(np.abs(differences) <= _ROUNDING * scale[..., None], 0.0, differences)
    found = mean_intervals(np.moveaxis(differences, -1, 0), level)
    flat = found.std <= _ROUNDING * scale
    std = np.where(flat, 0.0, found.std)
    low, high = (np.where(flat, found.mean, end) for end in (found.low, found.high))
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(flat & (found.mean == 0), 0.0, found.mean * np.sqrt(found.count) / std)
    p = _METHODS[method](differences, t, found.count)
    p = np.where(flat, np.where(found.mean == 0, 1.0, np.nan), p)
    return Paired(found.count, found.mean, std, low, high, t, p)


def _student(_: NDArray[np.float64], t: NDArray[np.float64], count: NDArray[np.int64]) -> NDArray[np.float64]:
    return two_sided(t, count - 1)


def _wilcoxon(differences: NDArray[np.float64], _: object, count: NDArray[np.int64]) -> NDArray[np.float64]:
    p = np.full(count.shape, np.nan)
    for place in np.ndindex(count.shape):
        if count[place] > 1:
            row = differences[place]
            p[place] = signed_rank(row[np.isfinite(row)])
    return p


_METHODS: dict[str, Callable[..., NDArray[np.float64]]] = {"t": _student, "wilcoxon": _wilcoxon}


def signed_rank(differences: NDArray[np.float64]) -> float:
    """Return the two-sided p-value of Wilcoxon's signed-rank test; zeros are left out."""
    from scipy import stats

    some = differences[differences != 0]
    if not some.size:
        return 1.0
    if some.size > _EXACT:
        return float(stats.wilcoxon(some, method="approx", correction=True).pvalue)
    # scipy's exact distribution knows no ties, and seeds of a small test split tie often.
    ranks = stats.rankdata(np.abs(some).round(12))
    sums = np.zeros(1)
    for rank in ranks:
        sums = np.concatenate([sums, sums + rank])
    middle = ranks.sum() / 2
    return float(np.mean(np.abs(sums - middle) >= abs(ranks[some > 0].sum() - middle) - 1e-9))
