"""How far robust k-center closes the gap, with its seconds and memory, as one Markdown table.

Digits: 1,000 of scikit-learn's, raw pixels, 50 picks, no outliers, 60 seconds. Clusters: 50,000 × 128 as behind a
ReLU, 1,000 labeled, 1,000 picks, the paper's share of outliers, 120 seconds. Every radius is computed again from the
picks by all distances in float64; a bound above it, a radius above greedy's, or 4 GB and more end the run with an
error.

    OMP_NUM_THREADS=2 python benchmarks/robust.py
"""

import os
import threading
import time

import highspy
import numpy as np
import psutil
from kcenter import Features, Ids, clusters
from scipy.spatial.distance import cdist

from alviz import datasets
from alviz.numeric.robust_k_center import robust_k_center
from alviz.samplers.coreset import k_center_greedy
from alviz.samplers.robust_coreset import outlier_count


class Peak:
    """The most memory that the process held while a block ran, looked at ten times a second."""

    def __enter__(self) -> "Peak":
        self.bytes, self._end, process = 0, threading.Event(), psutil.Process()

        def watch() -> None:
            while not self._end.wait(0.1):
                self.bytes = max(self.bytes, process.memory_info().rss)

        self._watcher = threading.Thread(target=watch)
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._watcher.join()


def radius(X: Features, centers: Ids, candidates: Ids, outliers: int) -> float:
    """Return the largest distance of a candidate to its nearest center, outliers left out."""
    near = np.concatenate([cdist(X[rows], X[centers]).min(axis=1) for rows in np.array_split(candidates, 200)])
    return float(np.sort(near)[len(near) - 1 - outliers])


def row(name: str, X: Features, labeled: Ids, n: int, share: float, time_limit: float) -> str:
    candidates = np.setdiff1d(np.arange(len(X)), labeled)
    outliers = outlier_count(share, len(candidates))
    silence, last = 0.0, time.perf_counter()

    def progress(done: int, total: int) -> None:
        nonlocal silence, last
        now = time.perf_counter()
        silence, last = max(silence, now - last), now

    with Peak() as peak:
        start = time.perf_counter()
        found = robust_k_center(X, labeled, candidates, n, outliers, time_limit=time_limit, gap=0.01, progress=progress)
        seconds = time.perf_counter() - start
    greedy = radius(X, np.concatenate([labeled, k_center_greedy(X, labeled, n)]), candidates, outliers)
    reached = radius(X, np.concatenate([labeled, found.picks]), candidates, outliers)
    assert np.isclose(reached, found.upper, rtol=1e-9)
    assert found.lower <= reached * (1 + 1e-9)
    assert reached <= greedy * (1 + 1e-9)
    assert peak.bytes < 4e9
    return (
        f"| {name}, {len(labeled):,} labeled, {n:,} picks, {outliers} outliers | {greedy:.5g} | {reached:.5g} "
        f"| {found.lower:.5g} | {found.gap:.2%} | {seconds:.1f} | {silence:.1f} | {peak.bytes / 1e9:.2f} |"
    )


def main() -> None:
    print(
        "| data | greedy radius | radius | lower bound | gap | seconds | longest silence | GB |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|"
    )
    X = datasets.digits().X[:1000].reshape(1000, -1).astype(np.float32)
    for count in (0, 10, 50):
        print(row("digits, 1,000 × 64", X, np.arange(count), 50, 0.0, 60.0), flush=True)
    X = clusters(50_000, 128)
    labeled = np.sort(np.random.default_rng(1).permutation(len(X))[:1000])
    print(row("clusters, 50,000 × 128", X, labeled, 1000, 1e-4, 120.0), flush=True)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"\n{os.cpu_count()} cores, load {load:.1f}, HiGHS {highspy.Highs().version()}, numpy {np.__version__}")


if __name__ == "__main__":
    main()
