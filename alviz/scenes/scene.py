"""What there is to show of one cycle, read from disk once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import PoolMissing
from alviz.pool import Pool
from alviz.record import CycleRecord, Labels
from alviz.selection import Selection
from alviz.store import Run
from alviz.task import headline, metric


@dataclass(frozen=True, eq=False)
class Scene:
    """One fitted cycle of one run.

    Attributes
    ----------
    run : Run
    cycle : int
    record : CycleRecord
    labels : Labels
        What the fit learned from.
    probs : ndarray of float32, (n, C), or None
        None where the learner gives none or the run was told not to keep them.
    pool : Pool or None
        None where the run was recorded without a recipe and opened without its pool.
    """

    run: Run
    cycle: int
    record: CycleRecord
    labels: Labels
    probs: NDArray[np.float32] | None
    pool: Pool | None

    @classmethod
    def read(cls, run: Run, cycle: int) -> Scene:
        """Read a fitted cycle."""
        try:
            pool = run.pool
        except PoolMissing:
            pool = None
        probs = run.array(cycle, "fit", "probs") if run.has(cycle, "fit", "probs") else None
        return cls(run, cycle, run.record(cycle), run.labeled(cycle), probs, pool)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names."""
        return self.run.classes

    @property
    def size(self) -> int:
        """Number of examples in the pool."""
        return self.run.size

    def row_name(self, id: int) -> str | None:
        """Return what the data's owner calls a row, or None."""
        names = None if self.pool is None else self.pool.row_names
        return None if names is None else str(names[id])

    @property
    def accuracy(self) -> float | None:
        """Test accuracy, 0..1; without a test split the cross-validated one; None where neither is known."""
        return self.record.metrics.get(headline(self.record.metrics))

    @property
    def tested(self) -> bool:
        """Whether `accuracy` is measured on a test split."""
        return metric(headline(self.record.metrics)).tested

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
    def acquired(self) -> NDArray[np.int64]:
        """When each example (n,) was labeled: 0 in the initial set, k + 1 by the answers of cycle k, else -1."""
        when = np.full(self.size, -1, dtype=np.int64)
        for k in reversed(range(self.cycle)):
            when[self.run.answers(k).ids] = k + 1
        when[self.run.initial.ids] = 0
        when[~self.labeled_mask()] = -1  # a label that was taken back
        return when

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
