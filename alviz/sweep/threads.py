"""How many threads BLAS, torch and faiss may use, so that workers do not take each other's cores."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

# A worker of a cluster may make several runs at once in threads: BLAS and the environment are the process's, and are
# put back by the last. torch and faiss keep a number for each thread.
_lock = threading.Lock()
_inside = 0
_outer = ExitStack()

# What libraries that are loaded later read.
_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def share(workers: int) -> int:
    """Return how many threads each of several workers on this machine gets: all cores together, one at least."""
    return max(1, (os.cpu_count() or 1) // workers)


@contextmanager
def limited(threads: int | None) -> Iterator[None]:
    """Run the block with that many threads, and put back what was; None leaves all as it is."""
    if threads is None:
        yield
        return
    # torch is there before anything is trained, so that run.json says how many threads it had.
    import torch

    before = torch.get_num_threads()
    _enter(threads)
    try:
        torch.set_num_threads(threads)
        _limit_faiss(threads)
        yield
    finally:
        torch.set_num_threads(before)
        _limit_faiss(before)
        _leave()


def _enter(threads: int) -> None:
    global _inside
    from threadpoolctl import threadpool_limits

    with _lock:
        if _inside == 0:
            _outer.enter_context(_environment(threads))
            _outer.enter_context(threadpool_limits(threads))
        _inside += 1


def _leave() -> None:
    global _inside
    with _lock:
        _inside -= 1
        if _inside == 0:
            _outer.close()


@contextmanager
def _environment(threads: int) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _VARIABLES}
    os.environ.update(dict.fromkeys(_VARIABLES, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _limit_faiss(threads: int) -> None:
    faiss = sys.modules.get("faiss")
    if faiss is not None:
        faiss.omp_set_num_threads(threads)
