"""Runs made in this process, or in others on this machine."""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from alviz.errors import InvalidInput, WorkerDied
from alviz.sweep.job import Job, Outcome, work
from alviz.sweep.places import Place, check_sendable

# How often a process looks whether the one that started it is still there.
_LOOK_SECONDS = 0.5


class _Serial:
    workers, here = 1, True

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        for job in jobs:
            yield work(job)


class _Processes:
    here = False

    def __init__(self, workers: int, threads: int | None) -> None:
        self.workers = workers
        self._threads = threads

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        from joblib import Parallel, delayed, parallel_config
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        check_sendable(jobs)
        me = os.getpid()
        try:
            with parallel_config("loky", n_jobs=self.workers, inner_max_num_threads=self._threads):
                parallel = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch="n_jobs")
                made = parallel(delayed(_work_for)(me, job) for job in jobs)
                try:
                    for outcome in made:  # noqa: UP028  `yield from` would close it where joblib's warning is heard
                        yield outcome
                finally:
                    with warnings.catch_warnings():
                        # That tasks are cancelled is what is meant when a sweep is stopped.
                        warnings.filterwarnings("ignore", ".*(still being processed|successfully executed)")
                        made.close()
        except TerminatedWorkerError as error:
            raise WorkerDied("A worker ended without a word.") from error
        except BrokenProcessPool as error:
            raise InvalidInput(
                "A worker cannot load what the sweep is made of. A learner, sampler, oracle or tracker of your own has "
                "to be defined in the notebook or script itself, or in a module that other processes can import: "
                f"{_cause(error)}"
            ) from error


def _cause(error: BaseException) -> str:
    """Return the last line of what a worker said."""
    return str(error.__cause__ or error).strip().strip("'\"").strip().splitlines()[-1]


def _work_for(sweep: int, job: Job) -> Outcome:
    """Do a job in a process that ends with the one that makes the sweep.

    A killed process takes none of its children with it: they would go on to the end of their runs, and hold them.
    """
    _end_with(sweep)
    return work(job)


_watched: set[int] = set()


def _end_with(parent: int) -> None:
    if parent in _watched:
        return
    _watched.add(parent)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="alviz-parent").start()


@contextmanager
def here() -> Iterator[Place]:
    """Yield this process as a place."""
    yield _Serial()


@contextmanager
def processes(workers: int, threads: int | None) -> Iterator[Place]:
    """Yield other processes on this machine as a place; they end when the block fails."""
    from joblib.externals.loky import get_reusable_executor

    try:
        yield _Processes(workers, threads)
    except BaseException:
        # Interrupted, or told to stop: a run that goes on behind the caller's back would hold its folder.
        get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)
        raise
