"""Seconds of a chain of aligned t-SNE maps against one cold run of openTSNE with its defaults, and neighbors kept.

The chain is what a view asks for when the last cycle of a run is opened: neighbor graphs, maps, alignment,
trustworthiness, files. A network is trained anew in every cycle, so that neighborhoods change as much as they can.
openTSNE compares features by Euclidean distance unless told otherwise, alviz by cosine; neighbors are counted by
cosine, so that openTSNE is run with that too where its maps are compared.

OMP_NUM_THREADS=2 python benchmarks/maps.py --data mnist:DATA --run runs/maps
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import openTSNE

import alviz
from alviz.graphs import knn_graph
from alviz.maps import Layouts
from alviz.maps.base import base_sample


class Timed:
    """A result, and the seconds it took: on the clock, and of all threads' work."""

    def __init__(self, work: Callable[[], Any]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        self.result = work()
        self.wall, self.cpu = time.perf_counter() - wall, time.process_time() - cpu


class Elsewhere:
    """A run whose maps are kept in another folder, so that none is there yet."""

    def __init__(self, run: alviz.Run, folder: Path) -> None:
        self._run, self._folder = run, folder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)

    def maps_path(self, cycle: int) -> Path:
        """Return the folder."""
        return self._folder


def recorded(given: argparse.Namespace) -> alviz.Run:
    """Return the run, made now as far as it is not there yet."""
    pool = alviz.datasets.load(given.data)
    learner = alviz.learners.Supervised(epochs=given.epochs)
    runner = alviz.CycleRunner(
        pool, learner, "entropy", initial=100, budget=given.budget, subset=10_000, seed=0, path=given.run
    )
    return runner.run(until=given.cycles - 1)


def recall(features: np.ndarray, xy: np.ndarray, k: int = 10, sample: int = 2_000) -> float:
    """Return how many of a point's `k` nearest by cosine are among its `k` nearest on the map, of a seeded sample."""
    rows = np.random.default_rng(0).choice(len(xy), min(sample, len(xy)), replace=False)
    # As many as the map's own search, which then serves this one too.
    near = knn_graph(features, min(90, len(xy) - 1)).indices.reshape(len(xy), -1)[rows, :k]
    plane = np.ascontiguousarray(xy, dtype=np.float32)
    found = faiss.knn(plane[rows], plane, k + 1)[1]
    on_map = [[i for i in ids if i != row][:k] for row, ids in zip(rows, found, strict=True)]
    return float(np.mean([len(set(a) & set(b)) / k for a, b in zip(near.tolist(), on_map, strict=True)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--run", type=Path, required=True, help="a run folder, made if it is not there")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--budget", type=int, default=200)
    parser.add_argument("--cycles", type=int, default=10)
    parser.add_argument("--base", type=int, default=20_000)
    parser.add_argument("--timed", type=int, default=5, help="the cycle that openTSNE lays out by its defaults")
    parser.add_argument("--compared", type=int, nargs="*", default=[1, 5, 9], help="and by cosine")
    given = parser.parse_args()
    run = recorded(given)
    base = base_sample(run.size, given.base)

    def features(cycle: int) -> np.ndarray:
        return np.ascontiguousarray(run.snapshot(cycle).features[base])

    def cold(cycle: int, **parameters: Any) -> Timed:
        X = features(cycle)
        return Timed(lambda: np.asarray(openTSNE.TSNE(n_jobs=2, random_state=0, **parameters).fit(X)))

    shape = features(0).shape
    before = cold(given.timed)
    folder = Path(tempfile.mkdtemp())
    try:
        fresh, layouts = Elsewhere(run, folder), Layouts(given.base)
        chain = Timed(lambda: layouts.of(fresh, given.cycles - 1))
        maps = []
        for cycle in range(given.cycles):
            layout = layouts.of(fresh, cycle)
            maps.append((layout, layout.xy[layout.rows(base)]))
    finally:
        shutil.rmtree(folder)
    after = cold(given.timed)
    wall, cpu = (before.wall + after.wall) / 2, (before.cpu + after.cpu) / 2
    print(f"{shape[0]:,} × {shape[1]}, {given.cycles} cycles\n")
    print("| | seconds | of all threads |\n|---|---:|---:|")
    for when, one in (("before", before), ("after", after)):
        print(f"| one cold run of openTSNE, defaults, {when} | {one.wall:.0f} | {one.cpu:.0f} |")
    print(f"| chain of {given.cycles} | {chain.wall:.0f} | {chain.cpu:.0f} |")
    print(f"| ratio | {chain.wall / wall:.2f}× | {chain.cpu / cpu:.2f}× |", flush=True)
    print("\n| cycle | recall, chain | openTSNE, cosine | openTSNE, defaults | trustworthiness | moved |")
    print("|---|---:|---:|---:|---:|---:|")
    lost = []
    for cycle, (layout, xy) in enumerate(maps):
        X = features(cycle)
        ours = recall(X, xy)
        theirs = recall(X, cold(cycle, metric="cosine").result) if cycle in given.compared else None
        defaults = recall(X, before.result) if cycle == given.timed else None
        lost += [] if theirs is None else [theirs - ours]
        cells = ("–" if value is None else f"{value:.3f}" for value in (theirs, defaults, layout.trustworthiness))
        moved = "–" if layout.moved is None else f"{layout.moved:.2f}"
        print(f"| {cycle} | {ours:.3f} | " + " | ".join(cells) + f" | {moved} |", flush=True)
    if lost:
        print(f"\nrecall lost against cosine: {np.mean(lost):.3f} in the mean, {max(lost):.3f} at most")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    threads = f"{faiss.omp_get_max_threads()} threads, {os.cpu_count()} cores"
    print(f"{threads}, load {load:.1f}, openTSNE {openTSNE.__version__}")


if __name__ == "__main__":
    main()
