"""What there is to show of one cycle, read from disk once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import PoolMissing
from alviz.figures import Coloring, Theme, ranks
from alviz.maps import Layout
from alviz.pool import Pool
from alviz.record import CycleRecord, Labels
from alviz.selection import Selection
from alviz.views.branch import Branch

COLORINGS = ("class", "prediction", "score", "uncertainty")


@dataclass(frozen=True, eq=False)
class Scene:
    """One fitted cycle of one branch.

    Attributes
    ----------
    branch : Branch
    cycle : int
    record : CycleRecord
    labels : Labels
        What the fit learned from.
    probs : ndarray of float32, (n, C), or None
        None where the learner gives none or the run was told not to keep them.
    pool : Pool or None
        None where the run was recorded without a recipe and opened without its pool.
    """

    branch: Branch
    cycle: int
    record: CycleRecord
    labels: Labels
    probs: NDArray[np.float32] | None
    pool: Pool | None

    @classmethod
    def read(cls, branch: Branch, cycle: int) -> Scene:
        """Read a fitted cycle."""
        run = branch.run
        try:
            pool = run.pool
        except PoolMissing:
            pool = None
        probs = run.array(cycle, "fit", "probs") if run.has(cycle, "fit", "probs") else None
        return cls(branch, cycle, run.record(cycle), run.labeled(cycle), probs, pool)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names."""
        return self.branch.run.classes

    @property
    def size(self) -> int:
        """Number of examples in the pool."""
        return self.branch.run.size

    def row_name(self, id: int) -> str | None:
        """Return what the data's owner calls a row, or None."""
        names = None if self.pool is None else self.pool.row_names
        return None if names is None else str(names[id])

    @property
    def accuracy(self) -> float | None:
        """Test accuracy, 0..1; None without a test split."""
        return self.record.metrics.get("accuracy")

    @cached_property
    def truth(self) -> NDArray[np.int64]:
        """The class (n,) of every example where it is known, by the pool or a label; else -1."""
        known = np.full(self.size, -1, dtype=np.int64)
        if self.pool is not None:
            known[:] = self.pool.y
        unknown = known[self.labels.ids] < 0
        known[self.labels.ids[unknown]] = self.labels.values[unknown]
        return known

    @cached_property
    def prediction(self) -> NDArray[np.int64]:
        """The predicted class (n,), -1 without probabilities."""
        if self.probs is None:
            return np.full(self.size, -1, dtype=np.int64)
        return np.asarray(self.probs.argmax(axis=1), dtype=np.int64)

    @cached_property
    def uncertainty(self) -> NDArray[np.float32]:
        """The entropy (n,) of the prediction as a share of the largest possible, -1 without probabilities."""
        if self.probs is None:
            return np.full(self.size, -1, dtype=np.float32)
        p = np.asarray(self.probs)
        entropy = -(p * np.log(np.maximum(p, 1e-12))).sum(axis=1) / np.log(p.shape[1])
        return entropy.clip(0, 1).astype(np.float32)

    def labeled_mask(self) -> NDArray[np.bool_]:
        """Return the mask (n,) of what the fit learned from."""
        mask = np.zeros(self.size, dtype=bool)
        mask[self.labels.ids] = True
        return mask


@dataclass(frozen=True, eq=False)
class Picks:
    """What a sampler picks at a cycle.

    Attributes
    ----------
    selection : Selection
    sampler : dict
        The config that picked.
    preview : bool
        Whether it was only asked: nothing of it is on disk.
    """

    selection: Selection
    sampler: dict[str, Any]
    preview: bool

    @cached_property
    def ranks(self) -> NDArray[np.float32]:
        """The rank of each score as a share 0..1, -1 where there is none."""
        return ranks(self.selection.scores)


@dataclass(frozen=True, eq=False)
class Frame:
    """What the map shows together: one notification, one drawing.

    Attributes
    ----------
    scene : Scene or None
        None while nothing is fitted.
    picks : Picks or None
        None while a preview is computed, or when nothing is left to pick.
    layout : Layout or None
        May be of an earlier cycle or another method while the right one is computed.
    """

    scene: Scene | None = None
    picks: Picks | None = None
    layout: Layout | None = None


def color(scene: Scene, picks: Picks | None, kind: str, ids: NDArray[np.int64], theme: Theme) -> Coloring:
    """Return the colors of pool rows `ids` by one of `COLORINGS`."""
    if kind == "prediction":
        return Coloring.of_classes(scene.prediction[ids], len(scene.classes))
    if kind == "uncertainty":
        return Coloring.of_shares(scene.uncertainty[ids], theme)
    if kind == "score":
        shares = np.full(scene.size, -1, np.float32) if picks is None else picks.ranks
        return Coloring.of_shares(shares[ids], theme)
    return Coloring.of_classes(scene.truth[ids], len(scene.classes))
