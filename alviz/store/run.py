"""A run as it stands on disk: reads only, and always what is there now."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alviz import recorded
from alviz.errors import AlvizError, ConfigMismatch, InvalidInput, PoolMissing, UnknownName
from alviz.pool import Pool
from alviz.record import CycleRecord, Labels, Phase
from alviz.selection import Selection
from alviz.snapshot import Head, Snapshot
from alviz.store import family
from alviz.store.book import Book
from alviz.store.metrics import from_json
from alviz.store.stages import POOL, Stages

if TYPE_CHECKING:
    import pandas as pd

# Snapshots that are kept in memory: the one that is looked at, and the one before.
_KEPT = 2


class Run(Stages):
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
        super().__init__(path, header, pool)
        self._snapshots: OrderedDict[int, Snapshot] = OrderedDict()
        # What was closed does not change, and every step asks for it several times.
        self._labeled: dict[int, Labels] = {}
        self._book: Book | None = None
        # A view looks at one cycle while the runner's thread reads another.
        self._reading = threading.RLock()
        if pool is not None:
            self.check_pool(pool)

    @classmethod
    def example(cls, name: str) -> Run:
        """Open a recorded run that comes with alviz, for reading.

        Its folder is made on the first call, among the user's caches; to go on from it, fork it somewhere else.

        Parameters
        ----------
        name : str
            One of ``alviz.recorded.names()``, for the run that its maps are of; or a certain run of it:
            ``"mnist-lowbudget/linear-margin-1"``.

        Raises
        ------
        UnknownName
            Naming the examples, or the runs of the example.
        """
        example, slash, wanted = name.partition("/")
        found = recorded.find(example)
        runs = sorted(header.parent.name for header in found.path.glob("*/run.json"))
        if slash and wanted not in runs:
            raise UnknownName(f"run in the example {example!r}", wanted, runs)
        return cls.open(found.path / (wanted or found.run))

    def __repr__(self) -> str:
        fork = f", fork of {self.parent.name!r} at {self.at}" if self.parent is not None else ""
        return f"Run({self.name!r}, {self.fitted} fits, {self.closed} acquisitions{fork})"

    @property
    def size(self) -> int:
        """Number of examples in the pool."""
        return int(self.header["pool"]["size"])

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names by number as they are now: the pool's, with the changes of the label book laid over them."""
        return self.book.look().classes

    def classes_at(self, cycle: int) -> tuple[str, ...]:
        """Return the class names that the fit of a cycle had; its probabilities have as many columns."""
        return tuple(self.stage(cycle, "fit").get("classes", self.header["pool"]["classes"]))

    @property
    def book(self) -> Book:
        """The label book of the family: every answer ever given."""
        root = self.root
        if root._book is None:
            told = root.header["pool"]
            root._book = Book(root.path, told["digest"], told["classes"])
        return root._book

    def maps_path(self, cycle: int) -> Path:
        """Return the folder of cached maps beside the fit of that cycle."""
        return self.owner(cycle).path / "maps"

    # -- family ---------------------------------------------------------------------------------------

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

    # -- one cycle ------------------------------------------------------------------------------------

    def snapshot(self, cycle: int) -> Snapshot:
        """Return what the fit of a cycle left behind; what ``keep=`` dropped is None.

        Arrays that are stored in half precision come back as float32.
        """
        with self._reading:
            if cycle not in self._snapshots:
                arrays, gone = self.stage(cycle, "fit")["arrays"], self.dropped(cycle)
                get = {name: self._float(cycle, name) for name in arrays if name not in ("weights", *gone)}
                head = Head(get["head_weight"], get["head_bias"]) if "head_weight" in get else None
                self._snapshots[cycle] = Snapshot(get.get("features"), get.get("probs"), head, get.get("loss"))
                while len(self._snapshots) > _KEPT:
                    self._snapshots.popitem(last=False)
            self._snapshots.move_to_end(cycle)
            return self._snapshots[cycle]

    def has(self, cycle: int, stage: str, name: str) -> bool:
        """Whether a recorded array is still on disk, or follows exactly from what is."""
        return super().has(cycle, stage, name) or (name == "probs" and stage == "fit" and self._linear(cycle))

    def array(self, cycle: int, stage: str, name: str) -> NDArray[Any]:
        """Return a recorded array; see `Stages.array`.

        Probabilities that ``keep=`` left out follow from the head where the features are the pool's own examples.
        """
        if name == "probs" and stage == "fit" and not super().has(cycle, stage, name) and self._linear(cycle):
            from alviz.learners.linear import softmax, vectors

            weight, bias = (super(Run, self).array(cycle, "fit", f"head_{part}") for part in ("weight", "bias"))
            return softmax(vectors(self.examples) @ weight.T + bias)
        return super().array(cycle, stage, name)

    def _linear(self, cycle: int) -> bool:
        """Whether a fit is a head on the examples of a pool that is there, and its probabilities were not kept."""
        told = self.stage(cycle, "fit")["arrays"]
        if "probs" not in told or self.keeps("probs") or told.get("features", {}).get("at") != POOL:
            return False
        if not super().has(cycle, "fit", "head_weight"):
            return False
        try:
            return self.pool is not None
        except PoolMissing:
            return False

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
        """Return the ids and labels that closed a cycle; -1 for a label that was taken back."""
        ids, values = (np.array(self.array(cycle, "labels", name)) for name in ("ids", "labels"))
        return Labels(ids, values)

    @property
    def initial(self) -> Labels:
        """What was labeled before the first cycle."""
        told = self.header["initial"]
        return Labels(np.array(told["ids"], dtype=np.int64), np.array(told["labels"], dtype=np.int64))

    def labeled(self, cycle: int) -> Labels:
        """Return what the fit of a cycle learned from: the initial set and all answers before.

        The last answer to an id wins; an id whose label was taken back is none of them.
        """
        with self._reading:
            if cycle not in self._labeled:
                told = self.initial.by_id()
                for before in range(cycle):
                    told.update(self.answers(before).by_id())
                told = {id: label for id, label in told.items() if label >= 0}
                pair = np.array(list(told), dtype=np.int64), np.array(list(told.values()), dtype=np.int64)
                for array in pair:
                    array.flags.writeable = False
                self._labeled[cycle] = Labels(*pair)
            return self._labeled[cycle]

    def set_aside(self, cycle: int) -> NDArray[np.int64]:
        """Return the ids that are no candidates at a cycle because a person could not or would not label them."""
        told = self.stage(cycle - 1, "labels").get("set_aside", []) if cycle else []
        return np.array(told, dtype=np.int64)

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
        metrics, per_class = from_json(fit["metrics"])
        return CycleRecord(
            cycle,
            fit["labeled"],
            metrics,
            fit["learner"],
            phases=costs,
            notes=tuple(notes),
            per_class=per_class,
            **later,
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

    def per_class(self, metric: str = "class_accuracy") -> pd.DataFrame:
        """Return a metric that has a value per class: one row per fit, by its labels, and one column per class.

        Raises
        ------
        InvalidInput
            If no such metric is recorded, naming those that are.
        """
        import pandas as pd

        records = [self.record(cycle) for cycle in range(self.fitted)]
        there = sorted({name for record in records for name in record.per_class})
        if metric not in there:
            known = ", ".join(there) or "none: the pool has no test split"
            raise InvalidInput(f"Run {self.name!r} records no metric {metric!r} per class. There are: {known}.")
        # A class that was added later has no value in the fits before.
        rows = [
            (*values, *[np.nan] * (len(self.classes) - len(values)))
            for values in (record.per_class[metric] for record in records)
        ]
        labels = pd.Index([record.labeled for record in records], name="labels")
        return pd.DataFrame(rows, index=labels, columns=pd.Index(self.classes, name="class"))

    def label_book(self) -> list[dict[str, Any]]:
        """Return every answer ever given in this family of runs, oldest first, as plain values."""
        return [answer.to_json() for answer in self.book.look().entries.copy()]

    def forget(self) -> None:
        """Read from the disk again what was read before; called when files were replaced."""
        with self._reading:
            super().forget()
            self._snapshots.clear()
            self._labeled.clear()

    def become(self, header: dict[str, Any]) -> None:
        """Take over a new header; the book is another file now."""
        super().become(header)
        self._book = None

    # -- the pool -------------------------------------------------------------------------------------

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

    @property
    def examples(self) -> NDArray[Any]:
        """The pool's examples.

        Raises
        ------
        PoolMissing
            If there is no recipe or it fails here.
        """
        return self.pool.X

    def check_pool(self, pool: Pool) -> None:
        """Refuse a pool that is not the one of this run."""
        if pool.digest != self.header["pool"]["digest"]:
            told = self.header["pool"]
            raise ConfigMismatch(
                f"{pool!r} is not the pool of run {self.name!r}, which has {told['size']} examples named "
                f"{told['name']!r} with digest {told['digest'][:12]}…, not {pool.digest[:12]}…."
            )
