"""The folders of a run: which stage of which cycle stands where, whole and unchanged.

A folder ``cycles/0003`` holds up to three stages, committed in this order: ``fit``, ``pick``, ``labels``.
A fork holds only what is its own; everything before stands in its parent's folder.
"""

from __future__ import annotations

import os
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from alviz.errors import ArrayDropped, DamagedFile, InvalidInput, NewerSchema, NotARun, StoreError
from alviz.pool import Pool
from alviz.store.files import read_json, sha256

SCHEMA = 1
STAGES = ("fit", "pick", "labels")
# Where features stand that a learner passes through: the examples of a pool that can be loaded again.
POOL = "pool"
# What a run that keeps all of its arrays names in its record. Whoever keeps these keeps predicted losses too, which
# may be named beside a few of them: records of runs are older than those losses, and equal configs do equal things.
ALL = ("features", "probs", "head", "weights", "scores", "extra")
RECORDS = {"fit": "fit.json", "pick": "record.json", "labels": "labels.json"}


class Stages:
    """The committed stages of a run and of those that it was forked from.

    Attributes
    ----------
    path : Path
    header : dict
        What ``run.json`` says.
    uid : str
    seed : int
    config : dict
        What the run was started with.
    at : int or None
        The cycle at which it was forked, None for a root run.
    """

    def __init__(self, path: Path, header: dict[str, Any], pool: Pool | None = None) -> None:
        self.path = path
        self.header = header
        self.uid: str = header["uid"]
        self.seed: int = header["seed"]
        self.config: dict[str, Any] = header["config"]
        self.at: int | None = header["parent"]["at"] if header["parent"] else None
        self._pool = pool
        self._verified: set[Path] = set()

    @classmethod
    def open(cls, path: str | PathLike[str], pool: Pool | None = None) -> Self:
        """Open a run folder for reading.

        Parameters
        ----------
        path : path
        pool : Pool, optional
            Needed only for images and new cycles, and only where the run's recipe cannot load it.

        Raises
        ------
        NotARun, NewerSchema, DamagedFile
            If the folder cannot be read.
        StoreError
            If the run is a fork and its parent is not where it was.
        ConfigMismatch
            If `pool` is not the pool of this run.
        """
        folder = Path(path).absolute()
        if not (folder / "run.json").is_file():
            what = "does not exist" if not folder.exists() else "holds no run.json"
            raise NotARun(f"{folder} is not a run: it {what}. A run folder is written by CycleRunner(..., path=...).")
        header = read_json(folder / "run.json")
        if header.get("schema", 0) > SCHEMA:
            raise NewerSchema(
                f"{folder} was written by a newer alviz (schema {header['schema']}; this one reads up to {SCHEMA}). "
                "Upgrade alviz to open it."
            )
        run = cls(folder, header, pool)
        run.parent  # noqa: B018  a fork without its parent is told here, not at the first look at a cycle
        return run

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.resolve().name

    # -- family ---------------------------------------------------------------------------------------

    @cached_property
    def parent(self) -> Self | None:
        """The run that this one was forked from."""
        told = self.header["parent"]
        if told is None:
            return None
        # Resolved first: the way there leads up from where the folder is, not from a link to it.
        path = Path(os.path.normpath(self.path.resolve() / told["path"]))
        try:
            parent = type(self).open(path)
        except NotARun as error:
            raise StoreError(
                f"{self.path} is a fork at cycle {told['at']} of the run at {path}, which is not there. Put that "
                "folder back beside it; Run.flatten() makes a fork independent while its parent still exists."
            ) from error
        if parent.uid != told["uid"]:
            raise StoreError(
                f"{self.path} is a fork of run {told['uid']}, but {path} holds run {parent.uid}. Put the parent back."
            )
        return parent

    @property
    def root(self) -> Self:
        """The run at the beginning of the family: it holds the label book."""
        return self if self.parent is None else self.parent.root

    def owner(self, cycle: int, stage: str = "fit") -> Self:
        """Return the run whose own folder holds that stage of that cycle."""
        if self.parent is None or self.at is None or cycle > self.at:
            return self
        if cycle < self.at or (stage == "fit" and self.header["parent"]["shares_fit"]):
            return self.parent.owner(cycle, stage)
        return self

    def folder(self, cycle: int, stage: str) -> Path:
        """Return where that stage of that cycle stands, or would stand."""
        return self.owner(cycle, stage).path / "cycles" / f"{cycle:04d}" / stage

    # -- how far it is --------------------------------------------------------------------------------

    def _count(self, stage: str) -> int:
        cycle = 0
        while self.folder(cycle, stage).is_dir():
            cycle += 1
        return cycle

    @property
    def fitted(self) -> int:
        """Cycles 0..fitted-1 have a fit."""
        return self._count("fit")

    @property
    def picked(self) -> int:
        """Cycles 0..picked-1 have a pick."""
        return self._count("pick")

    @property
    def closed(self) -> int:
        """Cycles 0..closed-1 are labeled."""
        return self._count("labels")

    def check_whole(self) -> None:
        """Refuse a run that lacks a stage although a later one is there.

        Raises
        ------
        DamagedFile
            Naming the first folder that is missing.
        """
        order = [
            (int(folder.parent.name), STAGES.index(folder.name))
            for folder in self.path.glob("cycles/[0-9]*/[!.]*")
            if folder.name in STAGES
        ]
        cycle, stage = max(order, default=(0, 0))
        for before in range(len(STAGES) * cycle + stage):
            expected = self.folder(before // len(STAGES), STAGES[before % len(STAGES)])
            if not expected.is_dir():
                raise DamagedFile(f"{expected} is missing, and later steps stand on it.")

    # -- what stands there ----------------------------------------------------------------------------

    def stage(self, cycle: int, stage: str) -> dict[str, Any]:
        """Return the record of a committed stage.

        Raises
        ------
        InvalidInput
            If the run is not there yet.
        """
        folder = self.folder(cycle, stage)
        if cycle < 0 or not folder.is_dir():
            raise InvalidInput(
                f"Run {self.name!r} has no {stage} of cycle {cycle}: {self.fitted} cycles are fitted, "
                f"{self.picked} picked, {self.closed} labeled."
            )
        return read_json(folder / RECORDS[stage])

    def array(self, cycle: int, stage: str, name: str) -> NDArray[Any]:
        """Return a recorded array, memory-mapped and read-only; its checksum is verified at the first read.

        Raises
        ------
        ArrayDropped
            If ``keep=`` left it out.
        DamagedFile
        """
        told = self.stage(cycle, stage)["arrays"][name]
        if told.get("at") == POOL:
            return self.examples
        if "at" in told:
            return self.array(told["at"], stage, name)
        path = self._verify(cycle, stage, name, told)
        return np.load(path, mmap_mode="r", allow_pickle=False)

    @property
    def examples(self) -> NDArray[Any]:
        """The pool's examples, which a learner may have passed through as its features."""
        raise NotImplementedError

    def _verify(self, cycle: int, stage: str, name: str, told: dict[str, Any]) -> Path:
        path = self.folder(cycle, stage) / told["file"]
        if not path.is_file():
            if not self.keeps(name):
                raise ArrayDropped(self.dropped_message(cycle, stage, name))
            raise DamagedFile(f"{path} is missing.")
        if path in self._verified:
            return path
        if sha256(path) != told["sha256"]:
            raise DamagedFile(f"{path} differs from its checksum: it was changed or cut short after it was written.")
        self._verified.add(path)
        return path

    def has(self, cycle: int, stage: str, name: str) -> bool:
        """Whether a recorded array is still on disk."""
        told = self.stage(cycle, stage)["arrays"].get(name)
        if told is None:
            return False
        if told.get("at") == POOL:
            return True
        if "at" in told:
            return self.has(told["at"], stage, name)
        return (self.folder(cycle, stage) / told["file"]).is_file()

    def dropped(self, cycle: int, stage: str = "fit") -> list[str]:
        """Return the names of the recorded arrays that ``keep=`` left out and that are not there any more."""
        names = self.stage(cycle, stage)["arrays"]
        return [name for name in names if not self.keeps(name) and not self.has(cycle, stage, name)]

    def dropped_message(self, cycle: int, stage: str, name: str) -> str:
        """Return that an array was not kept, and what brings it back."""
        return (
            f"The {name} of cycle {cycle} were not kept (keep={self.config['keep']}). "
            f"CycleRunner.resume({str(self.owner(cycle, stage).path)!r}).restore({cycle}) computes them again."
        )

    def keeps(self, name: str) -> bool:
        """Whether ``keep=`` names this array; what is nobody's to drop is always kept."""
        kind = next((kind for kind in ("head", "extra") if name.startswith(f"{kind}_")), name)
        keep = self.config["keep"]
        if kind == "loss" and set(ALL) <= set(keep):
            return True
        return kind in keep or kind in ("ids", "labels", "selected", "folds_ids", "folds_probs")

    def forget(self) -> None:
        """Look at the disk again for what was looked at before; called when files were replaced."""
        self._verified.clear()

    def become(self, header: dict[str, Any]) -> None:
        """Take over a new header: the run was cut off from its parent."""
        self.header = header
        self.at = header["parent"]["at"] if header["parent"] else None
        self.__dict__.pop("parent", None)
        self.forget()
