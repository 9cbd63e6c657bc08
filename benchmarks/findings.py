"""Samplers at small and at larger budgets: MNIST, nothing labeled at first, many seeds.

A pool of 6,000 images, drawn per seed; features are its 50 principal components, scaled to length one; the model is
logistic regression on them. Everything that a sampler chooses by itself (σ, δ, clusters) it chooses without labels or
test data. The accuracy is that on MNIST's 10,000 test images. Each seed is a sweep of its own, since its pool is; the
tables go to docs/findings.md. What is there already is not made again.

    python benchmarks/findings.py DATA --out sweeps/low --workers 2                # 10 labels a cycle, up to 100
    python benchmarks/findings.py DATA --out sweeps/high --workers 2 --budget 200  # 200 a cycle, up to 2,000
    python benchmarks/findings.py DATA --out sweeps/low --samplers margin typiclust --seeds 2
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import alviz

POOL, WIDTH, ACQUISITIONS = 6_000, 50, 10
# Those that need a network, images, or more than a linear model on vectors gives.
LEFT_OUT = ("bald", "ical", "learning_loss", "mc_entropy", "schedule", "scikit_activeml", "sraal", "vaal")
# Signed features: the dense graph divides by degrees that must be positive.
CHANGED: dict[str, dict[str, Any]] = {
    "uncertain_gcn": {"negative": "relu"},
    "core_gcn": {"negative": "relu"},
    "variation_ratios": {"passes": 0},
    "robust_coreset": {"time_limit": 2.0},
}


def rows_of(mnist: alviz.Pool, seed: int) -> np.ndarray:
    """Return which training images are the pool of a seed, ascending."""
    return np.sort(np.random.default_rng([seed, POOL]).choice(len(mnist), POOL, replace=False))


def pool_of(data: str, seed: int) -> alviz.Pool:
    """Return a pool of MNIST's principal components; the test images are put on the same axes."""
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import normalize

    mnist = alviz.datasets.mnist(data)
    rows = rows_of(mnist, seed)
    assert mnist.X_test is not None
    images, tests = (X.reshape(len(X), -1).astype(np.float32) / 255 for X in (mnist.X[rows], mnist.X_test))
    axes = PCA(WIDTH, random_state=seed, svd_solver="randomized").fit(images)
    X, X_test = (normalize(axes.transform(each)).astype(np.float32) for each in (images, tests))
    return alviz.datasets.arrays(X, mnist.y[rows], X_test, mnist.y_test, classes=mnist.classes, name="mnist-pca")


def sweeps(arguments: argparse.Namespace) -> list[alviz.Run]:
    """Return all runs, made now where they are not there."""
    samplers = {name: alviz.samplers.get(name)(**CHANGED.get(name, {})) for name in arguments.samplers}
    runs: list[alviz.Run] = []
    for seed in range(arguments.seeds):
        start = time.perf_counter()
        made = alviz.sweep(
            pool_of(arguments.data, seed),
            samplers,
            {"linear": alviz.learners.Linear(C=10.0)},
            [seed],
            cycles=ACQUISITIONS,
            initial=0,
            budget=arguments.budget,
            keep=("probs",),
            out=arguments.out / f"pool-{seed}",
            workers=arguments.workers,
            threads=1,
        )
        print(f"seed {seed}: {time.perf_counter() - start:.0f} s, {made!r}", file=sys.stderr, flush=True)
        runs += made.runs
    return runs


def ranking(found: alviz.Statistics, at: Sequence[int]) -> str:
    """Return a table in Markdown: areas with intervals, values at some numbers of labels, tests against random."""
    curves, table = found.curves().set_index(["name", "labels"]), found.table().set_index("sampler")
    first, last = (f"{end:,.0f}" for end in found.range)
    head = [
        "sampler",
        f"area, {first} to {last} labels",
        "95 % interval",
        *(f"at {count:,}" for count in at),
        "against random",
    ]
    rows = [head, ["---", *(len(head) - 2) * ["---:"], "---"]]
    for name in found.names:
        values = [curves.loc[(name, count)] for count in at]
        told = [f"{100 * value['mean']:.1f} ± {100 * value['std']:.1f}" for value in values]
        area = table.loc[name]
        rows.append([f"`{name}`", area.iloc[1], area["95 % interval"], *told, area["against random"]])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--out", type=Path, required=True, help="a folder for the sweeps")
    parser.add_argument("--samplers", nargs="*", default=[n for n in alviz.samplers.names() if n not in LEFT_OUT])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--budget", type=int, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--figure", type=Path, help="where the areas are drawn: PNG, SVG or PDF")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", alviz.AlvizWarning)
    found = alviz.Statistics(sweeps(arguments))
    print(f"{arguments.seeds} seeds, load {os.getloadavg()[0]:.1f}\n")
    print(ranking(found, [multiple * arguments.budget for multiple in (1, 5, 10)]))
    print("\n" + "\n".join(found.verdicts(against="random")))
    if arguments.figure is not None:
        alviz.paper.save(found.figure("areas", width="text"), arguments.figure, dpi=150)


if __name__ == "__main__":
    main()
