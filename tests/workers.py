"""Parts that the tests of sweeps send to other processes: they count, wait, tell, kill their worker, fill the disk."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from alviz.learners.base import Fit
from alviz.learners.linear import Linear
from alviz.part import parameter
from alviz.samplers.query import Query
from alviz.samplers.random import Random
from alviz.selection import Selection


@dataclass(frozen=True)
class Counting(Linear):
    """Notes every fit that it begins in a file, and takes its time, of which it tells."""

    name: ClassVar[str] = "counting"

    log: str = parameter("", "the file")
    seconds: float = parameter(0.0, "how long a fit takes", low=0, high=60)

    def fit(self, task: Any, pool: Any, labels: Any, previous: Any, rng: Any, progress: Any, *more: Any) -> Fit:
        line = f"{os.getpid()} {hashlib.sha256(labels.ids.tobytes()).hexdigest()}\n"
        with Path(self.log).open("a", encoding="ascii") as log:
            log.write(line)
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            progress("train", 0, 1)
            time.sleep(0.01)
        return super().fit(task, pool, labels, previous, rng, progress, *more)


def fits(log: Path) -> Counter[str]:
    """Return how often each fit was begun: runs differ in what is labeled, from their first pick on."""
    return Counter(line.split()[1] for line in log.read_text(encoding="ascii").splitlines())


@dataclass(frozen=True)
class Threads(Linear):
    """Tells of every thread pool that it finds, as metrics."""

    name: ClassVar[str] = "threads"

    def fit(self, *args: Any, **more: Any) -> Fit:
        import faiss
        import torch
        from threadpoolctl import threadpool_info

        made = super().fit(*args, **more)
        pools = [pool["num_threads"] for pool in threadpool_info()]
        told = {
            "torch": torch.get_num_threads(),
            "faiss": faiss.omp_get_max_threads(),
            "least": min(pools),
            "most": max(pools),
            "environment": int(os.environ["OMP_NUM_THREADS"]),
        }
        return replace(made, metrics={name: float(value) for name, value in told.items()})


@dataclass(frozen=True)
class Fatal(Random):
    """Takes its process with it."""

    name: ClassVar[str] = "fatal"

    def select(self, query: Query) -> Selection:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


@dataclass(frozen=True)
class Filling(Random):
    """Fills the disk of its process from its first pick on, while a file is there."""

    name: ClassVar[str] = "filling"

    flag: str = parameter("", "the file")

    def select(self, query: Query) -> Selection:
        if Path(self.flag).exists():
            os.fsync = _full
        return super().select(query)


def _full(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def at_work(sweep: Path) -> dict[str, int]:
    """Return the process of every run that is being made, by the run's name."""
    found = {}
    for mark in (sweep / ".running").glob("*"):
        try:
            found[mark.name] = int(json.loads(mark.read_text(encoding="utf-8"))["pid"])
        except (FileNotFoundError, ValueError):  # it ended, or begins, just now
            continue
    return found


def steps(run: Path) -> int:
    """Return how many fits, picks and labels of a run stand."""
    return sum(1 for _ in (run / "cycles").glob("[0-9]*/[a-z]*"))


@dataclass(frozen=True)
class Failing(Random):
    """Fails."""

    name: ClassVar[str] = "failing"

    def select(self, query: Query) -> Selection:
        raise ZeroDivisionError("on purpose")


@dataclass(frozen=True)
class Stuck(Random):
    """Takes a file away, and then comes to no end; all goes well where there is none."""

    name: ClassVar[str] = "stuck"

    flag: str = parameter("", "the file")

    def select(self, query: Query) -> Selection:
        flag = Path(self.flag)
        if flag.exists():
            flag.unlink()
            for _ in range(20_000):
                query.report("select", 0, 1)
                time.sleep(0.01)
        return super().select(query)
