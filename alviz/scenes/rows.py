"""The points of a map: which pool rows they are, in an order that only grows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.maps import Layout


class Rows:
    """Point i of a map is pool row ``ids[i]``; new points come last, so that what was drawn stays right.

    Parameters
    ----------
    base : array_like of int
        The base sample of the pool.
    size : int
        Number of examples in the pool.
    """

    def __init__(self, base: ArrayLike, size: int) -> None:
        self.ids: NDArray[np.int64] = np.asarray(base, dtype=np.int64)
        self._point = np.full(size, -1, dtype=np.int32)
        self._point[self.ids] = np.arange(len(self.ids))

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Append the pool rows that are not there yet, and return them."""
        wanted = np.unique(np.asarray(ids, dtype=np.int64))
        new: NDArray[np.int64] = wanted[self._point[wanted] < 0]
        self._point[new] = np.arange(len(self.ids), len(self.ids) + len(new))
        self.ids = np.concatenate([self.ids, new])
        return new

    def place(self, layout: Layout) -> NDArray[np.float32]:
        """Return the coordinates (len(self), 2) of the points on a layout, NaN for those that are not on it."""
        if np.array_equal(layout.ids, self.ids):
            return layout.xy
        xy = np.full((len(self.ids), 2), np.nan, dtype=np.float32)
        points = self._point[layout.ids]
        there = points >= 0
        xy[points[there]] = layout.xy[there]
        return xy
