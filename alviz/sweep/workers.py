"""Where the runs of a sweep are made: in this process, in others on this machine, or on a cluster that is there.

Every place takes jobs and yields their outcomes as they come. A worker that dies loses at most the step in which it
was: whoever takes the job next goes on from the run's folder.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from alviz.errors import InvalidInput
from alviz.sweep.on_dask import dask
from alviz.sweep.on_ray import ray_cluster
from alviz.sweep.places import Place
from alviz.sweep.processes import here, processes

BACKENDS = ("processes", "dask", "ray")


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
        return dask(scheduler, wanted)
    if backend == "ray":
        return ray_cluster(workers, scheduler)
    if scheduler is not None:
        raise InvalidInput("scheduler= goes with backend='dask' or 'ray'; processes run on this machine.")
    return here() if workers == 1 else processes(workers, threads)
