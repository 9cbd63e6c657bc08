"""Who is near whom at one cycle: the labeled examples that are nearest, and what an example stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alviz.graphs.knn import unit_rows
from alviz.maps.base import base_sample
from alviz.part import Report, silent
from alviz.scenes import Picks, Scene
from alviz.store import Run
from alviz.store.stages import POOL

# Similarities of so many rows to all centers are computed at once.
_ROWS = 1024


@dataclass(frozen=True, eq=False)
class Covered:
    """What an example stands for.

    Attributes
    ----------
    ids : ndarray of int64
        The unlabeled examples to which no other labeled or picked one is nearer, nearest first.
    total : int
        How many unlabeled examples there are in the base sample.
    """

    ids: NDArray[np.int64]
    total: int


@dataclass(frozen=True, eq=False)
class Space:
    """The features of one cycle on the unit sphere: what is labeled or picked, and the rest of the base sample.

    Attributes
    ----------
    run : Run
    cycle : int
    centers : ndarray of int64, (c,)
        Labeled and picked ids, ascending.
    labeled : ndarray of bool, (c,)
    around : ndarray of float32, (c, d)
        Unit rows.
    others : ndarray of int64, (m,)
        Unlabeled ids of the base sample that are not picked, ascending.
    rows : ndarray of float32, (m, d)
        Unit rows.
    owner : ndarray of int64, (m,)
        The position in `centers` of the nearest, the lowest id among equals; 0 where there is no center.
    cosine : ndarray of float32, (m,)
        Its cosine; -inf where there is no center.
    """

    run: Run
    cycle: int
    centers: NDArray[np.int64]
    labeled: NDArray[np.bool_]
    around: NDArray[np.float32]
    others: NDArray[np.int64]
    rows: NDArray[np.float32]
    owner: NDArray[np.int64]
    cosine: NDArray[np.float32]

    @staticmethod
    def readable(scene: Scene) -> bool:
        """Whether a cycle's features are there: on disk, or as the examples of a pool that is."""
        told = scene.run.stage(scene.cycle, "fit")["arrays"].get("features", {})
        if told.get("at") == POOL:
            return scene.pool is not None
        return scene.run.has(scene.cycle, "fit", "features")

    @classmethod
    def read(cls, scene: Scene, picks: Picks | None, base_size: int, report: Report = silent) -> Space:
        """Read the rows that matter, and find the nearest center of each of the others.

        The features must be `readable`. `report` hears of blocks of rows.
        """
        picked = np.zeros(0, dtype=np.int64) if picks is None else picks.selection.ids
        centers = np.unique(np.concatenate([scene.labels.ids, picked]))
        others = np.setdiff1d(base_sample(scene.size, base_size), centers, assume_unique=True)
        around, rows = (_unit(scene.run, scene.cycle, ids) for ids in (centers, others))
        owner = np.zeros(len(others), dtype=np.int64)
        cosine = np.full(len(others), -np.inf, dtype=np.float32)
        for start in range(0, len(others) if len(centers) else 0, _ROWS):
            report("neighbors", start, len(others))
            near = rows[start : start + _ROWS] @ around.T
            owner[start : start + _ROWS] = near.argmax(axis=1)
            cosine[start : start + _ROWS] = near.max(axis=1)
        labeled = np.isin(centers, scene.labels.ids)
        return cls(scene.run, scene.cycle, centers, labeled, around, others, rows, owner, cosine)

    def nearest_labeled(self, id: int, k: int = 3) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the `k` labeled examples nearest to one, itself left out, with their cosines, nearest first."""
        ids = self.centers[self.labeled & (self.centers != id)]
        cosines = self.around[self.labeled & (self.centers != id)] @ self._row(id)
        best = np.argsort(-cosines, kind="stable")[:k]
        return ids[best], cosines[best]

    def covered(self, id: int) -> Covered:
        """Return what an example stands for; one that is neither labeled nor picked, as if it were."""
        near = self.rows @ self._row(id)
        at = np.flatnonzero(self.centers == id)
        mine = self.owner == at[0] if len(at) else (near > self.cosine) & (self.others != id)
        found = np.flatnonzero(mine)
        return Covered(self.others[found[np.argsort(-near[found], kind="stable")]], len(self.others))

    def _row(self, id: int) -> NDArray[np.float32]:
        return np.asarray(_unit(self.run, self.cycle, np.array([id]))[0])


def _unit(run: Run, cycle: int, ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return unit rows (k, d) of a cycle's features, only these being read."""
    features = run.array(cycle, "fit", "features")
    return unit_rows(features[ids].astype(np.float32))
