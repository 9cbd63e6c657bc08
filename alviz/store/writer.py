"""The one writer of a run folder."""

from __future__ import annotations

import json
import os
import shutil
import sys
import uuid
import weakref
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import ConfigMismatch, InvalidInput, NotARun, RunnerBusy, StoreError
from alviz.pool import Pool
from alviz.record import Labels, Phase
from alviz.selection import Selection
from alviz.snapshot import Snapshot
from alviz.store import book
from alviz.store.files import committed, leftovers, no_room, read_json, write_array, write_json, write_weights
from alviz.store.lock import acquire
from alviz.store.run import SCHEMA, Run

if TYPE_CHECKING:
    from filelock import FileLock

KEEP = ("features", "probs", "head", "weights", "scores", "extra")

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
        if path.exists() and any(entry for entry in path.iterdir() if not entry.name.startswith(".")):
            raise NotARun(f"{path} exists and is not a run: give an empty folder or a new name.")
        told = None
        if parent is not None:
            relative = os.path.relpath(parent.path.resolve(), path.resolve())
            told = {"uid": parent.uid, "path": relative, "at": at, "shares_fit": shares_fit}
        header = {
            "schema": SCHEMA,
            "uid": uuid.uuid4().hex,
            "versions": _versions(),
            "threads": _threads(),
            "seed": seed,
            "config": dict(config),
            "initial": {"ids": initial.ids.tolist(), "labels": initial.values.tolist()},
            "pool": {
                "name": pool.name,
                "digest": pool.digest,
                "size": len(pool),
                "classes": list(pool.classes),
                "recipe": pool.recipe,
            },
            "parent": told,
        }
        with no_room(path):
            path.mkdir(parents=True, exist_ok=True)
        lock = _take(path)
        write_json(path / "run.json", header)
        # Read back: what is in memory is what a later process will see.
        return cls(Run(path, read_json(path / "run.json"), pool), lock)

    @classmethod
    def resume(cls, path: Path, pool: Pool | None = None) -> Store:
        """Take over a run folder and remove what a killed writer left half-written."""
        run = Run.open(path, pool)
        lock = _take(path)
        for leftover in leftovers(path):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        return cls(run, lock)

    def close(self) -> None:
        """Let go of the lock; nothing can be written afterwards."""
        self._lock.release()

    def _check_open(self) -> None:
        if not self._lock.is_locked:
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
    ) -> None:
        """Commit what a fit left behind."""
        self._check_open()
        with committed(self._stage(cycle, "fit")) as folder:
            arrays = _write_fit(folder, snapshot, weights)
            if cycle:
                _refer_unchanged(self.run, cycle, folder, arrays)
            write_json(folder / "fit.json", {**record, "phases": _plain(phases), "arrays": arrays})

    def commit_pick(
        self, cycle: int, selection: Selection, record: Mapping[str, Any], phases: Mapping[str, Phase]
    ) -> None:
        """Commit what a sampler picked."""
        self._check_open()
        numbers = {k: v for k, v in selection.extra.items() if isinstance(v, (int, float, str, bool))}
        with committed(self._stage(cycle, "pick")) as folder:
            arrays = {
                "selected": write_array(folder / "selected.npy", selection.ids),
                "scores": write_array(folder / "scores.npy", selection.scores),
            }
            for name, value in selection.extra.items():
                if name not in numbers:
                    arrays[f"extra_{name}"] = write_array(folder / f"extra_{name}.npy", np.asarray(value))
            write_json(folder / "record.json", {**record, "extra": numbers, "phases": _plain(phases), "arrays": arrays})

    def commit_labels(
        self, cycle: int, answers: Labels, record: Mapping[str, Any], phases: Mapping[str, Phase]
    ) -> None:
        """Write the answers to the label book, then commit them as those that close the cycle."""
        self._check_open()
        who = {"who": record["who"], "cycle": cycle, "sampler": record["sampler"], "run": self.run.uid}
        pairs = zip(answers.ids.tolist(), answers.values.tolist(), strict=True)
        book.append(self.run.root.path, [{"id": row, "label": label, **who} for row, label in pairs])
        with committed(self._stage(cycle, "labels")) as folder:
            arrays = {
                "ids": write_array(folder / "ids.npy", answers.ids),
                "labels": write_array(folder / "labels.npy", answers.values),
            }
            write_json(folder / "labels.json", {**record, "phases": _plain(phases), "arrays": arrays})

    def _stage(self, cycle: int, stage: str) -> Path:
        return self.run.path / "cycles" / f"{cycle:04d}" / stage

    # -- what is kept ---------------------------------------------------------------------------

    def drop(self, cycle: int) -> None:
        """Remove the arrays of this run's own cycle that ``keep=`` does not name; called once the next fit stands."""
        referred = self.run.stage(cycle + 1, "fit")["arrays"]
        for stage in ("fit", "pick"):
            if self.run.owner(cycle, stage) is not self.run:
                continue
            for name, told in self.run.stage(cycle, stage)["arrays"].items():
                kind = "extra" if name.startswith("extra_") else name
                if "at" in told or self.run.keeps(kind) or (stage == "fit" and "at" in referred.get(name, {})):
                    continue
                (self._stage(cycle, stage) / told["file"]).unlink(missing_ok=True)

    def put_back(self, cycle: int, snapshot: Snapshot, weights: Mapping[str, NDArray[Any]]) -> bool:
        """Write again the dropped arrays of a cycle's fit; return whether they equal the recorded ones bit by bit."""
        self._check_open()
        record = self.run.stage(cycle, "fit")
        stage = self._stage(cycle, "fit")
        equal = True
        temporary = stage.with_name(".restored.tmp")
        shutil.rmtree(temporary, ignore_errors=True)
        with no_room(stage):
            temporary.mkdir()
            arrays = _write_fit(temporary, snapshot, weights)
        for name, told in arrays.items():
            recorded = record["arrays"][name]
            if "at" in recorded:
                continue
            equal &= told["sha256"] == recorded["sha256"]
            (temporary / told["file"]).replace(stage / told["file"])
            record["arrays"][name] = told
        shutil.rmtree(temporary)
        if not equal:
            write_json(stage / "fit.json", record)
        return equal


