"""Layouts of a run's cycles: each from the one before, computed once, kept beside the run."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.errors import InvalidInput
from alviz.maps.aligned import align
from alviz.maps.base import BASE_SIZE, base_sample, place
from alviz.maps.cache import Cache, Kept
from alviz.maps.layout import Layout
from alviz.maps.method import MapMethod, Progress, Xy, silent
from alviz.maps.pca import pca
from alviz.maps.quality import movement, trustworthiness
from alviz.maps.recorded import Recorded
from alviz.maps.table import registry
from alviz.seeding import stream

Before = tuple[int, Kept]
"""A cycle and its map, from which another cycle's map starts."""


class Layouts:
    """Computes layouts and remembers them: in the run's folder, or in memory where that cannot be written.

    Parameters
    ----------
    base_size : int
        Points of the base sample; all others are placed among them.

    Attributes
    ----------
    base_size : int
    """

    def __init__(self, base_size: int = BASE_SIZE) -> None:
        self.base_size = base_size
        self._cache = Cache()

    def of(
        self,
        run: Recorded,
        cycle: int,
        method: str | MapMethod = "tsne",
        extra: ArrayLike = (),
        progress: Progress = silent,
    ) -> Layout:
        """Return the layout of a cycle: the base sample, every labeled or picked point, and `extra`.

        The layouts of earlier cycles that it starts from are computed first where they are missing; cycles that
        hold no features are passed over.

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

        Raises
        ------
        InvalidInput
            If the cycle holds no features, and no map of it was kept.
        """
        method = registry.make(method)
        base = self._base(run)
        kept = self._base_layout(run, cycle, method, progress)
        xy = kept.xy
        picks = run.selection(cycle)
        seen = [run.labeled(cycle).ids, np.asarray(extra, dtype=np.int64)]
        seen += [] if picks is None else [picks.ids]
        others = np.setdiff1d(np.concatenate(seen), base)
        ids = np.concatenate([base, others])
        if others.size:
            features = _features(run, cycle)
            xy = np.concatenate([xy, place(features[others], features[base], xy)])
        order = np.argsort(ids)
        there = run.snapshot(cycle).features  # a map may outlive them
        words = str(run.record(cycle).learner["name"]) + ("" if there is None else f", {there.shape[1]}-d")
        trust, moved = kept.trustworthiness, kept.moved if method.chained else None
        return Layout(ids[order], xy[order], method.name, method.title, cycle, words, trust, moved)

    def seed_movement(
        self, run: Recorded, cycle: int, method: str | MapMethod = "tsne", progress: Progress = silent
    ) -> float | None:
        """Return how far points would lie from where they lie if only the seed of this map had been another.

        It says how much of `Layout.moved` is chance. A second map is computed from the same start, once.

        Returns
        -------
        float or None
            In units of the map's radius, like `Layout.moved`; None for a map without extent.
        """
        method = registry.make(method)
        path = self._path(run, cycle, method)
        path = path.with_name(f"{path.name}-seed")
        found = self._recall(path, run)
        if found is None:
            chain = len(self._missing(run, cycle, method)[0])
            here = self._base_layout(run, cycle, method, _part(progress, 0, chain, chain + 1))
            before = self._before(run, cycle, method)
            xy = self._laid_out(run, cycle, method, before, 1, _part(progress, chain, 1, chain + 1))
            xy = align(xy, here.xy)
            found = self._cache.keep(path, Kept(xy, None, movement(xy, here.xy)))
        return found.moved

    def ready(self, run: Recorded, cycle: int, method: str | MapMethod) -> bool:
        """Whether the layout of a cycle is there, but for the points beside the base."""
        return self._recall(self._path(run, cycle, registry.make(method)), run) is not None

    def whole(self, run: Recorded) -> bool:
        """Whether the base is the whole pool, so that no point has to be placed beside it."""
        return run.size <= self.base_size

    def _base_layout(self, run: Recorded, cycle: int, method: MapMethod, progress: Progress) -> Kept:
        """Return the map of the base, computing the chain of cycles that lacks."""
        missing, before = self._missing(run, cycle, method)
        for done, k in enumerate(missing):
            path = self._path(run, k, method)
            # Another process may be at the same chain: what it has finished meanwhile need not be done twice.
            found = self._recall(path, run)
            if found is None:
                found = self._cache.keep(
                    path, self._next(run, k, method, before, _part(progress, done, 1, len(missing)))
                )
            before = k, found
        if before is None:
            raise InvalidInput(f"Cycle {cycle} does not exist: cycles are counted from 0.")
        return before[1]

    def _next(self, run: Recorded, cycle: int, method: MapMethod, before: Before | None, progress: Progress) -> Kept:
        """Return the map of a cycle, laid out from the one before."""
        xy = self._laid_out(run, cycle, method, before, 0, progress)
        if before is None:
            return Kept(xy, trustworthiness(self._features(run, cycle), xy))
        if xy is before[1].xy:
            return before[1]._replace(moved=0.0)
        return Kept(xy, trustworthiness(self._features(run, cycle), xy), movement(xy, before[1].xy))

    def _missing(self, run: Recorded, cycle: int, method: MapMethod) -> tuple[list[int], Before | None]:
        """Return the cycles to lay out, in order, and what the first of them starts from.

        Where nothing is missing, that is the cycle itself.
        """
        found = self._recall(self._path(run, cycle, method), run)
        if found is not None or cycle < 0:
            return [], None if found is None else (cycle, found)
        missing = [cycle]
        for k in range(cycle - 1, -1, -1) if method.chained else range(cycle):
            found = self._recall(self._path(run, k, method), run)
            if found is not None:
                return missing, (k, found)
            if run.snapshot(k).features is not None:
                missing.insert(0, k)
                if not method.chained:
                    break
        return missing, None

    def _before(self, run: Recorded, cycle: int, method: MapMethod) -> Before | None:
        """Return what the map of a cycle that is laid out started from."""
        for k in range(cycle - 1, -1, -1) if method.chained else range(cycle):
            found = self._recall(self._path(run, k, method), run)
            if found is not None:
                return k, found
        return None

    def _laid_out(
        self, run: Recorded, cycle: int, method: MapMethod, before: Before | None, draw: int, progress: Progress
    ) -> Xy:
        """Return a map of the base, laid onto the one before; `draw` says which of the cycle's seeds is taken."""
        features = self._features(run, cycle)
        seed = int(stream(run.seed, cycle, "map").integers(2**31, size=draw + 1)[draw])
        start = None if before is None else before[1].xy
        if before is not None and _equal(features, run.snapshot(before[0]).features, self._base(run)):
            progress(1, 1)
            return before[1].xy  # of frozen features: where nothing changed, nothing moves
        xy = method.layout(features, seed=seed, start=start, progress=progress)
        # Which way round a map lies says nothing: the first of a run lies wide, later ones lie like it.
        return pca(xy) if start is None else align(xy, start)

    def _base(self, run: Recorded) -> NDArray[np.int64]:
        return base_sample(run.size, self.base_size)

    def _features(self, run: Recorded, cycle: int) -> NDArray[np.float32]:
        return np.ascontiguousarray(_features(run, cycle)[self._base(run)])

    def _path(self, run: Recorded, cycle: int, method: MapMethod) -> Path:
        """Name the cached layout by all that it depends on beside the fits, which never change."""
        depends = {"base": self.base_size, **method.config()}
        key = hashlib.sha256(json.dumps(depends).encode()).hexdigest()[:8]
        return run.maps_path(cycle) / f"{method.name}-{cycle:04d}-{key}"

    def _recall(self, path: Path, run: Recorded) -> Kept | None:
        return self._cache.recall(path, min(run.size, self.base_size))


def _features(run: Recorded, cycle: int) -> NDArray[np.float32]:
    features: NDArray[np.float32] | None = run.snapshot(cycle).features
    if features is None:
        raise InvalidInput(
            f"Cycle {cycle} holds no features to lay out: its learner gives none, or the run was told not to keep them."
        )
    return features


def _equal(features: NDArray[np.float32], every: NDArray[np.float32] | None, base: NDArray[np.int64]) -> bool:
    """Whether the features of the base are those of another cycle."""
    return every is not None and features.shape[1:] == every.shape[1:] and np.array_equal(features, every[base])


def _part(progress: Progress, start: int, length: int, parts: int) -> Progress:
    """Return a progress callback for `length` parts from `start` on, of `parts` that are all as long."""

    def report(done: int, total: int) -> None:
        progress(start * total + length * done, parts * total)

    return report
