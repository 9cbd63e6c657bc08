"""Active-learning cycles: fit, pick, label, and again; every step recorded before the next begins."""

from __future__ import annotations

import shutil
import tempfile
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from alviz import learners, oracles, samplers
from alviz.asking import ask, check_needs
from alviz.errors import AlvizWarning, DiskFull, InvalidInput, MissingNeeds, RunnerBusy, UnknownName
from alviz.initial import initial_ids, warn_missing_classes
from alviz.learners import Learner, Previous
from alviz.meter import Meter, Progress
from alviz.oracles import Oracle
from alviz.pool import Pool
from alviz.record import CycleRecord, Labels
from alviz.samplers import Sampler
from alviz.samplers.random import Random
from alviz.seeding import stream
from alviz.selection import Selection
from alviz.snapshot import check_snapshot
from alviz.store import Run, Store
from alviz.store.writer import KEEP, check_keep, open_or_create

# Selections of `ask` that are remembered, so that the step that makes one real does not compute it again.
_REMEMBERED = 16


class CycleRunner:
    """Runs cycles on a pool and records them in a folder.

    A path that holds a run of the same configuration is resumed; another configuration is refused with
    the difference shown.

    Parameters
    ----------
    pool : Pool
    learner, sampler, oracle : str or instance
        Parameters go through the instance: ``sampler=alviz.samplers.Coreset()``.
    initial : int, "balanced", or ids
        What is labeled before cycle 0. A number is stratified by class where the truth is known. 0 needs a
        learner with features before any label; until there are probabilities, cycle 0 then picks at random
        in place of a sampler that needs them.
    budget : int
        How many ids each acquisition picks.
    subset : int, optional
        How many candidates are drawn per cycle, the same for every sampler; all by default.
    seed : int
        Names every random stream of the run.
    path : path, optional
        The run folder; a temporary one by default, removed at the end of the process.
    keep : sequence of str
        Which arrays stay on disk once the next cycle is fitted: any of features, probs, head, weights,
        scores, extra. `restore` computes dropped ones again.
    on_progress : callable, optional
        Called with a `Progress` at every report, in the thread that computes.

    Attributes
    ----------
    history : Run
        What is on disk.
    """

    def __init__(
        self,
        pool: Pool,
        learner: str | Learner = "supervised",
        sampler: str | Sampler = "random",
        *,
        initial: int | str | Sequence[int] | np.ndarray[Any, Any] = 20,
        budget: int = 20,
        subset: int | None = None,
        seed: int = 0,
        path: str | PathLike[str] | None = None,
        oracle: str | Oracle = "truth",
        keep: Sequence[str] = KEEP,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        for name, value in {"budget": budget, "subset": subset}.items():
            if value is not None and (not isinstance(value, (int, np.integer)) or value < 1):
                raise InvalidInput(f"{name} is {value!r}, expected a whole number of at least 1.")
        if not isinstance(seed, (int, np.integer)) or seed < 0:
            raise InvalidInput(f"seed is {seed!r}, expected a whole number of at least 0.")
        learner, sampler, oracle = learners.make(learner), samplers.make(sampler), oracles.make(oracle)
        ids = initial_ids(pool, initial, int(seed))
        _check_parts(pool, learner, sampler, cold=len(ids) == 0)
        config = {
            "learner": learner.config(),
            "sampler": sampler.config(),
            "oracle": oracle.config(),
            "initial": initial if isinstance(initial, (int, str)) else ids.tolist(),
            "budget": int(budget),
            "subset": None if subset is None else int(subset),
            "keep": list(check_keep(tuple(keep))),
        }
        folder, temporary = _folder(path)
        store = open_or_create(folder, pool, int(seed), config)
        if store is None:
            # A person answers later, but somebody has to know the first labels: the pool does.
            first = oracles.make("truth") if oracle.name == "human" else oracle
            labels = first.answer(pool, ids, int(seed))
            warn_missing_classes(pool, labels)
            store = Store.create(folder, pool, int(seed), config, Labels(ids, labels))
        self._setup(store, pool, learner, sampler, oracle, on_progress)
        if temporary:
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def _setup(
        self,
        store: Store,
        pool: Pool,
        learner: Learner,
        sampler: Sampler,
        oracle: Oracle,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self._store = store
        self.history: Run = store.run
        self.pool = pool
        self.learner = learner
        self.oracle = oracle
        self.on_progress = on_progress
        self._gives = learner.check(pool)
        self._sampler = sampler
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._meter: Meter | None = None
        self._asked: dict[tuple[int, str, int | None], Selection] = {}
        me = weakref.ref(self)
        store.busy = lambda: runner.busy if (runner := me()) is not None else None
        fitted = self.history.fitted
        if fitted > 1:
            # A kill may have come between the commit of a fit and the dropping of the one before.
            store.drop(fitted - 2)

    @classmethod
    def resume(
        cls,
        path: str | PathLike[str],
        pool: Pool | None = None,
        *,
        learner: Learner | None = None,
        sampler: Sampler | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> CycleRunner:
        """Go on with a recorded run, from its last finished step.

        Parameters
        ----------
        path : path
        pool : Pool, optional
            Needed where the run's recipe cannot load it; its digest must match.
        learner, sampler : instance, optional
            Needed where the run used a part of your own; its config must match the recorded one. The sampler
            is the one that picked last.
        """
        store = Store.resume(Path(path), pool)
        run = store.run
        try:
            runner = cls.__new__(cls)
            runner._setup(
                store,
                run.pool,
                _recorded(learners, run.config["learner"], learner, "learner"),
                _recorded(samplers, _last_sampler(run), sampler, "sampler"),
                oracles.make(run.config["oracle"]),
                on_progress,
            )
        except BaseException:
            store.close()
            raise
        return runner

    def __repr__(self) -> str:
        return (
            f"CycleRunner({self.history.name!r}, {self.learner.name}, {self._sampler.name}, {self.history.fitted} fits)"
        )

    def close(self) -> None:
        """Let go of the run folder; reading stays possible through `history`."""
        self._store.close()

    @property
    def budget(self) -> int:
        """How many ids an acquisition picks."""
        return int(self.history.config["budget"])

    @property
    def sampler(self) -> Sampler:
        """The sampler of the next pick; it may be changed at any time."""
        return self._sampler

    @sampler.setter
    def sampler(self, sampler: str | Sampler) -> None:
        sampler = samplers.make(sampler)
        check_needs(sampler, self._gives, f"the learner {self.learner.name!r}")
        self._sampler = sampler

    # -- the steps ------------------------------------------------------------------------------

    def query(self, n: int | None = None) -> Selection:
        """Fit the open cycle if that is still to do, and pick; asked twice, the same selection.

        Parameters
        ----------
        n : int, optional
            How many, the budget by default; fewer are picked when fewer are left.
        """
        with self._working() as cycle:
            return self._query(cycle, n)

    def label(self, ids: ArrayLike, labels: ArrayLike | None = None) -> CycleRecord:
        """Give answers and close the cycle; other ids than asked may be labeled, both are recorded.

        Parameters
        ----------
        ids : array of int
        labels : array of int, optional
            By default the oracle is asked.
        """
        with self._working() as cycle:
            return self._label(cycle, ids, labels)

    def step(self) -> CycleRecord:
        """Fit, pick, label: one cycle."""
        self._check_oracle()
        with self._working() as cycle:
            return self._step(cycle)

    def run(self, cycles: int | None = None, *, until: int | None = None) -> Run:
        """Make several acquisitions and a last fit.

        Parameters
        ----------
        cycles : int
            How many acquisitions from here; the curve then ends at that many budgets more.
        until : int
            Instead: end with cycles 0..until-1 labeled and cycle `until` fitted, whatever was there before.

        Returns
        -------
        Run
            The history. A pool that runs out ends it earlier, with all labeled and fitted.
        """
        if (cycles is None) == (until is None):
            raise InvalidInput("Give either cycles= (how many more) or until= (up to which cycle).")
        last = until if until is not None else self.history.closed + (cycles or 0)
        if last < 0 or (cycles is not None and cycles < 0):
            raise InvalidInput(
                f"Cannot run {'until' if until is not None else 'for'} {until if until is not None else cycles} cycles."
            )
        if last > self.history.closed:
            self._check_oracle()
        self._warn_of_size(last)
        with self._working() as cycle:
            while cycle < last and self._left(cycle):
                self._step(cycle)
                cycle += 1
            if cycle <= last:
                self._fit(cycle)
        return self.history

    def ask(self, cycle: int, sampler: str | Sampler, n: int | None = None) -> Selection:
        """Return what a sampler would pick at a fitted cycle; a step that makes it real does not compute it again."""
        sampler = samplers.make(sampler)
        with self._working():
            return self._ask(cycle, sampler, n)

    def fork(
        self,
        at: int,
        sampler: str | Sampler | None = None,
        learner: str | Learner | None = None,
        path: str | PathLike[str] | None = None,
    ) -> CycleRunner:
        """Return a runner that shares cycles 0..at-1, and goes its own way from there.

        Parameters
        ----------
        at : int
            A fitted cycle, or the next one to fit. The fit of that cycle is shared too, while the learner is
            the same; its pick is the fork's own.
        sampler, learner : str or instance, optional
            This runner's by default. The run seed stays.
        path : path, optional
            A temporary folder by default.
        """
        run = self.history
        if not 0 <= at <= run.closed:
            raise InvalidInput(
                f"A fork is made at a cycle from 0 to {run.closed}, got {at}: cycles before it must be labeled."
            )
        chosen = self._sampler if sampler is None else samplers.make(sampler)
        trained = self.learner if learner is None else learners.make(learner)
        _check_parts(self.pool, trained, chosen, cold=len(run.labeled(at)) == 0)
        same = trained.config() == self.learner.config()
        config = {**run.config, "learner": trained.config(), "sampler": chosen.config()}
        folder, temporary = _folder(path)
        store = open_or_create(folder, self.pool, run.seed, config)
        if store is None:
            header = run.header["initial"]
            initial = Labels(np.array(header["ids"], dtype=np.int64), np.array(header["labels"], dtype=np.int64))
            shares = same and at < run.fitted and _is_whole(run, at)
            store = Store.create(folder, self.pool, run.seed, config, initial, run, at, shares)
        elif store.run.parent is None or store.run.parent.uid != run.uid or store.run.at != at:
            store.close()
            raise InvalidInput(f"{folder} holds a run that is not a fork of {run.name!r} at {at}. Give another path.")
        fork = CycleRunner.__new__(CycleRunner)
        fork._setup(store, self.pool, trained, chosen, self.oracle, self.on_progress)
        if temporary:
            weakref.finalize(fork, shutil.rmtree, folder, ignore_errors=True)
        return fork

    def restore(self, cycle: int) -> None:
        """Fit a recorded cycle again to bring back arrays that ``keep=`` dropped.

        On the same kind of machine, versions and threads the arrays are equal bit by bit; otherwise a
        warning says that they were replaced by the new ones.
        """
        self.history.stage(cycle, "fit")
        if self.history.owner(cycle) is not self.history:
            raise InvalidInput(f"Cycle {cycle} was fitted by {self.history.owner(cycle).name!r}: restore it there.")
        with self._working():
            fit, _ = self._train(cycle)
            if not self._store.put_back(cycle, fit.snapshot, fit.weights):
                warnings.warn(
                    f"Cycle {cycle} was fitted again and differs from what was recorded: another machine, version or "
                    "number of threads. The new arrays were stored.",
                    AlvizWarning,
                    stacklevel=2,
                )

    def stop(self) -> None:
        """Ask a running call to end: it raises `Stopped` at its next report. All finished steps are kept."""
        if self._lock.locked():
            self._stop.set()

    @property
    def busy(self) -> str | None:
        """The phase of the call in progress, or None."""
        if not self._lock.locked():
            return None
        meter = self._meter
        return (meter.phase if meter is not None else None) or "start"

    # -- what the steps are made of; all run under the lock --------------------------------------

    @contextmanager
    def _working(self) -> Iterator[int]:
        """Hold the lock and yield the open cycle."""
        if not self._lock.acquire(blocking=False):
            raise RunnerBusy(f"This runner is in its {self.busy} phase: wait for it, or call stop().")
        try:
            self._stop.clear()
            yield self.history.closed
        finally:
            self._meter = None
            self._lock.release()

    @contextmanager
    def _metered(self, cycle: int) -> Iterator[Meter]:
        self._meter = Meter(cycle, self.on_progress, self._stop)
        with self._meter.running() as meter:
            yield meter

    def _step(self, cycle: int) -> CycleRecord:
        return self._label(cycle, self._query(cycle, None).ids, None)

    def _train(self, cycle: int) -> tuple[learners.Fit, Meter]:
        labels = self.history.labeled(cycle)
        if len(labels) == 0 and not self.learner.gives_cold:
            raise MissingNeeds(
                f"The learner {self.learner.name!r} cannot start without a label. Use initial of at least 1, or the "
                "learner 'linear'."
            )
        previous = None
        if cycle:
            if getattr(self.learner, "warm", False) and not self.history.has(cycle - 1, "fit", "weights"):
                self._store.put_back(cycle - 1, *_parts(self._train(cycle - 1)[0]))
            weights = self.history.weights(cycle - 1) if self.history.has(cycle - 1, "fit", "weights") else {}
            previous = Previous(weights, self.history.selection(cycle - 1))
        with self._metered(cycle) as meter:
            fit = self.learner.fit(
                self.pool.task, self.pool, labels, previous, stream(self.history.seed, cycle, "learner"), meter.report
            )
        check_snapshot(fit.snapshot, len(self.pool), len(self.pool.classes))
        return fit, meter

    def _fit(self, cycle: int) -> None:
        if cycle < self.history.fitted:
            return
        self._check_room()
        fit, meter = self._train(cycle)
        record = {
            "cycle": cycle,
            "labeled": len(self.history.labeled(cycle)),
            "metrics": dict(fit.metrics),
            "learner": self.learner.config(),
            "notes": [],
        }
        self._store.commit_fit(cycle, fit.snapshot, fit.weights, record, meter.taken("train", "embed"))
        if cycle:
            self._store.drop(cycle - 1)

    def _query(self, cycle: int, n: int | None) -> Selection:
        if n is not None and n < 1:
            raise InvalidInput(f"n is {n}, expected at least 1.")
        recorded = self.history.selection(cycle) if cycle < self.history.picked else None
        if recorded is not None:
            if n not in (None, len(recorded)):
                raise InvalidInput(
                    f"Cycle {cycle} has picked {len(recorded)} ids already, {n} are asked now. Label those first, or "
                    f"fork(at={cycle}) for another pick."
                )
            return recorded
        self._fit(cycle)
        sampler, notes = self._sampler, []
        given = self.history.snapshot(cycle).gives
        if cycle == 0 and sampler.needs - given and len(self.history.labeled(0)) == 0:
            notes.append(
                f"{sampler.name} needs {', '.join(sorted(sampler.needs - given))}, not there without a label: "
                "cycle 0 picked at random."
            )
            sampler = Random()
        with self._metered(cycle) as meter:
            selection = self._ask(cycle, sampler, n, meter)
            record = {"sampler": sampler.config(), "asked": len(selection), "notes": notes}
            costs = meter.taken("graph", "select")
        self._store.commit_pick(cycle, selection, record, costs)
        return selection

    def _ask(self, cycle: int, sampler: Sampler, n: int | None, meter: Meter | None = None) -> Selection:
        key = (cycle, repr(sampler), n)
        if key in self._asked:
            return self._asked[key]
        if meter is None:
            with self._metered(cycle) as meter:
                return self._ask(cycle, sampler, n, meter)
        selection = ask(self.history, cycle, sampler, n, self.pool, meter.report)
        while len(self._asked) >= _REMEMBERED:
            del self._asked[next(iter(self._asked))]
        self._asked[key] = selection
        return selection

    def _label(self, cycle: int, ids: ArrayLike, labels: ArrayLike | None) -> CycleRecord:
        rows = self.pool.check_ids(ids)
        if cycle >= self.history.picked:
            raise InvalidInput(f"Nothing was picked in cycle {cycle} yet: call query() first.")
        if rows.size == 0:
            raise InvalidInput("No ids to label: a cycle closes with at least one answer.")
        already = np.intersect1d(rows, self.history.labeled(cycle).ids)
        if already.size:
            raise InvalidInput(f"{already.size} of the ids are labeled already, the first is {already[0]}.")
        with self._metered(cycle) as meter:
            meter.report("label", 0, len(rows))
            if labels is None:
                values, who = self.oracle.answer(self.pool, rows, self.history.seed), self.oracle.name
            else:
                values, who = self.pool.task.check_targets(labels, len(rows), "labels"), "given"
                if (values < 0).any():
                    raise InvalidInput("labels holds -1 or NaN: leave ids without an answer out instead.")
            meter.report("label", len(rows), len(rows))
            record = {
                "who": who,
                "answered": len(rows),
                "sampler": self.history.stage(cycle, "pick")["sampler"]["name"],
            }
            costs = meter.taken("label")
        self._store.commit_labels(cycle, Labels(rows, values), record, costs)
        return self.history.record(cycle)

    # -- checks ---------------------------------------------------------------------------------

    def _left(self, cycle: int) -> bool:
        return len(self.history.labeled(cycle)) < len(self.pool)

    def _check_oracle(self) -> None:
        if self.oracle.name == "human":
            raise InvalidInput(
                "A person answers in this run: use query() and label(ids, labels) in place of step and run."
            )

    def _cycle_bytes(self) -> int:
        """Return what the next cycle is expected to take on disk: as much as the last one."""
        if self.history.fitted:
            cycle = self.history.fitted - 1
            return sum(
                file.stat().st_size for stage in ("fit", "pick") for file in self.history.folder(cycle, stage).glob("*")
            )
        # Before the first fit the feature size is unknown: 512 numbers of half precision are a ResNet-18's.
        return len(self.pool) * (4 * len(self.pool.classes) + 4 + 2 * 512)

    def _check_room(self) -> None:
        free, needed = shutil.disk_usage(self.history.path).free, self._cycle_bytes()
        if free < needed:
            raise DiskFull(
                f"The next cycle needs about {needed / 1e6:.0f} MB in {self.history.path}; {free / 1e6:.0f} MB are free. "
                "Nothing was started: free some space or keep fewer arrays (keep=...), and make the same call again."
            )

    def _warn_of_size(self, last: int) -> None:
        cycles = max(0, last + 1 - self.history.fitted)
        whole, free = cycles * self._cycle_bytes(), shutil.disk_usage(self.history.path).free
        if cycles > 1 and whole > free:
            warnings.warn(
                f"{cycles} cycles may take {whole / 1e6:.0f} MB in {self.history.path}, {free / 1e6:.0f} MB are free.",
                AlvizWarning,
                stacklevel=3,
            )


def _parts(fit: learners.Fit) -> tuple[Any, Any]:
    return fit.snapshot, fit.weights


def _check_parts(pool: Pool, learner: Learner, sampler: Sampler, *, cold: bool) -> None:
    """Refuse parts that do not go together, before anything is trained or written."""
    gives = learner.check(pool)
    if cold and not learner.gives_cold:
        raise MissingNeeds(
            f"initial=0 needs a learner with features before any label; {learner.name!r} has none. Use 'linear', or "
            "initial of at least 1."
        )
    check_needs(sampler, gives, f"the learner {learner.name!r}")


def _recorded(kind: Any, config: dict[str, Any], given: Any, what: str) -> Any:
    """Return the part of a recorded config: the one given if there is one, else made by its name."""
    if given is not None:
        if given.config() != config:
            raise InvalidInput(f"The run was made with the {what} {config}, not {given.config()}.")
        return given
    try:
        return kind.make(config)
    except (UnknownName, InvalidInput, TypeError) as error:
        raise InvalidInput(
            f"The {what} of this run cannot be made from its record ({config}): {error} "
            f"Pass it: CycleRunner.resume(path, {what}=...)."
        ) from error


def _last_sampler(run: Run) -> dict[str, Any]:
    picked = run.picked
    if picked and (run.at is None or picked > run.at):
        return dict(run.stage(picked - 1, "pick")["sampler"])
    return dict(run.config["sampler"])


def _is_whole(run: Run, cycle: int) -> bool:
    """Whether every array of a fit is still on disk."""
    return all(run.has(cycle, "fit", name) for name in run.stage(cycle, "fit")["arrays"])


def _folder(path: str | PathLike[str] | None) -> tuple[Path, bool]:
    if path is None:
        return Path(tempfile.mkdtemp(prefix="alviz-")), True
    return Path(path), False
