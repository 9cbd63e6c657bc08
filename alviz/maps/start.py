"""Where an iterative map starts: from the map of the cycle before, else from principal components."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alviz.maps.method import Xy
from alviz.maps.pca import pca


def initial(
    features: NDArray[np.float32], start: Xy | None, rng: np.random.Generator, *, spread: float
) -> NDArray[np.float64]:
    """Return coordinates (n, 2) to start from; no two points coincide, which no gradient could part.

    Parameters
    ----------
    features : ndarray of float32, (n, d)
    start : ndarray of float32, (n, 2) or None
        The map of the cycle before, taken as it is.
    rng : Generator
        Of the jitter.
    spread : float
        Without a start: the standard deviation to which the first principal component is scaled.
    """
    if start is not None:
        xy, jitter = start.astype(np.float64), 1e-3
    else:
        components = pca(features).astype(np.float64)
        deviation = components[:, 0].std()
        xy, jitter = components * (spread / deviation if deviation > 0 else 0.0), 1e-2 * spread
    return xy + rng.normal(0.0, jitter, xy.shape)
