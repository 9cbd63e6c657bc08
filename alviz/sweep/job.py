"""What one worker does: a run of the grid, or the root that runs of one learner and seed are forks of."""

from __future__ import annotations

import json
import os
import socket
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alviz.errors import DiskFull, RunLocked, RunnerBusy, Stopped, WorkerMismatch
from alviz.learners import Learner
from alviz.oracles import Oracle
from alviz.pool import Pool
from alviz.runner import CycleRunner
from alviz.samplers import Sampler
from alviz.store import Run
from alviz.store.arrays import KEEP
from alviz.store.files import no_room
from alviz.store.writer import versions
from alviz.sweep.call import is_wanted, still_wanted
from alviz.sweep.pools import Sent, receive
from alviz.sweep.threads import limited
from alviz.trackers import Tracker

RUNNING = ".running"

# Errors after which no other run can go on either.
_FATAL = (DiskFull, WorkerMismatch)

# How long a worker of an earlier call, which looks once a second whether it is still wanted, may hold a run: it looks
# when the learner or the sampler says how far it is.
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Settings:
    """What all runs of a sweep have in common; the parameters of `CycleRunner`."""

    initial: Any
    budget: int
    subset: int | None
    oracle: Oracle
    keep: tuple[str, ...]
    cross_validate: int


@dataclass(frozen=True)
class Job:
    """One run to be made, or gone on with.

    Attributes
    ----------
    sweep : Path
        The folder of the sweep.
    call : str
        The call that wants it; see `alviz.sweep.call`.
    name : str
        The folder of the run in it.
    root : str or None
        The folder of the run that it is a fork of; None for a root.
    learner : Learner
    sampler : Sampler or None
        None for a root.
    seed : int
    cycles : int
        Acquisitions in all; 0 for a root, which only fits.
    settings : Settings
    pool : Pool or Sent
    threads : int or None
    versions : mapping
        What the sweep is made with.
    trackers : tuple
        What the run is logged to.
    """

    sweep: Path
    call: str
    name: str
    root: str | None
    learner: Learner
    sampler: Sampler | None
    seed: int
    cycles: int
    settings: Settings
    pool: Pool | Sent
    threads: int | None
    versions: Mapping[str, str | None]
    trackers: tuple[Tracker, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of a job, in plain words: errors of any package may not survive the way between processes.

    Attributes
    ----------
    name : str
    seconds : float
    acquisitions : int
        Made now.
    error : str
        Empty if all went well.
    traceback : str
    fatal : str
        The name of the error if no other run can go on either.
    """

    name: str
    seconds: float = 0.0
    acquisitions: int = 0
    error: str = ""
    traceback: str = ""
    fatal: str = ""


def work(job: Job) -> Outcome:
    """Do a job; whatever it raises becomes its outcome."""
    start = time.perf_counter()
    try:
        check_versions(job.versions)
        with _marked(job), limited(job.threads):
            made = _patiently(job, _run if job.root is not None else _root)
        return Outcome(job.name, time.perf_counter() - start, made)
    except Exception as error:  # noqa: BLE001  one run that fails, by anyone's code, does not stop the others
        return Outcome(
            job.name,
            time.perf_counter() - start,
            error=f"{type(error).__name__}: {error}",
            traceback=traceback.format_exc(),
            fatal=type(error).__name__ if isinstance(error, _FATAL) else "",
        )


def check_versions(wanted: Mapping[str, str | None]) -> None:
    """Refuse a process whose libraries are not those that the sweep is made with.

    Raises
    ------
    WorkerMismatch
        Naming the machine and the packages.
    """
    here = versions()
    differ = [f"{name} {here.get(name)}, not {value}" for name, value in wanted.items() if here.get(name) != value]
    if differ:
        raise WorkerMismatch(
            f"Process {os.getpid()} on {socket.gethostname()} has {'; '.join(differ)}: its runs could not be compared "
            "with the others. Install those versions there, or start a sweep in another folder."
        )


def _patiently(job: Job, make: Callable[[Job], int]) -> int:
    """Make a run; where a worker of an earlier call still holds it, after that one saw that it is not wanted."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        if not is_wanted(job.sweep, job.call):
            raise Stopped("The sweep ended, or was begun anew, before this run began.")
        try:
            return make(job)
        except (RunLocked, RunnerBusy):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _root(job: Job) -> int:
    """Make the initial set and the first fit, which all samplers share; it keeps all that any of them may look at."""
    told = job.settings
    runner = CycleRunner(
        receive(job.pool),
        job.learner,
        "random",
        initial=told.initial,
        budget=told.budget,
        subset=told.subset,
        seed=job.seed,
        path=job.sweep / job.name,
        oracle=told.oracle,
        keep=KEEP,
        cross_validate=told.cross_validate,
        on_progress=still_wanted(job.sweep, job.call),
    )
    try:
        runner.run(until=0)
    finally:
        runner.close()
    return 0


def _run(job: Job) -> int:
    assert job.root is not None
    assert job.sampler is not None
    pool = receive(job.pool)
    root = Run.open(job.sweep / job.root, pool)
    runner = CycleRunner.fork_of(
        root,
        0,
        job.sampler,
        job.learner,
        job.settings.oracle,
        pool=pool,
        path=job.sweep / job.name,
        keep=job.settings.keep,
        trackers=job.trackers,
        on_progress=still_wanted(job.sweep, job.call),
    )
    try:
        before = runner.history.closed
        runner.run(until=job.cycles)
        return runner.history.closed - before
    finally:
        runner.close()


@contextmanager
def _marked(job: Job) -> Iterator[None]:
    """Leave a file that says who is at a job: it stays behind when a worker dies."""
    mark = job.sweep / RUNNING / job.name
    with no_room(mark):
        mark.parent.mkdir(exist_ok=True)
        mark.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}), encoding="utf-8")
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)
