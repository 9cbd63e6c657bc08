"""How many wrong labels a review finds early: digits with 5 % of the labels wrong, several seeds.

OMP_NUM_THREADS=1 python benchmarks/review.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import alviz
from alviz.labeling.review import Review, review

WRONG = 0.05
SEEDS = {"linear": 10, "supervised": 3}
# What a tired person takes a digit for.
ALIKE = np.array([6, 7, 3, 8, 9, 3, 0, 1, 3, 4])


def wrong_labels(truth: np.ndarray, seed: int, kind: str) -> np.ndarray:
    """Return labels of which exactly 5 % are wrong."""
    rng = np.random.default_rng(seed)
    labels = truth.copy()
    rows = rng.choice(len(truth), round(WRONG * len(truth)), replace=False)
    labels[rows] = ALIKE[truth[rows]] if kind == "alike" else (truth[rows] + rng.integers(1, 10, len(rows))) % 10
    return labels


def reviewed(learner: str, labels: int, kind: str, seed: int, folder: Path) -> Review:
    """Fit a run on labels of which some are wrong, and review them."""
    digits = alviz.datasets.digits()
    ids = np.sort(np.random.default_rng(1000 + seed).choice(len(digits), labels, replace=False))
    y = digits.y.copy()
    y[ids] = wrong_labels(digits.y[ids], seed, kind)
    pool = alviz.datasets.arrays(digits.X, y, classes=digits.classes, name="digits with errors")
    runner = alviz.CycleRunner(pool, learner, initial=ids, seed=seed, path=folder / f"{learner}{labels}{kind}{seed}")
    return review(runner.run(0))


def found(wrong: np.ndarray, share: float) -> float:
    """Return the share of the wrong labels among the first reviewed, in the order of the review."""
    return float(wrong[: round(share * len(wrong))].sum() / wrong.sum())


def main() -> None:
    truth = alviz.datasets.digits().y
    print(
        "| learner | labels | errors | seeds | in the first 5 % | in the first 10 %, mean (least) | suggested right |"
    )
    print("|---|---:|---|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for learner, seeds in SEEDS.items():
            for labels in (200, 1000):
                for kind in ("random", "alike"):
                    early, first, right = [], [], []
                    for seed in range(seeds):
                        told = reviewed(learner, labels, kind, seed, Path(folder))
                        wrong = told.labels != truth[told.ids]
                        early.append(found(wrong, 0.05))
                        first.append(found(wrong, 0.10))
                        right.append(float((told.suggested == truth[told.ids])[wrong].mean()))
                    print(
                        f"| {learner} | {labels:,} | {kind} | {seeds} | {100 * np.mean(early):.0f} % | "
                        f"{100 * np.mean(first):.0f} % ({100 * min(first):.0f} %) | {100 * np.mean(right):.0f} % |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
