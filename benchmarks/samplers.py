"""Seconds and memory of modern samplers against scikit-activeml's, and of alviz's alone on a larger pool.

Both sides answer the same query in one run: 10,000 × 512 unit features behind a ReLU, 100 labeled, 100 picks. alviz
runs before and after, so that a machine that drifts does so for both; each side has picked from a small pool before,
so that no import is measured. BADGE with more than ten classes makes ten picks, on both sides: the other side writes
out N·C·d gradients, 4 GB with 100 classes. Memory is the traced peak of a run of its own (``--memory``), with fewer
picks for the other side: its peak is reached before the first one.

    OMP_NUM_THREADS=1 python benchmarks/samplers.py
    OMP_NUM_THREADS=1 python benchmarks/samplers.py --memory
    OMP_NUM_THREADS=1 python benchmarks/samplers.py --only BADGE --classes 100
    OMP_NUM_THREADS=1 python benchmarks/samplers.py --large      # 50,000 × 128, 10 classes, 1,000 picks, alviz alone
"""

from __future__ import annotations

import argparse
import os
import time
import tracemalloc
from typing import Any, NamedTuple

import numpy as np

import alviz
from alviz import Classification, Labels, Snapshot
from alviz.learners.linear import softmax
from alviz.samplers import Query, Sampler
from alviz.snapshot import Head

LARGE = (
    *("random", "least_confidence", "margin", "entropy", "variation_ratios", "ceal", "cdal", "badge"),
    *("coreset", "typiclust", "probcover", "maxherding", "uherding"),
    *("dropquery", "alfa_mix", "k_medoids", "k_median", "bmdr"),
)


def snapshot(n: int, d: int, classes: int, seed: int = 0) -> tuple[Snapshot, np.ndarray]:
    """Return unit features of clusters behind a ReLU, a linear head with its probabilities, and the truth."""
    rng = np.random.default_rng(seed)
    means = rng.standard_normal((classes, d), dtype=np.float32)
    y = rng.integers(classes, size=n)
    features = np.maximum(means[y] + rng.standard_normal((n, d), dtype=np.float32), 0)
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    features /= norms
    weight = (means * norms.mean() / np.sqrt(d)).astype(np.float32)
    bias = np.zeros(classes, dtype=np.float32)
    return Snapshot(features, softmax(features @ weight.T), Head(weight, bias)), y


def ask(sampler: Sampler, shown: Snapshot, y: np.ndarray, n: int) -> float:
    """Return the seconds of a selection of `n`."""
    assert shown.features is not None
    size, classes = len(y), int(y.max()) + 1
    ids = np.arange(0, size, size // 100)[:100]
    query = Query(
        n,
        3,
        Classification(tuple(map(str, range(classes)))),
        Labels(ids, y[ids]),
        np.setdiff1d(np.arange(size), ids),
        np.random.default_rng(0),
        shown,
        size,
        alviz.datasets.arrays(shown.features, y, classes=[str(k) for k in range(classes)]),
    )
    start = time.perf_counter()
    sampler.select(query)
    return time.perf_counter() - start


class Pair(NamedTuple):
    """What is compared: ours and theirs, and how many picks both make."""

    name: str
    ours: Sampler
    theirs: Sampler
    picks: int = 100

    def seconds(self, shown: Snapshot, y: np.ndarray) -> str:
        """Return theirs, ours before and after, and the ratio."""
        for sampler in (self.ours, self.theirs):
            ask(sampler, *snapshot(1000, 64, 10), 3)
        before, other, after = (ask(s, shown, y, self.picks) for s in (self.ours, self.theirs, self.ours))
        return f"{other:.2f} | {before:.2f}, {after:.2f} | {2 * other / (before + after):.1f}×"

    def peaks(self, shown: Snapshot, y: np.ndarray) -> str:
        """Return the traced peak of theirs, with three picks, and of ours."""
        return " | ".join(f"{peak(s, shown, y, n):,.0f} MB" for s, n in ((self.theirs, 3), (self.ours, self.picks)))


def peak(sampler: Sampler, shown: Snapshot, y: np.ndarray, n: int) -> float:
    """Return the most megabytes that were traced at once during a selection of `n`."""
    tracemalloc.start()
    ask(sampler, shown, y, n)
    most = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return most


def pairs(classes: int) -> list[Pair]:
    """Return all pairs for a number of classes."""
    theirs = alviz.samplers.from_skactiveml
    cover: dict[str, Any] = {"n_classes": classes, "deltas": [0.75]}
    return [
        Pair("BADGE", alviz.samplers.BADGE(), theirs("Badge"), 100 if classes <= 10 else 10),
        Pair("TypiClust", alviz.samplers.TypiClust(), theirs("TypiClust")),
        Pair("ProbCover", alviz.samplers.ProbCover(delta=0.75), theirs("ProbCover", **cover)),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--classes", type=int, nargs="*", default=[10, 100])
    parser.add_argument("--only", nargs="*", default=["BADGE", "TypiClust", "ProbCover"])
    arguments = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', 'not set')}", flush=True)
    if arguments.large:
        shown, y = snapshot(50_000, 128, 10)
        for name in LARGE:
            changed = {"passes": 0} if name == "variation_ratios" else {}
            print(f"| `{name}` | {ask(alviz.samplers.get(name)(**changed), shown, y, 1000):.2f} |", flush=True)
        return
    for classes in arguments.classes:
        shown, y = snapshot(10_000, 512, classes)
        for pair in pairs(classes):
            if pair.name in arguments.only:
                measured = pair.peaks(shown, y) if arguments.memory else pair.seconds(shown, y)
                print(f"| {pair.name}, C = {classes}, {pair.picks} picks | {measured} |", flush=True)


if __name__ == "__main__":
    main()
