"""What the phases of a cycle cost, to compute what a sweep costs: CIFAR-10 as images, pools of embeddings by size.

Seconds are those of one core's work (`time.process_time` with one thread): other work on the machine does not count,
but for the caches that it takes. Every part runs in a process of its own, whose peak memory is told.

    OMP_NUM_THREADS=1 python benchmarks/scale.py cifar cifar10-jpeg.zip
    OMP_NUM_THREADS=1 python benchmarks/scale.py commit
    OMP_NUM_THREADS=1 python benchmarks/scale.py pool 100000 300000 1000000
    OMP_NUM_THREADS=1 python benchmarks/scale.py map
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

import alviz
from alviz.learners.base import Fit, Learner
from alviz.part import silent
from alviz.record import Labels
from alviz.samplers import Query
from alviz.snapshot import Snapshot

IMAGES, CLASSES, WIDTH = 50_000, 10, 512


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of one core that `work` takes, and what it returns."""
    before = time.process_time()
    made = work()
    return time.process_time() - before, made


def tell(what: str, value: str) -> None:
    print(f"| {what} | {value} |", flush=True)


# -- CIFAR-10 -------------------------------------------------------------------------------------


def cifar(path: str) -> None:
    """Seconds per image of training and embedding, from few images: both are the same for every image."""
    seconds, pool = timed(lambda: alviz.datasets.image_folder(path, size=32))
    tell(f"read {len(pool):,} + {len(pool.X_test):,} JPEG images of 32×32", f"{seconds:.1f} s")
    seconds, _ = timed(lambda: pool.digest)
    tell("digest of the pool", f"{seconds:.2f} s")
    rng = np.random.default_rng(0)
    few = rng.choice(len(pool), 640, replace=False)
    small = alviz.datasets.arrays(pool.X[few], pool.y[few], pool.X_test[:64], pool.y_test[:64], classes=pool.classes)
    for name, learner, labels in (
        ("small CNN, batch 32", alviz.learners.Supervised(epochs=5), 512),
        ("ResNet-18, batch 128, flips and shifts", alviz.learners.ResNet18(epochs=1), 256),
    ):
        marks: list[tuple[str, float]] = []

        def report(phase: str, done: int, total: int, marks: list[tuple[str, float]] = marks) -> None:
            silent(phase, done, total)
            if not marks or marks[-1][0] != phase:
                marks.append((phase, time.process_time()))

        learner.check(small)
        for ids in (np.arange(128), np.arange(labels)):  # the first time, torch sets itself up
            marks.clear()
            learner.fit(small.task, small, Labels(ids, small.y[ids]), None, rng, report)
        marks.append(("end", time.process_time()))
        spent = {phase: after - at for (phase, at), (_, after) in pairwise(marks)}
        tell(f"{name}: train, per image and epoch", f"{1000 * spent['train'] / labels / learner.epochs:.1f} ms")
        tell(f"{name}: embed, per image", f"{1000 * spent['embed'] / (len(small) + 64):.1f} ms")


# -- commits --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Given(Learner):
    """Trains nothing: what a fit leaves behind is drawn."""

    name: ClassVar[str] = "given"
    gives: ClassVar[frozenset[str]] = frozenset({"features", "probs"})

    def fit(self, task: Any, pool: Any, labels: Any, previous: Any, rng: Any, progress: Any, *more: Any) -> Fit:
        """Return features of a network's size."""
        progress("train", 0, 1)
        features = np.maximum(rng.standard_normal((len(pool), WIDTH), dtype=np.float32), 0)
        probs = rng.random((len(pool), CLASSES), dtype=np.float32)
        return Fit(Snapshot(features, probs / probs.sum(1, keepdims=True)))


def commit() -> None:
    """Seconds and bytes of a cycle of 50,000 examples with 512 features, but for the learner and the sampler."""
    rng = np.random.default_rng(0)
    pool = alviz.datasets.arrays(
        rng.integers(256, size=(IMAGES, 32, 32, 3), dtype=np.uint8), rng.integers(CLASSES, size=IMAGES)
    )
    for keep in (None, ("probs",)):
        with tempfile.TemporaryDirectory() as folder:
            told: dict[str, Any] = {} if keep is None else {"keep": keep}
            runner = alviz.CycleRunner(
                pool, Given(), "random", initial=1000, budget=1000, path=Path(folder, "run"), cross_validate=0, **told
            )
            runner.step()
            drawn = 2 * timed(lambda: Given().fit(None, pool, None, None, np.random.default_rng(0), silent))[0]
            wall = time.perf_counter()
            seconds, run = timed(lambda runner=runner: runner.run(cycles=2))
            wall = time.perf_counter() - wall
            size = sum(file.stat().st_size for file in (run.path / "cycles" / "0001").rglob("*") if file.is_file())
            what = "all arrays" if keep is None else "probabilities alone"
            tell(f"a cycle's commits, {what} kept", f"{(seconds - drawn) / 2:.2f} s of work, {wall / 2:.2f} s in all")
            tell(f"a cycle on disk, {what} kept", f"{size / 1e6:.1f} MB")
            runner.close()


