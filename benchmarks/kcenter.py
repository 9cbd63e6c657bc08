"""Seconds of k-center greedy against the loops in use, every pick checked, as one Markdown table.

The published form calls sklearn's `pairwise_distances` once per pick; the fused form keeps norms and makes one
float32 matrix-vector product per pick. scikit-activeml's CoreSet joins where it is installed:
``pip install "alviz[bench]"``. alviz runs before and after every other form, so that a machine that drifts
does so for both; the seconds of both runs are shown, ratios are to their mean.

The last column says how far any pick falls short of the farthest candidate of its moment, both in float64:
0 is exact, and more than 1e-5 ends the run with an error.

    OMP_NUM_THREADS=2 python benchmarks/kcenter.py
"""

import os
import time
import warnings
from collections.abc import Callable

import numpy as np
import threadpoolctl
from numpy.typing import NDArray
from sklearn.metrics import pairwise_distances

from alviz.samplers.coreset import k_center_greedy

Features = NDArray[np.float32]
Ids = NDArray[np.int64]
Form = Callable[[Features, Ids, int], Ids]


def clusters(n: int, d: int, seed: int = 0) -> Features:
    """Return features as behind a ReLU: 100 clusters, half as wide as they are apart, negative values at 0."""
    rng = np.random.default_rng(seed)
    means = rng.standard_normal((100, d), dtype=np.float32)
    X = np.empty((n, d), dtype=np.float32)
    for start in range(0, n, 50_000):
        block = X[start : start + 50_000]
        block[:] = means[rng.integers(100, size=len(block))]
        block += 0.5 * rng.standard_normal(block.shape, dtype=np.float32)
    return np.maximum(X, 0, out=X)


def alviz(X: Features, labeled: Ids, n: int) -> Ids:
    return k_center_greedy(X, labeled, n)


def published(X: Features, labeled: Ids, n: int) -> Ids:
    """Return the picks of the loop that came with the paper and is copied since."""
    near = pairwise_distances(X, X[labeled]).min(axis=1)
    picks: list[int] = []
    for _ in range(n):
        picks.append(int(near.argmax()))
        near = np.minimum(near, pairwise_distances(X, X[picks[-1:]])[:, 0])
    return np.array(picks)


def fused(X: Features, labeled: Ids, n: int) -> Ids:
    """Return the picks of a float32 loop with precomputed norms and one matrix-vector product per pick."""
    norms = np.einsum("ij,ij->i", X, X)
    near = np.full(len(X), np.inf, dtype=np.float32)
    for some in np.array_split(labeled, max(1, len(labeled) // 100)):
        product = X @ X[some].T
        product *= -2
        product += norms[some]
        np.minimum(near, product.min(axis=1) + norms, out=near)
    near[labeled] = -np.inf
    reached = np.empty_like(near)
    picks = []
    for _ in range(n):
        best = int(near.argmax())
        picks.append(best)
        np.dot(X, X[best], out=reached)
        reached *= -2
        reached += norms
        reached += norms[best]
        np.minimum(near, reached, out=near)
        near[best] = -np.inf
    return np.array(picks)


def scikit_activeml(X: Features, labeled: Ids, n: int) -> Ids:
    from skactiveml.pool import CoreSet

    y = np.full(len(X), np.nan)
    y[labeled] = 0
    return np.asarray(CoreSet(random_state=0).query(X, y, batch_size=n))


def shortfall(X: Features, labeled: Ids, picks: Ids) -> float:
    """Return the largest share by which a pick is nearer than the farthest candidate of its moment, in float64."""
    mean = X.mean(axis=0, dtype=np.float64)
    centers = X[np.concatenate([labeled, picks])] - mean
    squares = np.einsum("ij,ij->i", centers, centers)
    farthest, reached = np.zeros(len(picks)), np.full(len(picks), np.nan)
    place = np.full(len(X), -1)
    place[picks] = np.arange(len(picks))
    assert (place >= 0).sum() == len(picks), "an example was picked twice"
    assert (place[labeled] < 0).all(), "a labeled example was picked"
    for start in range(0, len(X), 4096):
        rows = X[start : start + 4096] - mean
        gaps = rows @ centers.T
        gaps *= -2
        gaps += squares
        gaps += np.einsum("ij,ij->i", rows, rows)[:, None]
        near = gaps[:, len(labeled) - 1 :]
        near[:, 0] = gaps[:, : len(labeled)].min(axis=1)
        near = np.minimum.accumulate(near, axis=1)[:, :-1]  # column i: before pick i
        at = place[start : start + 4096]
        mine = np.flatnonzero(at >= 0)
        reached[at[mine]] = near[mine, at[mine]]
        for row in mine:
            near[row, at[row] + 1 :] = 0
        near[np.isin(np.arange(start, start + len(rows)), labeled)] = 0
        np.maximum(farthest, near.max(axis=0), out=farthest)
    return float((1 - np.sqrt(np.maximum(reached, 0)) / np.sqrt(farthest)).max())


def timed(form: Form, X: Features, labeled: Ids, n: int) -> tuple[float, Ids]:
    start = time.perf_counter()
    picks = form(X, labeled, n)
    return time.perf_counter() - start, picks


def row(X: Features, labeled: Ids, n: int, name: str, form: Form) -> str:
    """Return the table's line of one other form, with alviz before and after it."""
    before, ours = timed(alviz, X, labeled, n)
    theirs, picks = timed(form, X, labeled, n)
    after, again = timed(alviz, X, labeled, n)
    assert np.array_equal(ours, again)
    mine, other = shortfall(X, labeled, ours), shortfall(X, labeled, picks)
    assert mine <= 1e-5, f"a pick of alviz falls {mine} short of the farthest"
    size, ratio = f"{len(X):,} × {X.shape[1]}, {len(labeled):,} labeled, {n:,} picks", 2 * theirs / (before + after)
    return f"| {size} | {name} | {theirs:.1f} | {before:.2f}, {after:.2f} | {ratio:.1f}× | {mine:.0e} / {other:.0e} |"


def main() -> None:
    alviz(clusters(2000, 8), np.arange(10), 10)  # imports and BLAS's threads are not what is measured
    labeled = np.sort(np.random.default_rng(1).permutation(50_000)[:1000])
    print(
        "| data | other form | its seconds | alviz, before and after | ratio | short of the farthest, alviz / other |\n"
        "|---|---|---:|---:|---:|---:|"
    )
    X = clusters(50_000, 512)
    print(row(X, labeled, 1000, "sklearn `pairwise_distances` loop", published), flush=True)
    print(row(X, labeled, 1000, "fused float32 loop", fused), flush=True)
    some, few = clusters(10_000, 512), np.arange(100)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            print(row(some, few, 100, "scikit-activeml `CoreSet`", scikit_activeml), flush=True)
    except ModuleNotFoundError as error:
        print(f"| | scikit-activeml is left out: {error} | | | | |")
    X = clusters(1_000_000, 64)
    labeled = np.sort(np.random.default_rng(1).permutation(len(X))[:1000])
    seconds, picks = timed(alviz, X, labeled, 1000)
    short = shortfall(X, labeled, picks)
    assert short <= 1e-5
    print(f"| 1,000,000 × 64, 1,000 labeled, 1,000 picks | – | – | {seconds:.1f} | – | {short:.0e} |")
    threads = {pool["internal_api"]: pool["num_threads"] for pool in threadpoolctl.threadpool_info()}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"\nThreads {threads}, {os.cpu_count()} cores, load {load:.1f}, numpy {np.__version__}")


if __name__ == "__main__":
    main()
