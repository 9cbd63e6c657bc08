"""Images per second of supervised training against a bare PyTorch loop with the same network.

Both train the same small CNN on the same examples in the same process, in turn; the ratio of each pair is
what counts, since machines drift. The bare loop runs over one preloaded float tensor, alviz over its uint8
pool with scaling, schedule and progress reports.

    python benchmarks/training.py --pairs 5
    python benchmarks/training.py --data mnist:DATA --labels 5000 --epochs 3
"""

import argparse
import os
import statistics
import time

import numpy as np
import torch
from torch.nn.functional import cross_entropy

import alviz
from alviz.learners.training import Scaling
from alviz.models.small_cnn import SmallCNN
from alviz.part import silent
from alviz.record import Labels


def bare(pool: alviz.Pool, ids: np.ndarray, epochs: int, batch: int) -> float:
    """Return the seconds of a loop as anybody would write it."""
    scaling = Scaling.of(pool.X, True)
    x = scaling.apply(scaling.raw(pool.X[ids], "cpu"))
    y = torch.from_numpy(np.array(pool.y[ids]))
    model = SmallCNN(tuple(x.shape[1:]), len(pool.classes)).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=5e-4)
    start = time.perf_counter()
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(batch):
            loss = cross_entropy(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return time.perf_counter() - start


def ours(pool: alviz.Pool, ids: np.ndarray, epochs: int, batch: int) -> float:
    """Return the seconds from the first to the last step of alviz's training, as its progress reports them."""
    times: list[float] = []

    def report(phase: str, done: int, total: int) -> None:
        silent(phase, done, total)
        if phase == "train" and (not times or done == total):
            times.append(time.perf_counter())

    learner = alviz.learners.Supervised(epochs=epochs, batch=batch)
    learner.fit(pool.task, pool, Labels(ids, pool.y[ids]), None, np.random.default_rng(0), report)
    return times[-1] - times[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits")
    parser.add_argument("--labels", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--pairs", type=int, default=7)
    given = parser.parse_args()
    pool = alviz.datasets.load(given.data)
    ids = np.random.default_rng(0).choice(len(pool), given.labels, replace=False)
    arguments = (pool, ids, given.epochs, given.batch)
    bare(*arguments), ours(*arguments)
    images = given.labels * given.epochs
    ratios = []
    for _ in range(given.pairs):
        theirs, mine = bare(*arguments), ours(*arguments)
        ratios.append(theirs / mine)
        print(f"bare {images / theirs:8.0f} images/s   alviz {images / mine:8.0f} images/s   ratio {ratios[-1]:.3f}")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(
        f"{given.data}, {given.labels} labels, batch {given.batch}, {torch.get_num_threads()} threads, "
        f"load {load:.1f}: alviz runs at {statistics.median(ratios):.2f}× the bare loop "
        f"(median of {given.pairs}, {min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    main()
