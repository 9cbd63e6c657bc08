"""How many threads BLAS, torch and faiss may use, so that workers do not take each other's cores."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

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
    # torch and faiss have a pool of their own each. torch is there before anything is trained, so that run.json says
    # how many threads it had.
    import torch
    from threadpoolctl import threadpool_limits

    environment = {name: os.environ.get(name) for name in _VARIABLES}
    before = torch.get_num_threads()
    os.environ.update(dict.fromkeys(_VARIABLES, str(threads)))
    torch.set_num_threads(threads)
    try:
        with threadpool_limits(threads):
            _limit_faiss(threads)
            yield
    finally:
        torch.set_num_threads(before)
        _limit_faiss(before)
        for name, value in environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _limit_faiss(threads: int) -> None:
    faiss = sys.modules.get("faiss")
    if faiss is not None:
        faiss.omp_set_num_threads(threads)
