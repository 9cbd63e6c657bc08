"""Runs made on a Ray cluster, or by a Ray of its own on this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from alviz.errors import InvalidInput, NoScheduler, WorkerDied
from alviz.sweep.job import Job, Outcome, work
from alviz.sweep.places import ANSWER_SECONDS, Place, check_sendable


class _Ray:
    here = False

    def __init__(self, workers: int, died: tuple[type[BaseException], ...]) -> None:
        self.workers = workers
        self._died = died

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        from joblib import Parallel, delayed, parallel_config

        check_sendable(jobs)
        try:
            # Ray's backend gives all results at the end, none before.
            with parallel_config("ray", n_jobs=self.workers):
                made = Parallel(batch_size=1, pre_dispatch="n_jobs")(delayed(work)(job) for job in jobs)
        except self._died as error:
            raise WorkerDied(f"A worker ended without a word: {error}") from error
        yield from made


def _check_port(address: str) -> None:
    """Refuse an address where nobody listens: Ray would try for many minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not port.isdigit():
        return  # "auto", which Ray itself looks up on this machine
    try:
        socket.create_connection((host.strip("[]"), int(port)), ANSWER_SECONDS).close()
    except OSError as error:
        raise NoScheduler(
            f"No Ray cluster answers at {address!r}: {error}. Start one with `ray start --head`, and give the address "
            "that it prints."
        ) from error


@contextmanager
def ray_cluster(workers: int, scheduler: Any) -> Iterator[Place]:
    """Yield the place of a cluster, or of a Ray of its own until the block ends; parameters as those of `place`."""
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
