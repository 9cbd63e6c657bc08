"""A run as it stands on disk: reads only, and always what is there now.

A folder ``cycles/0003`` holds up to three stages, committed in this order: ``fit``, ``pick``, ``labels``.
A fork holds only what is its own; everything before stands in its parent's folder.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import (
    AlvizError,
    ArrayDropped,
    ConfigMismatch,
    DamagedFile,
    InvalidInput,
    NewerSchema,
    NotARun,
    PoolMissing,
    StoreError,
)
from alviz.pool import Pool
from alviz.record import CycleRecord, Labels, Phase
from alviz.selection import Selection
from alviz.snapshot import Head, Snapshot
from alviz.store import book, family
from alviz.store.files import read_json, sha256

if TYPE_CHECKING:
    import pandas as pd

SCHEMA = 1
STAGES = ("fit", "pick", "labels")
RECORDS = {"fit": "fit.json", "pick": "record.json", "labels": "labels.json"}

# Snapshots that are kept in memory: the one that is looked at, and the one before.
_KEPT = 2


class Run:
    """A recorded run. Open it with `Run.open`.

    Attributes
    ----------
    path : Path
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
        self._snapshots: OrderedDict[int, Snapshot] = OrderedDict()
        # A view looks at one cycle while the runner's thread reads another.
        self._reading = threading.RLock()
        if pool is not None:
            self.check_pool(pool)

    @classmethod
    def open(cls, path: str | PathLike[str], pool: Pool | None = None) -> Run:
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

    def __repr__(self) -> str:
        fork = f", fork of {self.parent.name!r} at {self.at}" if self.parent is not None else ""
        return f"Run({self.name!r}, {self.fitted} fits, {self.closed} acquisitions{fork})"

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.resolve().name

    @property
    def size(self) -> int:
        """Number of examples in the pool."""
        return int(self.header["pool"]["size"])

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names."""
        return tuple(self.header["pool"]["classes"])

    # -- family ---------------------------------------------------------------------------------

    @cached_property
    def parent(self) -> Run | None:
        """The run that this one was forked from."""
        told = self.header["parent"]
        if told is None:
            return None
        # Resolved first: the way there leads up from where the folder is, not from a link to it.
        path = Path(os.path.normpath(self.path.resolve() / told["path"]))
        try:
            parent = Run.open(path)
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
    def root(self) -> Run:
        """The run at the beginning of the family: it holds the label book."""
        return self if self.parent is None else self.parent.root

    def owner(self, cycle: int, stage: str = "fit") -> Run:
        """Return the run whose own folder holds that stage of that cycle."""
        if self.parent is None or self.at is None or cycle > self.at:
            return self
        if cycle < self.at or (stage == "fit" and self.header["parent"]["shares_fit"]):
            return self.parent.owner(cycle, stage)
        return self

    @property
    def forks(self) -> list[Path]:
        """The folders beside this one that hold forks of this run."""
        return family.forks(self)

    def flatten(self) -> None:
        """Make a fork independent of its parent: copy what it shares, then cut the tie.

        It happens at once or not at all; a kill before the end leaves the fork as it was.

        Raises
        ------
        RunLocked, RunnerBusy
            If the run is being written.
        """
        family.flatten(self)

    def delete(self) -> None:
        """Remove the run folder.

        Raises
        ------
        StoreError
            If forks of it stand beside it: they read their first cycles here.
        RunLocked, RunnerBusy
            If the run is being written.
        """
        family.delete(self)

    def folder(self, cycle: int, stage: str) -> Path:
        """Return where that stage of that cycle stands, or would stand."""
        return self.owner(cycle, stage).path / "cycles" / f"{cycle:04d}" / stage

    def maps_path(self, cycle: int) -> Path:
        """Return the folder of cached maps beside the fit of that cycle."""
        return self.owner(cycle).path / "maps"

    # -- how far it is --------------------------------------------------------------------------

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

    # -- one cycle ------------------------------------------------------------------------------

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
        if "at" in told:
            return self.array(told["at"], stage, name)
        path = self._verify(cycle, stage, name, told)
        return np.load(path, mmap_mode="r", allow_pickle=False)

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

    def dropped_message(self, cycle: int, stage: str, name: str) -> str:
        """Return that an array was not kept, and what brings it back."""
        return (
            f"The {name} of cycle {cycle} were not kept (keep={self.config['keep']}). "
            f"CycleRunner.resume({str(self.owner(cycle, stage).path)!r}).restore({cycle}) computes them again."
        )

    def has(self, cycle: int, stage: str, name: str) -> bool:
        """Whether a recorded array is still on disk."""
        told = self.stage(cycle, stage)["arrays"].get(name)
        if told is None:
            return False
        if "at" in told:
            return self.has(told["at"], stage, name)
        return (self.folder(cycle, stage) / told["file"]).is_file()

    def dropped(self, cycle: int, stage: str = "fit") -> list[str]:
        """Return the names of the recorded arrays that ``keep=`` left out and that are not there any more."""
        names = self.stage(cycle, stage)["arrays"]
        return [name for name in names if not self.keeps(name) and not self.has(cycle, stage, name)]

    def keeps(self, name: str) -> bool:
        """Whether ``keep=`` names this array; what is nobody's to drop is always kept."""
        kind = next((kind for kind in ("head", "extra") if name.startswith(f"{kind}_")), name)
        return kind in self.config["keep"] or kind in ("ids", "labels", "selected")

    def snapshot(self, cycle: int) -> Snapshot:
        """Return what the fit of a cycle left behind; what ``keep=`` dropped is None.

        Arrays that are stored in half precision come back as float32.
        """
        with self._reading:
            if cycle not in self._snapshots:
                arrays, gone = self.stage(cycle, "fit")["arrays"], self.dropped(cycle)
                get = {name: self._float(cycle, name) for name in arrays if name not in ("weights", *gone)}
                head = Head(get["head_weight"], get["head_bias"]) if "head_weight" in get else None
                self._snapshots[cycle] = Snapshot(get.get("features"), get.get("probs"), head)
                while len(self._snapshots) > _KEPT:
                    self._snapshots.popitem(last=False)
            self._snapshots.move_to_end(cycle)
            return self._snapshots[cycle]

    def forget(self) -> None:
        """Read from the disk again what was read before; called when files were replaced."""
        with self._reading:
            self._snapshots.clear()
            self._verified.clear()

    def become(self, header: dict[str, Any]) -> None:
        """Take over a new header: the run was cut off from its parent."""
        self.header = header
        self.at = header["parent"]["at"] if header["parent"] else None
        self.__dict__.pop("parent", None)
        self.forget()

    def _float(self, cycle: int, name: str) -> NDArray[np.float32]:
        array = self.array(cycle, "fit", name)
        wide = array if array.dtype == np.float32 else array.astype(np.float32)
        wide.flags.writeable = False
        return wide

    def weights(self, cycle: int) -> dict[str, NDArray[Any]]:
        """Return the fitted model's weights by name."""
        from safetensors.numpy import load_file

        told = self.stage(cycle, "fit")["arrays"].get("weights")
        if told is None:
            return {}
        return dict(load_file(self._verify(cycle, "fit", "weights", told)))

    def selection(self, cycle: int) -> Selection | None:
        """Return what was picked in a cycle, or None while nothing is.

        Where ``keep=`` dropped them, the scores are NaN on every row and the extras are left out.
        """
        if cycle >= self.picked:
            self.stage(cycle, "fit")
            return None
        record, gone = self.stage(cycle, "pick"), self.dropped(cycle, "pick")
        extra = dict(record["extra"])
        for name in record["arrays"]:
            if name.startswith("extra_") and name not in gone:
                extra[name.removeprefix("extra_")] = self.array(cycle, "pick", name)
        ids = np.array(self.array(cycle, "pick", "selected"))
        if "scores" in gone:
            return Selection(ids, np.full(self.size, np.nan, dtype=np.float32), extra)
        return Selection(ids, self.array(cycle, "pick", "scores"), extra)

    def answers(self, cycle: int) -> Labels:
        """Return the ids and labels that closed a cycle."""
        ids, values = (np.array(self.array(cycle, "labels", name)) for name in ("ids", "labels"))
        return Labels(ids, values)

    @property
    def initial(self) -> Labels:
        """What was labeled before the first cycle."""
        told = self.header["initial"]
        return Labels(np.array(told["ids"], dtype=np.int64), np.array(told["labels"], dtype=np.int64))

    def labeled(self, cycle: int) -> Labels:
        """Return what the fit of a cycle learned from: the initial set and all answers before.

        The last answer to an id wins.
        """
        told = dict(zip(self.initial.ids.tolist(), self.initial.values.tolist(), strict=True))
        for before in range(cycle):
            answers = self.answers(before)
            told.update(zip(answers.ids.tolist(), answers.values.tolist(), strict=True))
        return Labels(np.array(list(told), dtype=np.int64), np.array(list(told.values()), dtype=np.int64))

    def record(self, cycle: int) -> CycleRecord:
        """Return the record of a cycle, as complete as it is."""
        fit = self.stage(cycle, "fit")
        phases, notes = dict(fit["phases"]), list(fit["notes"])
        later: dict[str, Any] = {}
        if cycle < self.picked:
            pick = self.stage(cycle, "pick")
            phases.update(pick["phases"])
            notes += pick["notes"]
            later = {"sampler": pick["sampler"], "asked": pick["asked"]}
        if cycle < self.closed:
            labels = self.stage(cycle, "labels")
            phases.update(labels["phases"])
            later |= {"oracle": labels["who"], "answered": labels["answered"]}
        costs = {name: Phase(**cost) for name, cost in phases.items()}
        return CycleRecord(
            cycle, fit["labeled"], fit["metrics"], fit["learner"], phases=costs, notes=tuple(notes), **later
        )

    def frame(self) -> pd.DataFrame:
        """Return one row per fit: cycle, labels, metrics, who picked how many, seconds per phase."""
        import pandas as pd

        rows = []
        for cycle in range(self.fitted):
            record = self.record(cycle)
            rows.append(
                {
                    "cycle": cycle,
                    "labels": record.labeled,
                    **record.metrics,
                    "sampler": record.sampler["name"] if record.sampler else None,
                    "picked": record.asked,
                    **{f"{name}_s": round(phase.seconds, 3) for name, phase in record.phases.items()},
                }
            )
        frame = pd.DataFrame(rows, columns=None if rows else ["cycle", "labels", "sampler", "picked"])
        return frame.astype({"picked": "Int64"})

    def label_book(self) -> list[dict[str, Any]]:
        """Return every answer ever given in this family of runs, oldest first."""
        return book.read(self.root.path)

    # -- the pool -------------------------------------------------------------------------------

    @property
    def loaded(self) -> Pool | None:
        """The pool if it is in memory already."""
        return self._pool

    @property
    def pool(self) -> Pool:
        """The examples: as given to `open`, or loaded by the run's recipe.

        Raises
        ------
        PoolMissing
            If there is no recipe or it fails here.
        """
        if self._pool is None:
            from alviz.datasets import from_recipe

            recipe = self.header["pool"]["recipe"]
            if recipe is None:
                raise PoolMissing(
                    f"The pool {self.header['pool']['name']!r} of run {self.name!r} came from memory: pass it, "
                    "Run.open(path, pool=pool) or CycleRunner.resume(path, pool=pool)."
                )
            try:
                pool = from_recipe(recipe)
            except AlvizError as error:
                raise PoolMissing(
                    f"The pool of run {self.name!r} cannot be loaded here: {error} Or pass pool=..."
                ) from error
            self.check_pool(pool)
            self._pool = pool
        return self._pool

    def check_pool(self, pool: Pool) -> None:
        """Refuse a pool that is not the one of this run."""
        if pool.digest != self.header["pool"]["digest"]:
            told = self.header["pool"]
            raise ConfigMismatch(
                f"{pool!r} is not the pool of run {self.name!r}, which has {told['size']} examples named "
                f"{told['name']!r} with digest {told['digest'][:12]}…, not {pool.digest[:12]}…."
            )
