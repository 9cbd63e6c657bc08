"""Active-learning cycles: fit, pick, label, and again; every step recorded before the next begins."""

from __future__ import annotations

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
from alviz.answering import oracle_answers
from alviz.asking import check_needs
from alviz.assembly import at_most, check_parts, forked, last_sampler, recorded_part, run_folder
from alviz.checks import whole
from alviz.errors import AlvizWarning, InvalidInput, RunnerBusy
from alviz.fitting import fit
from alviz.initial import initial_ids, usual_initial, warn_missing_classes
from alviz.learners import Learner
from alviz.meter import Meter, Progress
from alviz.open_cycle import FOLDS, OpenCycle
from alviz.oracles import Oracle
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.record import CycleRecord, Labels
from alviz.samplers import Sampler
from alviz.selection import Selection
from alviz.store import Run, Store
from alviz.store.arrays import KEEP, check_keep
from alviz.store.room import warn_of_size
from alviz.store.writer import resume_equal
from alviz.trackers import Tracker
from alviz.trackers.tracking import Tracking, made


class CycleRunner:
    """Runs cycles on a pool and records them in a folder.

    A path that holds a run of the same configuration is resumed; another configuration is refused with
    the difference shown.

    Parameters
    ----------
    pool : Pool
    learner, sampler, oracle : str or instance
        Parameters go through the instance: ``sampler=alviz.samplers.Coreset()``.
    initial : int, "balanced", "known", or ids
        What is labeled before cycle 0: by default 20; where a person answers, what the pool knows if it knows a
        part, else nothing. A number is stratified by class where the truth is known. Without a label the examples
        are their own features, and picks are at random in place of a sampler that needs more.
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
        scores, extra, loss. `restore` computes dropped ones again.
    cross_validate : int
        Folds of the cross-validation on the labeled set that stands in for a test split where the pool has
        none; 0 leaves it out. A network is trained that many times more in each cycle.
    trackers : sequence of str or instance
        Who else is told of every step, "tensorboard" or "mlflow"; no part of the configuration. One that fails is
        left out with a warning. See `alviz.trackers`.
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
        initial: int | str | Sequence[int] | np.ndarray[Any, Any] | None = None,
        budget: int = 20,
        subset: int | None = None,
        seed: int = 0,
        path: str | PathLike[str] | None = None,
        oracle: str | Oracle = "truth",
        keep: Sequence[str] = KEEP,
        cross_validate: int = FOLDS,
        trackers: str | Tracker | Sequence[str | Tracker] = (),
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        seed, budget = whole("seed", seed, 0), whole("budget", budget, 1)
        subset = None if subset is None else whole("subset", subset, 1)
        learner, sampler, oracle = learners.make(learner), samplers.make(sampler), oracles.make(oracle)
        person = oracle.name == "human"
        if initial is None:
            initial = usual_initial(pool, person)
        ids = initial_ids(pool, initial, seed)
        if person and not pool.known[ids].all():
            raise InvalidInput(
                f"initial is {initial!r}, and the pool does not know the labels of {int((~pool.known[ids]).sum())} of "
                "these. With a person as the oracle start from initial=0 (the first picks are asked, too) or 'known'."
            )
        check_parts(pool, learner, sampler, oracle)
        told = made(trackers)
        if isinstance(initial, np.integer):
            initial = int(initial)
        config = {
            "learner": learner.config(),
            "sampler": sampler.config(),
            "oracle": oracle.config(),
            "initial": initial if isinstance(initial, (int, str)) else ids.tolist(),
            "budget": budget,
            "subset": subset,
            "keep": check_keep(keep if isinstance(keep, str) else tuple(keep)),
            "cross_validate": _check_folds(cross_validate),
        }
        store = None if path is None else resume_equal(Path(path), pool, seed, config)
        if store is None:
            # A person answers later, but somebody has to know the first labels: the pool does.
            first = oracles.make("truth") if person else oracle
            labels = oracle_answers(first, pool, ids, seed)
            warn_missing_classes(pool, labels)
            store = Store.create(run_folder(path), pool, seed, config, Labels(ids, labels))
        self._setup(store, pool, learner, sampler, oracle, told, on_progress)

    def _setup(
        self,
        store: Store,
        pool: Pool,
        learner: Learner,
        sampler: Sampler,
        oracle: Oracle,
        trackers: tuple[Tracker, ...],
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self._store = store
        self.history: Run = store.run
        self.pool = pool
        self._learner = learner
        self.oracle = oracle
        self.on_progress = on_progress
        self._gives = learner.check(pool)
        self._sampler = sampler
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._meter: Meter | None = None
        self._tracking = Tracking(trackers, store)
        self._open = OpenCycle(store, pool, learner, self._gives, oracle, self._metered, self._tracking.update)
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
        learner: str | Learner | None = None,
        sampler: str | Sampler | None = None,
        oracle: str | Oracle | None = None,
        trackers: str | Tracker | Sequence[str | Tracker] = (),
        on_progress: Callable[[Progress], None] | None = None,
    ) -> CycleRunner:
        """Go on with a recorded run, from its last finished step.

        Parameters
        ----------
        path : path
        pool : Pool, optional
            Needed where the run's recipe cannot load it; its digest must match.
        learner, sampler, oracle : str or instance, optional
            Needed where the run used a part of your own; its config must match the recorded one. The sampler
            is the one that picked last.
        trackers : sequence of str or instance
            Are sent first what they miss of the run.
        """
        run = Run.open(path, pool)
        # All that can be refused comes before the writer's lock, which an open runner of this process loses.
        parts = (
            recorded_part(learners, run.config["learner"], learner, "learner"),
            recorded_part(samplers, last_sampler(run), sampler, "sampler"),
            recorded_part(oracles, run.config["oracle"], oracle, "oracle"),
        )
        check_parts(run.pool, *parts)
        told = made(trackers)
        runner = cls.__new__(cls)
        runner._setup(Store.resume(run.path, run.pool), run.pool, *parts, told, on_progress)
        return runner

    def __repr__(self) -> str:
        return (
            f"CycleRunner({self.history.name!r}, {self.learner.name}, {self._sampler.name}, {self.history.fitted} fits)"
        )

    def close(self) -> None:
        """Let go of the run folder; reading stays possible through `history`."""
        self._tracking.end()
        self._store.close()

    @property
    def budget(self) -> int:
        """How many ids an acquisition picks."""
        return int(self.history.config["budget"])

    @property
    def learner(self) -> Learner:
        """What is trained in every cycle; another one needs a `fork`."""
        return self._learner

    @property
    def trackers(self) -> tuple[Tracker, ...]:
        """Who else is told of every step."""
        return self._tracking.trackers

    @property
    def sampler(self) -> Sampler:
        """The sampler of the next pick; it may be changed at any time."""
        return self._sampler

    @sampler.setter
    def sampler(self, sampler: str | Sampler) -> None:
        sampler = samplers.make(sampler)
        check_needs(sampler, at_most(self._gives, self.oracle), f"the learner {self.learner.name!r}")
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
            return self._open.pick(cycle, self._sampler, n)

    def label(self, ids: ArrayLike | None = None, labels: ArrayLike | None = None) -> CycleRecord:
        """Give answers and close the cycle; other ids than asked may be labeled, both are recorded.

        Parameters
        ----------
        ids : array of int, optional
            By default what was picked; where a person answers, all that people answered since the last fit: to
            the picks, to other examples of this run, and to examples that were learned from before.
        labels : array of int, optional
            By default the oracle is asked.
        """
        if ids is None and labels is not None:
            raise InvalidInput("labels without ids: pass both, label(ids, labels).")
        with self._working() as cycle:
            if ids is not None:
                return self._open.label(cycle, ids, labels)
            if self.oracle.name == "human":
                return self._open.close(cycle)
            return self._open.label(cycle, self._open.pick(cycle, self._sampler, None).ids, None)

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
        closed = self.history.closed
        last = closed + whole("cycles", cycles, 0) if until is None else whole("until", until, 0)
        if last > closed:
            self._check_oracle()
        warn_of_size(self.history, last)
        with self._working() as cycle:
            while cycle < last and self._left(cycle):
                self._step(cycle)
                cycle += 1
            if cycle <= last:
                self._open.fit(cycle)
        return self.history

    def ask(self, cycle: int, sampler: str | Sampler, n: int | None = None) -> Selection:
        """Return what a sampler would pick at a fitted cycle; a step that makes it real does not compute it again."""
        sampler = samplers.make(sampler)
        with self._working(), self._metered(cycle) as meter:
            return self._open.ask(cycle, sampler, n, meter)[0]

    def preview(self, cycle: int, sampler: str | Sampler, report: Report = silent, n: int | None = None) -> Selection:
        """Return what `ask` returns, beside whatever else this runner does; a view asks so in the background.

        Nothing is locked and `stop` is not heard: `report` ends it by raising.
        """
        sampler = samplers.make(sampler)
        meter = Meter(cycle, lambda told: report(told.phase, told.done, told.total), threading.Event())
        with meter.running():
            return self._open.ask(cycle, sampler, n, meter)[0]

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
        chosen = self._sampler if sampler is None else sampler
        trained = self.learner if learner is None else learner
        return self.fork_of(
            self.history,
            at,
            chosen,
            trained,
            self.oracle,
            pool=self.pool,
            path=path,
            trackers=self.trackers,
            on_progress=self.on_progress,
        )

    @classmethod
    def fork_of(
        cls,
        run: Run,
        at: int,
        sampler: str | Sampler,
        learner: str | Learner,
        oracle: str | Oracle,
        *,
        pool: Pool | None = None,
        path: str | PathLike[str] | None = None,
        keep: Sequence[str] | None = None,
        trackers: str | Tracker | Sequence[str | Tracker] = (),
        on_progress: Callable[[Progress], None] | None = None,
    ) -> CycleRunner:
        """Return what `fork` returns, of a run that is only read: any number of processes may fork it at once.

        Parameters
        ----------
        oracle : str or instance
            The one that the run was started with.
        pool : Pool, optional
            Needed where the run's recipe cannot load it.
        keep : sequence of str, optional
            Which arrays of its own cycles stay; those of `run` by default.
        """
        pool = run.pool if pool is None else pool
        chosen, trained = samplers.make(sampler), learners.make(learner)
        asked = recorded_part(oracles, run.config["oracle"], oracle, "oracle")
        told = made(trackers)
        store = forked(run, at, pool, trained, chosen, asked, path, keep)
        fork = cls.__new__(cls)
        fork._setup(store, pool, trained, chosen, asked, told, on_progress)
        return fork

    def restore(self, cycle: int) -> None:
        """Fit a recorded cycle again to bring back arrays that ``keep=`` dropped.

        On the same kind of machine, versions and threads the arrays are equal bit by bit; otherwise a
        warning says that they were replaced by the new ones.
        """
        run = self.history
        recorded = run.stage(cycle, "fit")
        if run.owner(cycle) is not run:
            raise InvalidInput(f"Cycle {cycle} was fitted by {run.owner(cycle).name!r}: restore it there.")
        with self._working():
            self._store.check_open()
            learner = self._part(learners, self.learner, recorded["learner"], "learner")
            with self._metered(cycle) as meter:
                made = fit(run, cycle, learner, self.pool, meter.report)
            equal = self._store.put_back_fit(cycle, made.snapshot, made.weights)
            self._open.forget_asked()
            if cycle < run.picked and run.dropped(cycle, "pick"):
                pick = run.stage(cycle, "pick")
                sampler = self._part(samplers, self._sampler, pick["sampler"], "sampler")
                with self._metered(cycle) as meter:
                    selection, _ = self._open.ask(cycle, sampler, pick["asked"], meter)
                equal &= self._store.put_back_pick(cycle, selection)
        if not equal:
            warnings.warn(
                f"Cycle {cycle} was computed again and differs from what was recorded: another machine, version or "
                "number of threads. The new arrays were stored.",
                AlvizWarning,
                stacklevel=2,
            )

    def stop(self) -> None:
        """Ask a running call to end: it raises `Stopped` at its next report. All finished steps are kept."""
        if self._lock.locked():
            self._stop.set()

    @contextmanager
    def reporting(self, report: Report) -> Iterator[None]:
        """Send progress to ``report(phase, done, total)``, too, while the block runs; it ends the work by raising."""
        before = self.on_progress

        def tell(progress: Progress) -> None:
            report(progress.phase, progress.done, progress.total)
            if before is not None:
                before(progress)

        self.on_progress = tell
        try:
            yield
        finally:
            self.on_progress = before

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left to pick: all is labeled or set aside."""
        return not self._left(self.history.closed)

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
        selection = self._open.pick(cycle, self._sampler, None)
        return self._open.label(cycle, selection.ids, None)

    # -- checks ---------------------------------------------------------------------------------

    def _left(self, cycle: int) -> bool:
        gone = np.union1d(self.history.labeled(cycle).ids, self.history.set_aside(cycle))
        return len(gone) < len(self.pool)

    def _check_oracle(self) -> None:
        if self.oracle.name == "human":
            raise InvalidInput(
                "A person answers in this run: query(), alviz.Labeler(runner) or label(ids, labels), and again, in "
                "place of step and run."
            )

    @staticmethod
    def _part(kind: Any, mine: Any, config: dict[str, Any], what: str) -> Any:
        """Return the part that a cycle was recorded with: this runner's where it is the same."""
        return mine if mine.config() == config else recorded_part(kind, config, None, what)


def _check_folds(folds: int) -> int:
    folds = whole("cross_validate", folds, 0)
    if folds == 1:
        raise InvalidInput("cross_validate is 1, expected at least 2 folds, or 0 for none.")
    return folds
