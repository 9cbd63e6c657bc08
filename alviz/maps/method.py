"""What a map method is: parameters, a title, and the way from features to the plane."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.part import Part

Progress = Callable[[int, int], None]
"""``progress(done, total)``: says how far the work is; raises `Stopped` when it was asked to stop."""

Xy = NDArray[np.float32]

FEWEST = 6
"""Points below which there are no neighborhoods to keep: principal components lay them out."""


def silent(done: int, total: int) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class MapMethod(Part):
    """Base of all map methods: a frozen dataclass of parameters without memory between layouts.

    A layout is kept under ``config()``: equal configs lay equal features out alike.

    Attributes
    ----------
    title : str
        What people call it ("t-SNE").
    chained : bool
        Whether the map of a cycle starts from the one of the cycle before, which then is laid out first. Where
        not, every cycle is laid out by itself and laid onto the first cycle that has features.
    """

    title: ClassVar[str]
    chained: ClassVar[bool] = True

    @abstractmethod
    def layout(
        self, features: NDArray[np.float32], *, seed: int, start: Xy | None = None, progress: Progress = silent
    ) -> Xy:
        """Return where the points lie, float32 (n, 2), finite; any n from 1 on, equal points included.

        Parameters
        ----------
        features : ndarray of float32, (n, d)
        seed : int
            The only source of randomness.
        start : ndarray of float32, (n, 2), optional
            The layout of the cycle before: points are to stay near it. It is not written to.
        progress : callable
            Called with (done, total), at least once; what it raises ends the work and propagates.
        """
