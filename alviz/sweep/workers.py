"""Where the runs of a sweep are made: in this process, in others on this machine, or on a cluster that is there.

Every place takes jobs and yields their outcomes as they come. A worker that dies loses at most the step in which it
was: whoever takes the job next goes on from the run's folder.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Protocol

from alviz.errors import InvalidInput, NoScheduler, WorkerDied, WorkerMismatch
from alviz.sweep.job import Job, Outcome, check_versions, work

BACKENDS = ("processes", "dask", "ray")

# How long a scheduler, and then its first worker, may take to answer.
_ANSWER_SECONDS = 10

# How often a process looks whether the one that started it is still there.
_LOOK_SECONDS = 0.5


class Place(Protocol):
    """Where jobs are done.

    Attributes
    ----------
    workers : int
        How many at once.
    here : bool
        Whether that is this process.
    """

    workers: int
    here: bool

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        """Do the jobs, and yield what came of each as it ends.

        Raises
        ------
        WorkerDied
            If one ended without a word; the outcomes of all jobs that were not yielded are unknown.
        """


def place(
    backend: str, workers: int, threads: int | None, scheduler: Any, wanted: Any
) -> AbstractContextManager[Place]:
    """Return the place of a backend, open until the block ends.

    Parameters
    ----------
    backend : {"processes", "dask", "ray"}
    workers : int
        How many processes on this machine, or how many jobs at once on a Ray cluster; dask has its own.
    threads : int or None
        Of each worker.
    scheduler : str, distributed.Client or None
        Where a cluster is to be found.
    wanted : mapping
        The versions that workers have to have.

    Raises
    ------
    NoScheduler, WorkerMismatch, InvalidInput
        Before anything is done.
    """
    if backend not in BACKENDS:
        raise InvalidInput(f"backend is {backend!r}, expected one of {', '.join(map(repr, BACKENDS))}.")
    if backend == "dask":
        return _dask(scheduler, wanted)
    if backend == "ray":
        return _ray(workers, scheduler)
    if scheduler is not None:
        raise InvalidInput("scheduler= goes with backend='dask' or 'ray'; processes run on this machine.")
    return _here() if workers == 1 else _processes(workers, threads)


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

        _check_sendable(jobs)
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


def _check_sendable(jobs: Sequence[Job]) -> None:
    from joblib.externals.loky.backend.reduction import dumps

    for job in jobs:
        try:
            dumps(job)
        except Exception as error:  # whatever a part of one's own raises there
            raise InvalidInput(
                f"The run {job.name!r} cannot be sent to another process: {error}. Its learner, sampler, oracle and "
                "trackers must hold plain values alone, or workers=1."
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


class _Ray:
    here = False

    def __init__(self, workers: int, died: tuple[type[BaseException], ...]) -> None:
        self.workers = workers
        self._died = died

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        from joblib import Parallel, delayed, parallel_config

        _check_sendable(jobs)
        try:
            # Ray's backend gives all results at the end, none before.
            with parallel_config("ray", n_jobs=self.workers):
                made = Parallel(batch_size=1, pre_dispatch="n_jobs")(delayed(work)(job) for job in jobs)
        except self._died as error:
            raise WorkerDied(f"A worker ended without a word: {error}") from error
        yield from made


class _Dask:
    here = False

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        self.workers = sum(client.nthreads().values())

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        from distributed import as_completed
        from distributed.scheduler import KilledWorker

        _check_sendable(jobs)
        call = uuid.uuid4().hex
        futures = {
            self._client.submit(work, job, key=f"{job.sweep.name}-{job.name}-{call}", pure=False): job for job in jobs
        }
        try:
            for future in as_completed(list(futures), loop=self._client.loop):
                error = future.exception()
                if isinstance(error, KilledWorker):
                    yield Outcome(
                        futures[future].name,
                        error="KilledWorker: the workers that made it died, one after the other. Was there enough "
                        "memory?",
                        traceback=str(error),
                    )
                elif future.cancelled():
                    raise NoScheduler(
                        f"The scheduler at {self._address} is gone. All finished steps are kept: the same call goes on "
                        "from them when one is there."
                    )
                elif error is not None:
                    # Before the work began, such as a part of one's own that the worker cannot import.
                    yield Outcome(futures[future].name, error=f"{type(error).__name__}: {error}", traceback=repr(error))
                else:
                    yield future.result()
        finally:
            self._client.cancel(list(futures), force=True)


@contextmanager
def _here() -> Iterator[Place]:
    yield _Serial()


@contextmanager
def _processes(workers: int, threads: int | None) -> Iterator[Place]:
    from joblib.externals.loky import get_reusable_executor

    try:
        yield _Processes(workers, threads)
    except BaseException:
        # Interrupted, or told to stop: a run that goes on behind the caller's back would hold its folder.
        get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)
        raise


@contextmanager
def _dask(scheduler: Any, wanted: Any) -> Iterator[Place]:
    try:
        from distributed import Client
    except ImportError as error:
        raise InvalidInput("backend='dask' needs dask's scheduler: pip install 'alviz[cluster]'.") from error
    with ExitStack() as stack:
        if isinstance(scheduler, Client):
            client, address = scheduler, getattr(scheduler.scheduler, "address", "?")
            if client.asynchronous or client.status != "running":
                raise InvalidInput(
                    f"scheduler is {client!r}: pass a client that is connected and not asynchronous, or the address of "
                    "the scheduler."
                )
        elif isinstance(scheduler, str):
            client, address = stack.enter_context(_client(Client, scheduler)), scheduler
        else:
            raise InvalidInput(
                f"scheduler is {scheduler!r}: with backend='dask' name the scheduler that is running, "
                "scheduler='tcp://host:8786', or pass a distributed.Client."
            )
        try:
            client.wait_for_workers(1, timeout=_ANSWER_SECONDS)
        except TimeoutError as error:
            raise NoScheduler(
                f"The scheduler at {address} has no worker after {_ANSWER_SECONDS} seconds. Start some: "
                f"dask worker {address} --nthreads 1."
            ) from error
        try:
            client.run(check_versions, wanted)
        except ImportError as error:
            raise WorkerMismatch(
                f"A worker of {address} cannot load alviz ({error}): install the same versions there."
            ) from error
        yield _Dask(client, address)


def _client(make: Callable[..., Any], address: str) -> Any:
    from distributed.comm.core import connect

    async def ask() -> None:
        comm = await connect(address, timeout=_ANSWER_SECONDS)
        comm.abort()

    try:
        # A client of its own would wait for ever for a scheduler that is there and says nothing.
        _within(_ANSWER_SECONDS, ask())
        return make(address, timeout=_ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        why = f": {error}" if str(error) else ""
        raise NoScheduler(
            f"No dask scheduler answers at {address!r} within {_ANSWER_SECONDS} seconds{why}. Start one with "
            "`dask scheduler`, and give the address that it prints."
        ) from error


def _within(seconds: float, question: Coroutine[Any, Any, None]) -> None:
    """Wait for an answer, in a thread of its own: a notebook has a loop already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, asyncio.wait_for(question, seconds)).result()


