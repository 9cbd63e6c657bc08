"""A map of one cycle, as views and figures take it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.maps.method import Xy


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the points of one cycle lie, and how far that can be believed.

    Attributes
    ----------
    ids : ndarray of int64, (m,)
        Pool rows, ascending.
    xy : ndarray of float32, (m, 2)
    method : str
        The name of the map method.
    title : str
        What people call it.
    cycle : int
    features : str
        Which features are shown, in words.
    trustworthiness : float or None
        Of the base sample, 0..1; None where there are too few points to tell.
    moved : float or None
        How far the base sample moved from the cycle before, in units of the map's radius (`quality.movement`).
        None for the first map of a chain, and for a method whose cycles are laid out by themselves.
    """

    ids: NDArray[np.int64]
    xy: Xy
    method: str
    title: str
    cycle: int
    features: str
    trustworthiness: float | None
    moved: float | None = None

    def rows(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Return where in `xy` the given pool rows stand; those that are not on the map are left out."""
        wanted = np.asarray(ids, dtype=np.int64)
        rows = np.searchsorted(self.ids, wanted).clip(max=len(self.ids) - 1)
        found: NDArray[np.int64] = rows[self.ids[rows] == wanted]
        return found
