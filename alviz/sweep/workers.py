"""Where the runs of a sweep are made: in this process, in others on this machine, or on a cluster that is there.

Every place takes jobs and yields their outcomes as they come. A worker that dies loses at most the step in which it
was: whoever takes the job next goes on from the run's folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Protocol

from alviz.errors import InvalidInput, NoScheduler, WorkerDied
from alviz.sweep.job import Job, Outcome, check_versions, work

BACKENDS = ("processes", "dask", "ray")

# How long a scheduler, and then its first worker, may take to answer.
_ANSWER_SECONDS = 10


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

    def outcomes(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
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
        return _ray(workers, threads, scheduler)
    if scheduler is not None:
        raise InvalidInput("scheduler= goes with backend='dask' or 'ray'; processes run on this machine.")
    return _here() if workers == 1 else _processes(workers, threads)


class _Serial:
    workers, here = 1, True

    def outcomes(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        for job in jobs:
            yield work(job)


class _Joblib:
    here = False

    def __init__(self, workers: int, died: tuple[type[BaseException], ...], **backend: Any) -> None:
        self.workers = workers
        self._died = died
        self._backend = backend

    def outcomes(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        from joblib import Parallel, delayed, parallel_config

        try:
            with parallel_config(n_jobs=self.workers, **self._backend):
                made = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch="n_jobs")
                yield from made(delayed(work)(job) for job in jobs)
        except self._died as error:
            raise WorkerDied(f"A worker ended without a word: {error}") from error


class _Dask:
    here = False

    def __init__(self, client: Any) -> None:
        self._client = client
        self.workers = sum(client.nthreads().values())

    def outcomes(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        from distributed import as_completed
        from distributed.scheduler import KilledWorker

        futures = {
            self._client.submit(work, job, key=f"{job.sweep.name}-{job.name}-{id(jobs)}", pure=False): job
            for job in jobs
        }
        try:
            for future in as_completed(list(futures)):
                error = future.exception()
                if isinstance(error, KilledWorker):
                    name = futures[future].name
                    yield Outcome(name, error=f"KilledWorker: the workers that made {name} died one after the other.")
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
        yield _Joblib(workers, (BrokenProcessPool,), backend="loky", inner_max_num_threads=threads)
    except BaseException:
        # Interrupted, or told to stop: a run that goes on behind the caller's back would hold its folder.
        get_reusable_executor().shutdown(wait=False, kill_workers=True)
        raise


@contextmanager
def _dask(scheduler: Any, wanted: Any) -> Iterator[Place]:
    try:
        from distributed import Client
    except ImportError as error:
        raise InvalidInput("backend='dask' needs dask's scheduler: pip install 'alviz[cluster]'.") from error
    with ExitStack() as stack:
        if isinstance(scheduler, Client):
            client = scheduler
        elif isinstance(scheduler, str):
            client = stack.enter_context(_client(Client, scheduler))
        else:
            raise InvalidInput(
                f"scheduler is {scheduler!r}: with backend='dask' name the scheduler that is running, "
                "scheduler='tcp://host:8786', or pass a distributed.Client."
            )
        address = scheduler if isinstance(scheduler, str) else str(client.scheduler_info()["address"])
        try:
            client.wait_for_workers(1, timeout=_ANSWER_SECONDS)
        except TimeoutError as error:
            raise NoScheduler(
                f"The scheduler at {address} has no worker after {_ANSWER_SECONDS} seconds. Start some: "
                f"dask worker {address} --nthreads 1."
            ) from error
        client.run(check_versions, wanted)
        yield _Dask(client)


def _client(make: Callable[..., Any], address: str) -> Any:
    try:
        return make(address, timeout=_ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise NoScheduler(
            f"No dask scheduler answers at {address!r} within {_ANSWER_SECONDS} seconds: {error} Start one with "
            "`dask scheduler`, and look at the address that it prints."
        ) from error


@contextmanager
def _ray(workers: int, threads: int | None, scheduler: Any) -> Iterator[Place]:
    try:
        import ray
        from ray.exceptions import RayActorError, WorkerCrashedError
        from ray.util.joblib import register_ray
    except ImportError as error:
        raise InvalidInput("backend='ray' needs Ray: pip install 'alviz[ray]'.") from error
    started = not ray.is_initialized()
    if started:
        try:
            ray.init(address=scheduler, num_cpus=workers if scheduler is None else None, log_to_driver=False)
        except ConnectionError as error:
            raise NoScheduler(f"No Ray cluster answers at {scheduler!r}: {error}") from error
    try:
        register_ray()
        yield _Joblib(workers, (RayActorError, WorkerCrashedError), backend="ray")
    finally:
        if started:
            ray.shutdown()
