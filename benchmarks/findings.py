"""Samplers at very small budgets: MNIST, nothing labeled at first, 10 labels a cycle up to 100, several seeds.

A pool of 6,000 images, drawn per seed; features are its 50 principal components, scaled to length one; the model is
logistic regression on them. Everything that a sampler chooses by itself (σ, δ, clusters) it chooses without labels or
test data. The accuracy is that on MNIST's 10,000 test images. The table goes to docs/findings.md.

    python benchmarks/findings.py DATA                       # torchvision's folder; prints the table
    python benchmarks/findings.py DATA --samplers margin typiclust --seeds 2
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import alviz
from alviz.samplers import Sampler

POOL, WIDTH, BUDGET, ACQUISITIONS = 6_000, 50, 10, 10
# Those that need a network, images, or more than a linear model on vectors gives.
LEFT_OUT = ("bald", "ical", "learning_loss", "mc_entropy", "schedule", "scikit_activeml", "sraal", "vaal")
# Signed features: the dense graph divides by degrees that must be positive.
CHANGED: dict[str, dict[str, Any]] = {
    "uncertain_gcn": {"negative": "relu"},
    "core_gcn": {"negative": "relu"},
    "variation_ratios": {"passes": 0},
    "robust_coreset": {"time_limit": 2.0},
}


def pool_of(data: str, seed: int) -> alviz.Pool:
    """Return a pool of MNIST's principal components; the test images are put on the same axes."""
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import normalize

    mnist = alviz.datasets.mnist(data)
    rows = np.sort(np.random.default_rng([seed, POOL]).choice(len(mnist), POOL, replace=False))
    assert mnist.X_test is not None
    images, tests = (X.reshape(len(X), -1).astype(np.float32) / 255 for X in (mnist.X[rows], mnist.X_test))
    axes = PCA(WIDTH, random_state=seed, svd_solver="randomized").fit(images)
    X, X_test = (normalize(axes.transform(each)).astype(np.float32) for each in (images, tests))
    return alviz.datasets.arrays(X, mnist.y[rows], X_test, mnist.y_test, classes=mnist.classes, name="mnist-pca")


def curve(pool: alviz.Pool, sampler: Sampler, seed: int) -> list[float]:
    """Return the test accuracy at 10, 20, ..., 100 labels."""
    runner = alviz.CycleRunner(
        pool, alviz.learners.Linear(C=10.0), sampler, initial=0, budget=BUDGET, seed=seed, keep=("probs",)
    )
    run = runner.run(cycles=ACQUISITIONS)
    return [run.record(cycle).metrics["accuracy"] for cycle in range(1, run.fitted)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--samplers", nargs="*", default=[n for n in alviz.samplers.names() if n not in LEFT_OUT])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="keep every curve here; those that are there are not computed again")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", alviz.AlvizWarning)
    known: dict[str, list[float]] = {}
    if arguments.json and arguments.json.exists():
        known = json.loads(arguments.json.read_text())
    took: dict[str, float] = {}
    for seed in range(arguments.seeds):
        pool = pool_of(arguments.data, seed)
        for name in arguments.samplers:
            key = f"{name} {seed}"
            if key not in known:
                start = time.perf_counter()
                known[key] = curve(pool, alviz.samplers.get(name)(**CHANGED.get(name, {})), seed)
                took[name] = took.get(name, 0) + time.perf_counter() - start
                print(f"{key}: {100 * np.mean(known[key]):.1f} %", file=sys.stderr, flush=True)
                if arguments.json:
                    arguments.json.write_text(json.dumps(known))
    print(f"{arguments.seeds} seeds, load {os.getloadavg()[0]:.1f}\n")
    print("| sampler | mean over 10 to 100 labels | at 10 | at 50 | at 100 |\n|---|---:|---:|---:|---:|")
    rows = {name: np.array([known[f"{name} {seed}"] for seed in range(arguments.seeds)]) for name in arguments.samplers}
    for name, row in sorted(rows.items(), key=lambda item: -item[1].mean()):
        cells = [row.mean(axis=1), *(row[:, at] for at in (0, 4, 9))]
        told = [f"{100 * cell.mean():.1f} ± {100 * cell.std(ddof=1):.1f}" for cell in cells]
        print(f"| `{name}` | " + " | ".join(told) + " |")


if __name__ == "__main__":
    main()
