"""What the papers' graph samplers are said to do, on digits: a small CNN, several seeds, with adjacency accuracy.

One sweep: 7 samplers from the same 20 labels per seed, 20 a cycle, 10 cycles. Prints the ranking with intervals, tests
with Holm's correction, the verdicts, and the adjacency accuracy of the features (k = 20) by number of labels. The
tables go to docs/findings.md.

    python benchmarks/claims.py --out sweeps/claims --workers 2
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pandas as pd
from findings import ranking

import alviz

SAMPLERS = ("random", "margin", "coreset", "uncertain_gcn", "core_gcn", "revival", "jlp")


def adjacency(made: alviz.Sweep, k: int = 20) -> pd.DataFrame:
    """Return the adjacency accuracy in percent: mean over seeds by sampler and number of labels."""
    frames = [alviz.adjacency_frame(run, k).assign(sampler=run.config["sampler"]["name"]) for run in made.runs]
    found: pd.DataFrame = pd.concat(frames).pivot_table("accuracy", "sampler", "labels", aggfunc="mean")
    return 100 * found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
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


if __name__ == "__main__":
    main()
