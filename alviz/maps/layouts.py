"""Layouts of a run's cycles: each from the one before, computed once, kept beside the run."""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.errors import AlvizWarning, InvalidInput
from alviz.maps import cache
from alviz.maps.aligned import align
from alviz.maps.base import BASE_SIZE, base_sample, place
from alviz.maps.method import MapMethod, Progress, Xy, silent
from alviz.maps.pca import pca
from alviz.maps.quality import trustworthiness
from alviz.maps.table import registry
from alviz.seeding import stream


class Recorded(Protocol):
    """What a layout asks of a run; `alviz.Run` has it, and so has anything else that records cycles."""

    @property
    def seed(self) -> int:
        """The run's seed."""

    @property
    def size(self) -> int:
        """Number of examples in the pool."""

    def maps_path(self, cycle: int) -> Path:
        """Return the folder for the maps of a cycle; a fork shares its parent's for the cycles they share."""

    def snapshot(self, cycle: int) -> Any:
        """Return what the fit of a cycle left behind: `features`."""

    def record(self, cycle: int) -> Any:
        """Return the record of a cycle: `learner`."""

    def labeled(self, cycle: int) -> Any:
        """Return what the fit of a cycle learned from: `ids`."""

    def selection(self, cycle: int) -> Any:
        """Return the picks of a cycle, `ids`, or None."""


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
    """

    ids: NDArray[np.int64]
    xy: Xy
    method: str
    title: str
    cycle: int
    features: str
    trustworthiness: float | None

    def rows(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Return where in `xy` the given pool rows stand; those that are not on the map are left out."""
        wanted = np.asarray(ids, dtype=np.int64)
        rows = np.searchsorted(self.ids, wanted).clip(max=len(self.ids) - 1)
        found: NDArray[np.int64] = rows[self.ids[rows] == wanted]
        return found


class Layouts:
    """Computes layouts and remembers them: in the run's folder, or in memory where that cannot be written.

    Parameters
    ----------
    base_size : int
        Points of the base sample; all others are placed among them.
    """

    def __init__(self, base_size: int = BASE_SIZE) -> None:
        self._base_size = base_size
        self._memory: dict[Path, tuple[Xy, float | None]] = {}
        self._warned = False

    def of(
        self,
        run: Recorded,
        cycle: int,
        method: str | MapMethod = "tsne",
        extra: ArrayLike = (),
        progress: Progress = silent,
    ) -> Layout:
        """Return the layout of a cycle: the base sample, every labeled or picked point, and `extra`.

        The layouts of earlier cycles that it starts from are computed first where they are missing.

        Parameters
        ----------
        run : Run
        cycle : int
        method : str or MapMethod
            A name (``alviz.maps.names()``), or an instance with parameters of one's own.
        extra : array_like of int
            Further pool rows to place, such as the picks of a preview.
        progress : callable
            Called with (done, total); what it raises ends the work, and finished cycles stay finished.
        """
        method = registry.make(method)
        features = _features(run, cycle)
        base = base_sample(len(features), self._base_size)
        xy, trust = self._base_layout(run, cycle, method, progress)
        picks = run.selection(cycle)
        seen = [run.labeled(cycle).ids, np.asarray(extra, dtype=np.int64)]
        seen += [] if picks is None else [picks.ids]
        others = np.setdiff1d(np.concatenate(seen), base)
        ids = np.concatenate([base, others])
        if others.size:
            xy = np.concatenate([xy, place(features[others], features[base], xy)])
        order = np.argsort(ids)
        words = f"{run.record(cycle).learner['name']}, {features.shape[1]}-d"
        return Layout(ids[order], xy[order], method.name, method.title, cycle, words, trust)

    def ready(self, run: Recorded, cycle: int, method: str | MapMethod) -> bool:
        """Whether the layout of a cycle is there, but for the points beside the base."""
        return self._recall(self._path(run, cycle, registry.make(method))) is not None

    def whole(self, run: Recorded) -> bool:
        """Whether the base is the whole pool, so that no point has to be placed beside it."""
        return run.size <= self._base_size

    def _base_layout(self, run: Recorded, cycle: int, method: MapMethod, progress: Progress) -> tuple[Xy, float | None]:
        """Return coordinates and trustworthiness of the base, computing the chain of cycles that lacks."""
        first = cycle
        while (found := self._recall(self._path(run, first, method))) is None and first > 0:
            first -= 1
        missing = range(first if found is None else first + 1, cycle + 1)
        for done, k in enumerate(missing):
            before = None if found is None else found[0]
            found = self._compute(run, k, method, before, _part(progress, done, len(missing)))
            self._keep(self._path(run, k, method), *found)
        if found is None:
            raise InvalidInput(f"Cycle {cycle} does not exist: cycles are counted from 0.")
        return found

    def _compute(
        self, run: Recorded, cycle: int, method: MapMethod, before: Xy | None, progress: Progress
    ) -> tuple[Xy, float | None]:
        every = _features(run, cycle)
        features = np.ascontiguousarray(every[base_sample(len(every), self._base_size)])
        seed = int(stream(run.seed, cycle, "map").integers(2**31))
        xy = method.layout(features, seed=seed, start=before, progress=progress)
        # Which way round a map lies says nothing: the first of a run lies wide, later ones lie like it.
        xy = pca(xy) if before is None else align(xy, before)
        return xy, trustworthiness(features, xy)

    def _path(self, run: Recorded, cycle: int, method: MapMethod) -> Path:
        """Name the cached layout by all that it depends on beside the fits, which never change."""
        depends = {"base": self._base_size, **method.config()}
        key = hashlib.sha256(json.dumps(depends).encode()).hexdigest()[:8]
        return run.maps_path(cycle) / f"{method.name}-{cycle:04d}-{key}"

    def _recall(self, path: Path) -> tuple[Xy, float | None] | None:
        return self._memory.get(path) or cache.read(path)

    def _keep(self, path: Path, xy: Xy, trust: float | None) -> None:
        try:
            cache.write(path, xy, trust)
        except OSError as error:
            self._memory[path] = (xy, trust)
            if not self._warned:
                self._warned = True
                warnings.warn(
                    f"Maps cannot be kept in {path.parent} ({error.strerror or error}): "
                    "they stay in memory and are computed again next time.",
                    AlvizWarning,
                    stacklevel=2,
                )


def _features(run: Recorded, cycle: int) -> NDArray[np.float32]:
    features: NDArray[np.float32] | None = run.snapshot(cycle).features
    if features is None:
        raise InvalidInput(
            f"Cycle {cycle} holds no features to lay out: its learner gives none, or the run was told not to keep them."
        )
    return features


def _part(progress: Progress, index: int, parts: int) -> Progress:
    """Return a progress callback for part `index` of `parts`, all of the same length."""

    def report(done: int, total: int) -> None:
        progress(index * total + done, parts * total)

    return report
