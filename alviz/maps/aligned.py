"""Procrustes alignment: lay one map onto another without changing its shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def align(layout: NDArray[np.float32], reference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rotate, mirror and shift `layout` onto `reference`, and scale it to the same size.

    Row i of both is the same point. Among all turns the one is taken for which the sum of squared distances
    between the two is least. The scale that would make it least is smaller the less the two are alike: over
    ten cycles of a network that learns, maps would shrink to less than half. So sizes are made equal instead.

    Parameters
    ----------
    layout, reference : ndarray of float32, (n, 2)

    Returns
    -------
    ndarray of float32, (n, 2)

    References
    ----------
    P. H. Schönemann and R. M. Carroll, "Fitting one matrix to another under choice of a central dilation
    and a rigid motion", Psychometrika 35 (1970).
    """
    center = reference.mean(axis=0, dtype=np.float64)
    fixed = reference - center
    moving = layout - layout.mean(axis=0, dtype=np.float64)
    left, _, right = np.linalg.svd(moving.T @ fixed)
    spread = float((moving**2).sum())
    # Points that all coincide have no size to match.
    scale = np.sqrt(float((fixed**2).sum()) / spread) if spread > 0 else 1.0
    return np.asarray(scale * moving @ (left @ right) + center, dtype=np.float32)
