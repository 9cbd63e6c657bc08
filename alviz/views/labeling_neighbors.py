"""Who is nearest to an example among all that have a label now, whether a fit learned from it yet or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alviz.graphs.knn import unit_rows
from alviz.scenes import Scene
from alviz.views.neighbors import Space

# Numbers read at most: about 20 ms, so that the answer is there at once. Of more labels an even part is looked at.
_MOST_READ = 1 << 24


@dataclass(frozen=True, eq=False)
class Near:
    """The nearest labeled examples.

    Attributes
    ----------
    ids : ndarray of int64, (k,)
        Nearest first.
    cosines : ndarray of float32, (k,)
    """

    ids: NDArray[np.int64]
    cosines: NDArray[np.float32]


class Neighborhood:
    """Finds neighbors in the features of one cycle; rows are read once.

    Parameters
    ----------
    scene : Scene
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._readable = Space.readable(scene)
        self._ids = np.zeros(0, dtype=np.int64)
        self._rows = np.zeros((0, 0), dtype=np.float32)

    def nearest(self, id: int, labeled: NDArray[np.int64], k: int) -> Near | None:
        """Return the `k` of `labeled` (ascending ids) that are nearest, itself left out; None without features."""
        if not self._readable:
            return None
        self._read(labeled)
        there = np.isin(self._ids, labeled) & (self._ids != id)
        ids = self._ids[there]
        if not len(ids):
            return Near(ids, np.zeros(0, dtype=np.float32))
        cosines = self._rows[there] @ self._unit(np.array([id]))[0]
        best = np.argsort(-cosines, kind="stable")[:k]
        return Near(ids[best], cosines[best])

    def _read(self, labeled: NDArray[np.int64]) -> None:
        new = np.setdiff1d(labeled, self._ids, assume_unique=True)
        if not len(new):
            return
        rows = self._unit(new[:1])
        most = max(_MOST_READ // rows.shape[1], 1)
        if len(new) > most:
            new = new[np.linspace(0, len(new) - 1, most).astype(np.int64)]
        rows = self._unit(new)
        self._ids = np.concatenate([self._ids, new])
        self._rows = np.concatenate([self._rows, rows]) if self._rows.size else rows

    def _unit(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        features = self._scene.run.array(self._scene.cycle, "fit", "features")
        return unit_rows(features[ids].astype(np.float32))