# -- pools of embeddings --------------------------------------------------------------------------


def embeddings(size: str) -> None:
    """Seconds and memory with so many vectors of 64 numbers in a memory-mapped file."""
    from alviz.graphs import knn_graph

    n, d = int(size), 64
    with tempfile.TemporaryDirectory() as folder:
        rng = np.random.default_rng(0)
        means = rng.standard_normal((CLASSES * 10, d), dtype=np.float32)
        y = rng.integers(CLASSES * 10, size=n)
        file = np.lib.format.open_memmap(Path(folder, "X.npy"), "w+", np.float32, (n, d))
        for first in range(0, n, 100_000):
            rows = slice(first, first + 100_000)
            file[rows] = means[y[rows]] + rng.standard_normal((len(y[rows]), d), dtype=np.float32)
        file.flush()
        np.save(Path(folder, "y.npy"), y % CLASSES)
        seconds, pool = timed(lambda: alviz.datasets.npy(Path(folder, "X.npy"), Path(folder, "y.npy")))
        digest, _ = timed(lambda: pool.digest)
        tell(f"n = {n:,}: open; digest", f"{seconds:.2f} s; {digest:.2f} s")
        ids = rng.choice(n, 1000, replace=False)
        labels = Labels(np.sort(ids), pool.y[np.sort(ids)])
        linear = alviz.learners.Linear()
        seconds, fit = timed(lambda: linear.fit(pool.task, pool, labels, None, rng, silent))
        tell(f"n = {n:,}: linear fit on 1,000 labels, probabilities of all", f"{seconds:.1f} s; {peak()}")
        rest = np.setdiff1d(np.arange(n), labels.ids)
        for name, picks in (("random", 1000), ("entropy", 1000), ("coreset", 1000)):
            query = Query(picks, 1, pool.task, labels, rest, np.random.default_rng(0), fit.snapshot, n, pool)
            sampler = alviz.samplers.make(name)
            seconds, _ = timed(lambda sampler=sampler, query=query: sampler.select(query))
            tell(f"n = {n:,}: {name}, 1,000 picks", f"{seconds:.2f} s; {peak()}")
        if n <= 300_000:
            seconds, graph = timed(lambda: knn_graph(fit.snapshot.features, 20))
            tell(f"n = {n:,}: 20 nearest neighbors", f"{seconds:.0f} s, recall {graph.recall:.3f}; {peak()}")


def peak() -> str:
    """Return the most memory that this process has had."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{(kilobytes if sys.platform != 'darwin' else kilobytes / 1024) / 1e6:.2f} GB"


def maps() -> None:
    """Seconds of one map of a CIFAR-10 cycle: what a view asks for; no sweep computes any."""
    from alviz.maps import Layouts

    rng = np.random.default_rng(0)
    pool = alviz.datasets.arrays(rng.integers(256, size=(IMAGES, 8, 8), dtype=np.uint8), np.arange(IMAGES) % CLASSES)
    with tempfile.TemporaryDirectory() as folder:
        runner = alviz.CycleRunner(pool, Given(), "random", path=Path(folder, "run"), initial=10, cross_validate=0)
        run = runner.run(until=0)
        runner.close()
        for name in ("pca", "tsne"):
            seconds, _ = timed(lambda name=name: Layouts().of(run, 0, name))
            tell(f"a map of {IMAGES:,} × {WIDTH}: {name}", f"{seconds:.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cifar", "commit", "pool", "map"))
    parser.add_argument("given", nargs="*")
    asked = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'not set')}", flush=True)
    work: Callable[..., None] = {"cifar": cifar, "commit": commit, "pool": embeddings, "map": maps}[asked.what]
    for arguments in [(given,) for given in asked.given] or [()]:
        process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
        process.start()
        process.join()
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
