"""The one writer of a run folder."""

from __future__ import annotations

import json
import os
import shutil
import sys
import uuid
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alviz.book import Answer, now
from alviz.errors import ConfigMismatch, NotARun, RunnerBusy, StoreError
from alviz.pool import Pool
from alviz.record import Labels, Phase
from alviz.selection import Selection
from alviz.snapshot import Snapshot
from alviz.store import book
from alviz.store.arrays import drop, passed_through, put_back, refer_unchanged, standing, write_fit, write_pick
from alviz.store.files import committed, leftovers, no_room, write_array, write_json
from alviz.store.lock import acquire
from alviz.store.run import Run
from alviz.store.stages import SCHEMA, STAGES

if TYPE_CHECKING:
    from filelock import FileLock

# Writers of this process by folder: a notebook cell that runs again takes its own run over.
_WRITERS: weakref.WeakValueDictionary[Path, Store] = weakref.WeakValueDictionary()


class Store:
    """Commits the stages of one run. Made by `Store.create` or `Store.resume`; holds the writer's lock until closed.

    Attributes
    ----------
    run : Run
        The same folder, for reading.
    busy : callable
        Says the phase of the work in progress, or None; a busy writer is not taken over.
    """

    def __init__(self, run: Run, lock: FileLock) -> None:
        self.run = run
        self._lock = lock
        self.busy: Any = lambda: None
        _WRITERS[run.path.resolve()] = self
        weakref.finalize(self, lock.release)

    @classmethod
    def create(
        cls,
        path: Path,
        pool: Pool,
        seed: int,
        config: Mapping[str, Any],
        initial: Labels,
        parent: Run | None = None,
        at: int | None = None,
        shares_fit: bool = False,
    ) -> Store:
        """Start a run folder; `path` does not exist or is empty."""
        _check_empty(path)
        told = None
        if parent is not None:
            relative = os.path.relpath(parent.path.resolve(), path.resolve())
            told = {"uid": parent.uid, "path": relative, "at": at, "shares_fit": shares_fit}
        header = {
            "schema": SCHEMA,
            "uid": uuid.uuid4().hex,
            "versions": dict(versions()),
            "threads": _threads(),
            "seed": seed,
            "config": dict(config),
            "initial": {"ids": initial.ids.tolist(), "labels": initial.values.tolist()},
            "pool": told_of(pool),
            "parent": told,
        }
        made = not path.exists()
        with no_room(path):
            path.mkdir(parents=True, exist_ok=True)
        lock = take(path)
        # Another process may have started a run here, and ended, since the first look.
        _check_empty(path)
        try:
            for leftover in leftovers(path):
                leftover.unlink()
            write_json(path / "run.json", header)
        except BaseException:
            if made:
                shutil.rmtree(path, ignore_errors=True)
            raise
        # Read back: what is in memory is what a later process will see.
        return cls(Run.open(path, pool), lock)

    @classmethod
    def resume(cls, path: Path, pool: Pool | None = None) -> Store:
        """Take over a run folder and remove what a killed writer left half-written."""
        run = Run.open(path, pool)
        run.check_whole()
        lock = take(run.path)
        for leftover in (*leftovers(run.path), *unfinished_copies(run)):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        return cls(run, lock)

    @property
    def is_open(self) -> bool:
        """Whether this is still the writer of the folder."""
        return bool(self._lock.is_locked)

    def close(self) -> None:
        """Let go of the lock; nothing can be written afterwards."""
        self._lock.release()

    def check_open(self) -> None:
        """Refuse to go on when nothing can be written any more."""
        if not self.is_open:
            raise StoreError(
                f"This runner no longer writes {self.run.path}: it was closed, or a newer one took the run over."
            )

    # -- the three commits ----------------------------------------------------------------------

    def commit_fit(
        self,
        cycle: int,
        snapshot: Snapshot,
        weights: Mapping[str, NDArray[Any]],
        record: Mapping[str, Any],
        phases: Mapping[str, Phase],
        folds: tuple[Labels, NDArray[np.float32]] | None = None,
    ) -> None:
        """Commit what a fit left behind; `folds` are labeled ids and their out-of-fold probabilities."""
        self.check_open()
        passed = passed_through(self.run, snapshot.features)
        features_at = standing(self.run, cycle) if passed else None
        with committed(self._stage(cycle, "fit")) as folder:
            arrays = write_fit(folder, snapshot, weights, features_at)
            if passed and features_at is None:
                arrays["features"]["passed"] = True
            elif cycle:
                refer_unchanged(self.run, cycle, folder, arrays)
            if folds is not None:
                arrays["folds_ids"] = write_array(folder / "folds_ids.npy", folds[0].ids)
                arrays["folds_probs"] = write_array(folder / "folds_probs.npy", folds[1])
            write_json(folder / "fit.json", {**record, "phases": _plain(phases), "arrays": arrays})

    def commit_pick(
        self, cycle: int, selection: Selection, record: Mapping[str, Any], phases: Mapping[str, Phase]
    ) -> None:
        """Commit what a sampler picked."""
        self.check_open()
        with committed(self._stage(cycle, "pick")) as folder:
            arrays, plain = write_pick(folder, selection)
            write_json(folder / "record.json", {**record, "extra": plain, "phases": _plain(phases), "arrays": arrays})

    def tell(self, cycle: int, answers: Labels, who: str) -> None:
        """Write answers to what was picked in a cycle to the label book."""
        self.check_open()
        sampler = self.run.stage(cycle, "pick")["sampler"]["name"]
        when, uid = now(), self.run.uid
        pairs = zip(answers.ids.tolist(), answers.values.tolist(), strict=True)
        self.run.book.append([Answer(row, label, who, when, uid, cycle, sampler) for row, label in pairs])

    def commit_labels(
        self, cycle: int, answers: Labels, record: Mapping[str, Any], phases: Mapping[str, Phase]
    ) -> None:
        """Commit answers that stand in the label book as those that close the cycle."""
        self.check_open()
        with committed(self._stage(cycle, "labels")) as folder:
            arrays = {
                "ids": write_array(folder / "ids.npy", answers.ids),
                "labels": write_array(folder / "labels.npy", answers.values),
            }
            write_json(folder / "labels.json", {**record, "when": now(), "phases": _plain(phases), "arrays": arrays})

    def _stage(self, cycle: int, stage: str) -> Path:
        return self.run.path / "cycles" / f"{cycle:04d}" / stage

    # -- what is kept ---------------------------------------------------------------------------

    def drop(self, cycle: int) -> None:
        """Remove the arrays of a cycle that ``keep=`` does not name; called once the next fit stands."""
        drop(self.run, cycle)

    def put_back_fit(self, cycle: int, snapshot: Snapshot, weights: Mapping[str, NDArray[Any]]) -> bool:
        """Write again the dropped arrays of a fit; return whether all equal the recorded ones bit by bit."""
        self.check_open()
        at = self.run.stage(cycle, "fit")["arrays"].get("features", {}).get("at")
        return put_back(self.run, cycle, "fit", lambda folder: write_fit(folder, snapshot, weights, at))

    def put_back_pick(self, cycle: int, selection: Selection) -> bool:
        """Write again the dropped arrays of a pick; return whether all equal the recorded ones bit by bit."""
        self.check_open()
        return put_back(self.run, cycle, "pick", lambda folder: write_pick(folder, selection)[0])


