"""How wide balls may be before they mix groups.

Yehuda, Dekel, Hacohen, Weinshall. Active Learning Through a Covering Lens. NeurIPS 2022, section 3.3: the ball of
radius δ around x is pure if all rows in it are of the group of x; the purity π(δ) is the share of pure balls, and
δ* = max{δ : π(δ) ≥ α}. The ball around x is pure exactly while δ is below the distance from x to the nearest row of
another group, so δ* is a quantile of those distances and no grid of δ has to be tried.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.blocks import height


def nearest_other(
    X: NDArray[np.float32],
    group: NDArray[np.int64],
    rows: NDArray[np.int64],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> NDArray[np.float64]:
    """Return the distance from each of `rows` to the nearest row of another group; inf where there is none.

    Parameters
    ----------
    X : ndarray of float32, (N, d)
    group : ndarray of int64, (N,)
    rows : ndarray of int64, (m,)
    progress : callable
        Called with (rows done, m); what it raises stops the work.

    Returns
    -------
    ndarray of float64, (m,)
        Summed from differences; which row is nearest is found by float32 products.
    """
    near = (X - X.mean(axis=0, dtype=np.float64)).astype(np.float32)
    half = 0.5 * np.einsum("ij,ij->i", near, near)
    distances = np.full(len(rows), np.inf)
    rows_at_once = height(len(X))
    for start in range(0, len(rows), rows_at_once):
        progress(start, len(rows))
        some = rows[start : start + rows_at_once]
        closeness = near[some] @ near.T
        closeness -= half
        closeness[group[some, None] == group] = -np.inf
        nearest = closeness.argmax(axis=1)
        gap = np.subtract(X[some], X[nearest], dtype=np.float64)
        other = group[nearest] != group[some]
        distances[start : start + rows_at_once][other] = np.sqrt(np.einsum("ij,ij->i", gap, gap))[other]
    return distances


def largest_pure(distances: NDArray[np.float64], alpha: float) -> float:
    """Return δ* = max{δ : π(δ) ≥ α} for the distances to the nearest of another group; inf if all balls are pure.

    A row at distance δ is inside of the ball: δ* is the number just below one of the distances.
    """
    pure = int(np.ceil(alpha * len(distances) - 1e-9))
    bound = np.sort(distances)[len(distances) - max(1, pure)]
    return float(np.nextafter(bound, 0)) if np.isfinite(bound) else float("inf")
