"""Seconds of neighbor graphs: against plain faiss where both are exact, and with the recall of an approximate search.

OMP_NUM_THREADS=2 python benchmarks/knn.py
"""

import os
import time

import faiss
import numpy as np
from kcenter import clusters

from alviz.graphs.knn import NeighborCache, knn_graph, unit_rows


def plain(X: np.ndarray, k: int) -> float:
    """Return the seconds of one exact search by faiss, unit rows and all."""
    start = time.perf_counter()
    rows = unit_rows(X)
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    index.search(rows, k + 1)
    return time.perf_counter() - start


def ours(X: np.ndarray, k: int) -> tuple[float, float]:
    """Return the seconds of a graph that nothing remembers, and its recall."""
    from alviz.graphs import knn

    knn.CACHE = NeighborCache()
    start = time.perf_counter()
    graph = knn_graph(X, k)
    return time.perf_counter() - start, graph.recall


def main() -> None:
    plain(clusters(2_000, 16), 5)  # imports and threads are not what is measured
    print("| data | faiss, exact | alviz, before and after | ratio | recall |\n|---|---:|---:|---:|---:|", flush=True)
    X = clusters(50_000, 128)
    before, _ = ours(X, 50)
    theirs = plain(X, 50)
    after, recall = ours(X, 50)
    ratio = 2 * theirs / (before + after)
    print(
        f"| 50,000 × 128, k = 50 | {theirs:.1f} | {before:.1f}, {after:.1f} | {ratio:.2f}× | {recall:.3f} |", flush=True
    )
    X = clusters(1_000_000, 64)
    seconds, recall = ours(X, 20)
    print(f"| 1,000,000 × 64, k = 20, approximate | – | {seconds:.0f} | – | {recall:.3f} |")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(
        f"\n{faiss.omp_get_max_threads()} threads, {os.cpu_count()} cores, load {load:.1f}, faiss {faiss.__version__}"
    )


if __name__ == "__main__":
    main()
