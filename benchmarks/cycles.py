"""Accuracy by labels and seconds per phase of several samplers from the same initial set, as Markdown tables.

python benchmarks/cycles.py --out runs/digits
python benchmarks/cycles.py --data mnist:DATA --samplers entropy core_gcn --initial 100 --budget 100 \
        --acquisitions 9 --subset 10000 --out runs/mnist
python benchmarks/cycles.py --data image-folder:cifar10-jpeg.zip --rows 5000 --samplers random core_gcn \
        --initial 200 --budget 200 --acquisitions 3 --out runs/cifar10
"""

import argparse
import os
import time
from pathlib import Path

import torch

import alviz


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits")
    parser.add_argument("--rows", type=int, help="draw a pool of so many rows")
    parser.add_argument("--samplers", nargs="+", default=alviz.samplers.names())
    parser.add_argument("--learner", default="supervised")
    parser.add_argument("--initial", type=int, default=20)
    parser.add_argument("--budget", type=int, default=20)
    parser.add_argument("--acquisitions", type=int, default=10)
    parser.add_argument("--subset", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    begin = time.perf_counter()
    pool = alviz.datasets.load(given.data)
    print(f"{pool!r} read in {time.perf_counter() - begin:.1f} s", flush=True)
    if given.rows:
        pool = pool.subset(given.rows, seed=given.seed)
    begin = time.perf_counter()
    runs = {}
    for name in given.samplers:
        start = time.perf_counter()
        runner = alviz.CycleRunner(
            pool,
            given.learner,
            name,
            initial=given.initial,
            budget=given.budget,
            subset=given.subset,
            seed=given.seed,
            path=given.out / name,
        )
        runs[name] = runner.run(until=given.acquisitions)
        print(f"{name}: {time.perf_counter() - start:.1f} s", flush=True)
    total = time.perf_counter() - begin
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"\n{total:.0f} s in all, {torch.get_num_threads()} threads, load {load:.1f}, torch {torch.__version__}\n")
    labels = [run.record(cycle).labeled for run in [next(iter(runs.values()))] for cycle in range(run.fitted)]
    print("| sampler | " + " | ".join(map(str, labels)) + " |\n|---|" + "---:|" * len(labels))
    for name, run in runs.items():
        cells = (f"{100 * run.record(cycle).metrics['accuracy']:.1f}" for cycle in range(run.fitted))
        print(f"| {name} | " + " | ".join(cells) + " |")
    phases = ("train", "embed", "graph", "select", "label")
    print("\n| sampler, mean seconds per cycle | " + " | ".join(phases) + " | peak MB |\n|---|" + "---:|" * 6)
    for name, run in runs.items():
        costs = [run.record(cycle).phases for cycle in range(run.fitted)]
        means = []
        for phase in phases:
            seconds = [cost[phase].seconds for cost in costs if phase in cost]
            means.append(f"{sum(seconds) / len(seconds):.2f}" if seconds else "–")
        peak = max(phase.peak_bytes for cost in costs for phase in cost.values())
        print(f"| {name} | " + " | ".join(means) + f" | {peak / 1e6:.0f} |")


if __name__ == "__main__":
    main()
