"""Named random streams: the only source of randomness in alviz.

A stream is keyed by (run seed, cycle, part), never by the name of a sampler or learner, so that asking
another sampler at a recorded cycle draws exactly what a fork at that cycle would draw.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

_TORCH = threading.RLock()

PARTS = ("initial", "subset", "learner", "sampler", "map", "folds")


def stream(seed: int, cycle: int, part: str) -> np.random.Generator:
    """Return the generator of one part of one cycle.

    Parameters
    ----------
    seed : int
        The run's seed.
    cycle : int
        The cycle, counted from 0.
    part : {"initial", "subset", "learner", "sampler", "map", "folds"}
        What the numbers are for.
    """
    if part not in PARTS:
        raise ValueError(f"part is one of {PARTS}, not {part!r}")
    # A hash of stable bytes: Python's hash() differs between processes.
    digest = hashlib.sha256(f"alviz/{int(seed)}/{int(cycle)}/{part}".encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype="<u4").tolist())


@contextmanager
def torch_stream(rng: np.random.Generator) -> Iterator[None]:
    """Seed torch's global generator from `rng` and put its old state back at the end.

    Layers' initial weights and dropout know no other generator. The state of CUDA devices in use is
    saved too. The generator is one for the whole process: another thread waits until the block ends.
    """
    import torch

    seed = int(rng.integers(2**63))
    # Named, since torch warns of many; none before anything runs there, since asking would start them all.
    started = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    devices = range(torch.cuda.device_count()) if started else ()
    with _TORCH, torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        yield