def _write_fit(folder: Path, snapshot: Snapshot, weights: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, Any]]:
    """Write a fit's arrays; features in half precision where that loses next to nothing."""
    arrays: dict[str, dict[str, Any]] = {}
    if snapshot.features is not None:
        arrays["features"] = write_array(folder / "features.npy", compact(snapshot.features))
    if snapshot.probs is not None:
        arrays["probs"] = write_array(folder / "probs.npy", snapshot.probs)
    if snapshot.head is not None:
        arrays["head_weight"] = write_array(folder / "head_weight.npy", snapshot.head.weight)
        arrays["head_bias"] = write_array(folder / "head_bias.npy", snapshot.head.bias)
    if weights:
        arrays["weights"] = write_weights(folder / "weights.safetensors", weights)
    return arrays


def compact(features: NDArray[np.float32]) -> NDArray[np.floating]:
    """Return the features as float16 if no row changes by more than 0.1 % of its length, else as they are."""
    largest = np.abs(features).max(initial=0)
    if largest > np.finfo(np.float16).max:
        return features
    half = features.astype(np.float16)
    change = np.linalg.norm(features - half.astype(np.float32), axis=1)
    return half if bool((change <= 1e-3 * np.linalg.norm(features, axis=1)).all()) else features


def _refer_unchanged(run: Run, cycle: int, folder: Path, arrays: dict[str, dict[str, Any]]) -> None:
    """Keep features that equal those of the cycle before only once: refer to where they stand."""
    before = run.stage(cycle - 1, "fit")["arrays"].get("features")
    new = arrays.get("features")
    if before is None or new is None:
        return
    at = before.get("at", cycle - 1)
    if new["sha256"] == run.stage(at, "fit")["arrays"]["features"]["sha256"]:
        (folder / new["file"]).unlink()
        arrays["features"] = {"at": at}


def open_or_create(path: Path, pool: Pool, seed: int, config: Mapping[str, Any]) -> Store | None:
    """Return the writer of the run at `path` if there is one and its configuration is this one; None if there is none.

    Raises
    ------
    ConfigMismatch
        Showing what differs.
    """
    if not (path / "run.json").is_file():
        return None
    run = Run.open(path)
    run.check_pool(pool)
    wanted = json.loads(json.dumps({"seed": seed, **config}))
    there = {"seed": run.seed, **run.config}
    differ = [
        f"{key}: {there.get(key)!r} there, {wanted.get(key)!r} given" for key in wanted if wanted[key] != there.get(key)
    ]
    if differ:
        raise ConfigMismatch(
            f"{path} holds a run that was started with another configuration ({'; '.join(differ)}). "
            "Give another path, or CycleRunner.resume(path) to go on with that run."
        )
    return Store.resume(path, pool)


def _take(path: Path) -> FileLock:
    """Return the lock of `path`, taken over from an idle writer of this same process."""
    holder = _WRITERS.get(path.resolve())
    if holder is not None:
        phase = holder.busy()
        if phase is not None:
            raise RunnerBusy(f"{path} is in its {phase} phase in another runner of this process: wait or stop it.")
        holder.close()
    return acquire(path)


def _plain(phases: Mapping[str, Phase]) -> dict[str, dict[str, Any]]:
    return {name: asdict(phase) for name, phase in phases.items()}


def _versions() -> dict[str, str | None]:
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


def check_keep(keep: tuple[str, ...]) -> tuple[str, ...]:
    """Return `keep` if it names arrays that there are."""
    unknown = [name for name in keep if name not in KEEP]
    if unknown:
        raise InvalidInput(f"keep names {unknown}, expected some of {list(KEEP)}.")
    return tuple(keep)
