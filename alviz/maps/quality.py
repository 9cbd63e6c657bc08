"""How far a map can be trusted, and how far its points moved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def trustworthiness(
    features: NDArray[np.float32], xy: NDArray[np.float32], k: int = 12, sample: int = 2_000, seed: int = 0
) -> float | None:
    """Return how far neighbors on the map are neighbors in feature space (cosine), 0..1.

    Parameters
    ----------
    features : ndarray of float32, (n, d)
    xy : ndarray of float32, (n, 2)
    k : int
        Size of a neighborhood; smaller when there are too few points.
    sample : int
        At most so many points, drawn by `seed`, are looked at: the cost is quadratic.

    Returns
    -------
    float or None
        None for fewer than five points, which have no neighborhoods to keep.

    References
    ----------
    J. Venna and S. Kaski, "Neighborhood preservation in nonlinear projection methods", ICANN (2001).
    """
    from sklearn.manifold import trustworthiness as measure

    n = len(features)
    if n < 5:
        return None
    if n > sample:
        rows = np.random.default_rng([seed, n]).choice(n, sample, replace=False)
        features, xy, n = features[rows], xy[rows], sample
    # sklearn wants fewer neighbors than half of the points.
    neighbors = min(k, (n - 1) // 2)
    return float(measure(features, xy, n_neighbors=neighbors, metric="cosine"))


def movement(xy: NDArray[np.float32], before: NDArray[np.float32]) -> float | None:
    """Return how far points lie from where they lay before, in units of the map's own radius.

    The root mean squared way of a point, divided by the root mean squared distance from the map's center:
    0 where nothing moved, about 1.4 where a map of the same size has nothing to do with the one before.

    Parameters
    ----------
    xy, before : ndarray of float32, (n, 2)
        Row i of both is the same point; maps that lie another way round are aligned first (`align`).

    Returns
    -------
    float or None
        None for a map without extent: no points, or points that all coincide.
    """
    if not len(xy):
        return None
    now = xy.astype(np.float64)
    radius = np.sqrt(((now - now.mean(axis=0)) ** 2).sum(axis=1).mean())
    way = np.sqrt(((now - before) ** 2).sum(axis=1).mean())
    return float(way / radius) if radius > 0 else None
