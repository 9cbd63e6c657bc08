"""What the papers' graph samplers are said to do, on digits: a small CNN, several seeds, with adjacency accuracy.

One sweep: 7 samplers from the same 20 labels per seed, 20 a cycle, 10 cycles. Prints the ranking with intervals, tests
with Holm's correction, the verdicts, and the adjacency accuracy of the features (k = 20) by number of labels. The
tables go to docs/findings.md.

    python benchmarks/claims.py --out sweeps/claims --workers 2
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from findings import ranking
from sklearn.preprocessing import normalize

import alviz

SAMPLERS = ("random", "margin", "coreset", "uncertain_gcn", "core_gcn", "revival", "jlp")


def adjacency(made: alviz.Sweep, k: int = 20) -> pd.DataFrame:
    """Return the adjacency accuracy in percent: mean over seeds by sampler and number of labels."""
    frames = [alviz.adjacency_frame(run, k).assign(sampler=run.config["sampler"]["name"]) for run in made.runs]
    found: pd.DataFrame = pd.concat(frames).pivot_table("plain", "sampler", "labels", aggfunc="mean")
    return 100 * found


def variety(made: alviz.Sweep, cycles: Sequence[int] = (1, 3, 5, 8)) -> pd.DataFrame:
    """Return how unlike the picks of a batch are: their classes, and the mean cosine between two, by sampler."""
    rows = []
    for run in made.runs:
        for cycle in cycles:
            picks = run.selection(cycle)
            assert picks is not None
            chosen = normalize(run.snapshot(cycle).features[picks.ids])
            others = len(chosen) * (len(chosen) - 1)
            rows.append(
                {
                    "sampler": run.config["sampler"]["name"],
                    "classes": len(np.unique(made.pool.y[picks.ids])),
                    "cosine": ((chosen @ chosen.T).sum() - len(chosen)) / others,
                }
            )
    found: pd.DataFrame = pd.DataFrame(rows).groupby("sampler").mean()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--figures", type=Path, help="a folder for the curves and the adjacency accuracy as PNG")
    arguments = parser.parse_args()
    pool = alviz.datasets.digits()
    made = alviz.sweep(
        pool,
        SAMPLERS,
        "supervised",
        arguments.seeds,
        cycles=10,
        initial=20,
        budget=20,
        keep=("features", "probs"),
        out=arguments.out,
        workers=arguments.workers,
        threads=1,
    )
    found = alviz.Statistics(made)
    print(f"{arguments.seeds} seeds, load {os.getloadavg()[0]:.1f}\n")
    print(ranking(found, (40, 120, 220)))
    for rival in ("random", "coreset"):
        print(f"\nagainst {rival}:\n" + "\n".join(found.verdicts(against=rival)))
    print("\nadjacency accuracy (%), k = 20, by labels:\n")
    print(adjacency(made).round(1).to_string())
    print("\nof a batch of 20, in cycles 1, 3, 5 and 8: classes, and the mean cosine of two picks' features\n")
    print(variety(made).round(2).to_string())
    if arguments.figures is not None:
        arguments.figures.mkdir(parents=True, exist_ok=True)
        alviz.paper.save(found.figure("curves", width="text"), arguments.figures / "claims.png", dpi=150)
        drawn = alviz.paper.adjacency_curves(made.runs, k=20, width="text")
        alviz.paper.save(drawn, arguments.figures / "claims-adjacency.png", dpi=150)


if __name__ == "__main__":
    main()
