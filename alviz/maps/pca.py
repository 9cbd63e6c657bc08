"""Principal component analysis down to the plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.maps.method import MapMethod, Progress, Xy, silent


def pca(features: NDArray[np.float32]) -> Xy:
    """Return the first two principal components, float32 (n, 2), by falling variance.

    An axis and its negative explain the same variance; the one whose largest loading is positive is
    taken, so that the same data always lies the same way round. What has fewer than two dimensions is
    filled with zeros.

    Parameters
    ----------
    features : ndarray of float32, (n, d)
    """
    centered = features - features.mean(axis=0, dtype=np.float64)
    n, d = centered.shape
    if d <= n:
        _, _, rows = np.linalg.svd(centered.T @ centered, hermitian=True)
    else:
        _, _, rows = np.linalg.svd(centered, full_matrices=False)
    axes = np.zeros((2, d))
    axes[: min(2, len(rows))] = rows[:2]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    return np.asarray(centered @ np.where(largest < 0, -axes, axes).T, dtype=np.float32)


@dataclass(frozen=True)
class PCA(MapMethod):
    """Principal components: at once, and linear, so that only what varies most is seen."""

    name: ClassVar[str] = "pca"
    title: ClassVar[str] = "PCA"
    chained: ClassVar[bool] = False  # a first glance at any cycle must not wait for those before

    def layout(
        self, features: NDArray[np.float32], *, seed: int, start: Xy | None = None, progress: Progress = silent
    ) -> Xy:
        """Lay out by `pca`, which knows neither chance nor a start."""
        progress(0, 1)
        return pca(features)
