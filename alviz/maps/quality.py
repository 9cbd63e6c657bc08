"""How far a map can be trusted."""

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
