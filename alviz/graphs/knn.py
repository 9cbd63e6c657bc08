"""Exact nearest neighbors by faiss, searched once per set of features."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.graphs.graph import Graph, from_neighbors

METRICS = ("cosine", "l2")

# Queries per faiss call: keeps the block of all distances small and lets Ctrl-C through.
_QUERIES = 4096


class NeighborCache:
    """The last few searches, keyed by the bytes of the features and the metric.

    A smaller k is a prefix of a larger one, so one search serves everything that looks at the same rows.

    Parameters
    ----------
    capacity : int
        How many searches are kept; the least recently used goes first.
    """

    def __init__(self, capacity: int = 8) -> None:
        self.capacity = capacity
        self.searches = 0
        self._found: OrderedDict[tuple[str, str], tuple[NDArray[np.int64], NDArray[np.float32]]] = OrderedDict()
        self._lock = threading.Lock()

    def neighbors(
        self, features: NDArray[np.float32], k: int, metric: str
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (neighbors, weights), both (n, k), from memory or by a search."""
        key = (hashlib.sha256(np.ascontiguousarray(features).data).hexdigest() + str(features.shape), metric)
        with self._lock:
            found = self._found.get(key)
            if found is None or found[0].shape[1] < k:
                found = search(features, k, metric)
                self.searches += 1
                for array in found:
                    # Graphs are views of what is kept here.
                    array.flags.writeable = False
                self._found[key] = found
            self._found.move_to_end(key)
            while len(self._found) > self.capacity:
                self._found.popitem(last=False)
        return found[0][:, :k], found[1][:, :k]


CACHE = NeighborCache()


def knn_graph(features: NDArray[np.float32], k: int, metric: str = "cosine") -> Graph:
    """Return the graph of each row's `k` nearest other rows, exact.

    Parameters
    ----------
    features : ndarray of float32, (n, d)
    k : int
        Neighbors per row, the row itself not counted; 1 to n - 1.
    metric : {"cosine", "l2"}
        Edge weights are cosine similarities, or Euclidean distances.

    Returns
    -------
    Graph
        n·k directed edges, nearest first. A row is never its own neighbor, duplicates of it are. A row of
        zeros has similarity 0 to every other.

    Raises
    ------
    InvalidInput
        For an unknown metric, k out of range, NaN or infinite features.
    """
    if metric not in METRICS:
        raise InvalidInput(f"metric is {metric!r}, expected one of {', '.join(map(repr, METRICS))}.")
    features = np.asarray(features, dtype=np.float32)
    if features.ndim != 2:
        raise InvalidInput(f"features have shape {features.shape}, expected (n, d).")
    if not 1 <= k < len(features):
        raise InvalidInput(f"k is {k}, expected 1 to {len(features) - 1}: the other rows of {len(features)}.")
    bad = ~np.isfinite(features).all(axis=1)
    if bad.any():
        raise InvalidInput(
            f"features hold NaN or inf in {int(bad.sum())} row(s), the first is row {int(bad.argmax())}."
        )
    return from_neighbors(*CACHE.neighbors(features, k, metric))


def search(features: NDArray[np.float32], k: int, metric: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return neighbors (n, k) int64 without the row itself, and their similarities or distances."""
    import faiss

    n, d = features.shape
    X = np.ascontiguousarray(unit_rows(features) if metric == "cosine" else features)
    index = faiss.IndexFlatIP(d) if metric == "cosine" else faiss.IndexFlatL2(d)
    index.add(X)
    neighbors = np.empty((n, k), dtype=np.int64)
    weights = np.empty((n, k), dtype=np.float32)
    with _distances_from_differences() if metric == "l2" else nullcontext():
        for start in range(0, n, _QUERIES):
            found_weights, found = index.search(X[start : start + _QUERIES], k + 1)
            rows = slice(start, start + len(found))
            neighbors[rows], weights[rows] = _without_self(found, found_weights, start)
    if metric == "l2":
        weights = np.sqrt(np.maximum(weights, 0))
    return neighbors, weights


@contextmanager
def _distances_from_differences() -> Iterator[None]:
    """Keep faiss from expanding |x - y|² = |x|² - 2xy + |y|², at about twice the time.

    The expansion cancels: of rows whose offset is 100 times their spread it finds a quarter of the neighbors
    wrong. The switch is faiss's own and global; another thread meanwhile is slower, not wrong.
    """
    import faiss

    threshold = faiss.cvar.distance_compute_blas_threshold
    faiss.cvar.distance_compute_blas_threshold = np.iinfo(np.int32).max
    try:
        yield
    finally:
        faiss.cvar.distance_compute_blas_threshold = threshold


def unit_rows(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows scaled to length one; rows of zeros stay zero."""
    largest = np.abs(features).max(axis=1, keepdims=True, initial=0)
    some = largest > 0
    # First to a largest entry of one: squares of very large or very small entries leave float32.
    scaled = features / np.where(some, largest, 1)
    scaled /= np.where(some, np.linalg.norm(scaled, axis=1, keepdims=True), 1)
    return np.asarray(scaled, dtype=np.float32)


def _without_self(
    found: NDArray[np.int64], weights: NDArray[np.float32], start: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Drop each row's own id, wherever it stands: a duplicate may come first, or crowd it out."""
    itself = found == (start + np.arange(len(found)))[:, None]
    crowded_out = ~itself.any(axis=1)
    itself[crowded_out, -1] = True
    keep = ~itself
    shape = (found.shape[0], found.shape[1] - 1)
    return found[keep].reshape(shape), weights[keep].reshape(shape)