def _check_port(address: str) -> None:
    """Refuse an address where nobody listens: Ray would try for many minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdigit():
        return  # "auto", which Ray itself looks up on this machine
    try:
        socket.create_connection((host.strip("[]"), int(port)), _ANSWER_SECONDS).close()
    except OSError as error:
        raise NoScheduler(
            f"No Ray cluster answers at {address!r}: {error}. Start one with `ray start --head`, and give the address "
            "that it prints."
        ) from error


@contextmanager
def _ray(workers: int, scheduler: Any) -> Iterator[Place]:
    # Nothing that is not asked for leaves the machine: Ray would tell its makers of its use.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        from ray.exceptions import RayActorError, WorkerCrashedError
        from ray.util.joblib import register_ray
    except ImportError as error:
        raise InvalidInput("backend='ray' needs Ray: pip install 'alviz[ray]'.") from error
    started = not ray.is_initialized()
    if started:
        if scheduler is not None:
            _check_port(str(scheduler))
        local: dict[str, Any] = {"num_cpus": workers, "include_dashboard": False} if scheduler is None else {}
        try:
            ray.init(address="local" if scheduler is None else scheduler, log_to_driver=False, **local)
        except ConnectionError as error:
            raise NoScheduler(f"No Ray cluster answers at {scheduler!r}: {error}") from error
    try:
        register_ray()
        yield _Ray(workers, (RayActorError, WorkerCrashedError))
    finally:
        if started:
            ray.shutdown()