def resume_equal(
    path: Path, pool: Pool, seed: int, config: Mapping[str, Any], parent: Run | None = None, at: int | None = None
) -> Store | None:
    """Return the writer of the run at `path` if it was started just so; None if there is no run.

    Raises
    ------
    ConfigMismatch
        Showing what differs. The run there, and its writer, are left as they are.
    """
    if not (path / "run.json").is_file():
        return None
    run = Run.open(path)
    run.check_pool(pool)
    origin = None if parent is None else f"fork of {parent.name} ({parent.uid[:8]}) at {at}"
    there_origin = None if run.parent is None else f"fork of {run.parent.name} ({run.parent.uid[:8]}) at {run.at}"
    wanted = json.loads(json.dumps({"seed": seed, "origin": origin, **config}))
    # Runs from before it was a choice do without, whatever is asked now.
    there = {"cross_validate": wanted["cross_validate"], "seed": run.seed, "origin": there_origin, **run.config}
    differ = [
        f"{key}: {there.get(key)!r} there, {wanted.get(key)!r} given" for key in wanted if wanted[key] != there.get(key)
    ]
    if differ:
        raise ConfigMismatch(
            f"{path} holds a run that was started with another configuration ({'; '.join(differ)}). "
            "Give another path, or CycleRunner.resume(path) to go on with that run."
        )
    return Store.resume(path, pool)


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """Hold the writer's lock of `path` for a moment; an idle writer of this same process lends its own."""
    holder = _idle_writer(path)
    if holder is not None and holder.is_open:
        yield
        return
    lock = acquire(path)
    try:
        yield
    finally:
        lock.release()


def take(path: Path) -> FileLock:
    """Return the lock of `path`, taken over from an idle writer of this same process."""
    holder = _idle_writer(path)
    if holder is not None:
        holder.close()
    return acquire(path)


def _idle_writer(path: Path) -> Store | None:
    holder = _WRITERS.get(path.resolve())
    phase = holder.busy() if holder is not None and holder.is_open else None
    if phase is not None:
        raise RunnerBusy(f"{path} is in its {phase} phase in another runner of this process: wait or stop it.")
    return holder


def unfinished_copies(run: Run) -> Iterator[Path]:
    """Yield what a killed `Run.flatten` copied into a fork that still shares its parent's cycles."""
    if run.parent is None:
        return
    for cycle in range((run.at or 0) + 1):
        for stage in STAGES:
            copied = run.path / "cycles" / f"{cycle:04d}" / stage
            if copied.is_dir() and run.owner(cycle, stage) is not run:
                yield copied
    if (run.path / book.NAME).is_file():
        yield run.path / book.NAME


def _check_empty(path: Path) -> None:
    """Refuse a place for a new run that holds something else."""
    if path.exists() and (not path.is_dir() or any(not entry.name.startswith(".") for entry in path.iterdir())):
        raise NotARun(f"{path} exists and is not a run: give an empty folder or a new name.")


def _plain(phases: Mapping[str, Phase]) -> dict[str, dict[str, Any]]:
    return {name: asdict(phase) for name, phase in phases.items()}


def told_of(pool: Pool) -> dict[str, Any]:
    """Return what a record says of a pool: how to know it again, and how to load it."""
    return {
        "name": pool.name,
        "digest": pool.digest,
        "size": len(pool),
        "classes": list(pool.classes),
        "recipe": pool.recipe,
    }


@cache
def versions() -> Mapping[str, str | None]:
    """Return the versions that results depend on, by package; None for what is not installed."""
    found: dict[str, str | None] = {"python": sys.version.split()[0]}
    for package in ("alviz", "numpy", "scipy", "scikit-learn", "torch", "dgl", "faiss-cpu"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def _threads() -> int:
    if "torch" in sys.modules:
        return int(sys.modules["torch"].get_num_threads())
    return os.cpu_count() or 1
