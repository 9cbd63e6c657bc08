"""Runs made on a dask cluster that is there."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from alviz.errors import InvalidInput, NoScheduler, WorkerMismatch
from alviz.sweep.job import Job, Outcome, check_versions, work
from alviz.sweep.places import ANSWER_SECONDS, Place, check_sendable


class _Dask:
    here = False

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        self.workers = sum(client.nthreads().values())

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        from distributed import as_completed
        from distributed.scheduler import KilledWorker

        check_sendable(jobs)
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
def dask(scheduler: Any, wanted: Any) -> Iterator[Place]:
    """Yield the place of a cluster whose workers have the versions that are wanted; parameters as those of `place`."""
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
            client.wait_for_workers(1, timeout=ANSWER_SECONDS)
        except TimeoutError as error:
            raise NoScheduler(
                f"The scheduler at {address} has no worker after {ANSWER_SECONDS} seconds. Start some: "
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
        comm = await connect(address, timeout=ANSWER_SECONDS)
        comm.abort()

    try:
        # A client of its own would wait for ever for a scheduler that is there and says nothing.
        _within(ANSWER_SECONDS, ask())
        return make(address, timeout=ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        why = f": {error}" if str(error) else ""
        raise NoScheduler(
            f"No dask scheduler answers at {address!r} within {ANSWER_SECONDS} seconds{why}. Start one with "
            "`dask scheduler`, and give the address that it prints."
        ) from error


def _within(seconds: float, question: Coroutine[Any, Any, None]) -> None:
    """Wait for an answer, in a thread of its own: a notebook has a loop already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, asyncio.wait_for(question, seconds)).result()
