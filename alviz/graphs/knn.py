"""Nearest neighbors by faiss, searched once per set of features: exact, or with a measured recall above a size."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.examples import not_finite
from alviz.graphs.approximate import tuned_index
from alviz.graphs.graph import Graph, from_neighbors

METRICS = ("cosine", "l2")

# n²·d from which on a search is approximate unless asked otherwise: about a minute of exact search on two cores.
EXACT_BELOW = 1e12
RECALL = 0.98

# Queries per faiss call: keeps the block of all distances small and lets Ctrl-C through.
_QUERIES = 4096


Progress = Callable[[int, int], None]


class Neighbors(NamedTuple):
    """What a search found.

    Attributes
    ----------
    indices : ndarray of int64, (n, k)
        Nearest first, never the row itself.
    weights : ndarray of float32, (n, k)
        Similarities or distances.
    recall : float
        The share of the true neighbors among them, as measured; 1 for an exact search.
    """

    indices: NDArray[np.int64]
    weights: NDArray[np.float32]
    recall: float


class NeighborCache:
    """The last few searches, keyed by the bytes of the features, the metric and whether it was exact.

    A smaller k is a prefix of a larger one, so one search serves everything that looks at the same rows.

    Parameters
    ----------
    capacity : int
        How many searches are kept; the least recently used goes first.
    """

    def __init__(self, capacity: int = 8) -> None:
        self.capacity = capacity
        self.searches = 0
        self._found: OrderedDict[tuple[str, str, bool], Neighbors] = OrderedDict()
        self._lock = threading.Lock()

    def neighbors(
        self, features: NDArray[np.float32], k: int, metric: str, exact: bool, progress: Progress
    ) -> Neighbors:
        """Return the `k` nearest of each row, from memory or by a search."""
        key = (hashlib.sha256(np.ascontiguousarray(features).data).hexdigest() + str(features.shape), metric, exact)
        with self._lock:
            found = self._found.get(key)
            if found is None or found.indices.shape[1] < k:
                found = search(features, k, metric, exact, progress)
                self.searches += 1
                for array in found[:2]:
                    # Graphs are views of what is kept here.
                    array.flags.writeable = False
                self._found[key] = found
            self._found.move_to_end(key)
            while len(self._found) > self.capacity:
                self._found.popitem(last=False)
        return Neighbors(found.indices[:, :k], found.weights[:, :k], found.recall)


CACHE = NeighborCache()


def knn_graph(
    features: NDArray[np.float32],
    k: int,
    metric: str = "cosine",
    *,
    exact: bool | None = None,
    progress: Progress = lambda done, total: None,
) -> Graph:
    """Return the graph of each row's `k` nearest other rows.

    Parameters
    ----------
    features : ndarray of float32, (n, d)
    k : int
        Neighbors per row, the row itself not counted; 1 to n - 1.
    metric : {"cosine", "l2"}
        Edge weights are cosine similarities, or Euclidean distances.
    exact : bool, optional
        By default while n²·d is below 1e12. Otherwise an inverted file is searched whose recall, measured on
        a sample, is at least 0.98; `Graph.recall` says how much it is. Its weights are exact all the same.
    progress : callable
        Called with (rows done, n); what it raises ends the search.

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
    bad = not_finite(features)
    if bad.any():
        raise InvalidInput(
            f"features hold NaN or inf in {int(bad.sum())} row(s), the first is row {int(bad.argmax())}."
        )
    n, d = features.shape
    if exact is None:
        exact = n * n * d < EXACT_BELOW
    return from_neighbors(*CACHE.neighbors(features, k, metric, exact, progress))


def search(
    features: NDArray[np.float32],
    k: int,
    metric: str,
    exact: bool = True,
    progress: Progress = lambda done, total: None,
) -> Neighbors:
    """Return the `k` nearest of each row, without the row itself."""
    n = len(features)
    progress(0, n)
    X = np.ascontiguousarray(unit_rows(features) if metric == "cosine" else features)
    index, recall = (_flat_index(X, metric), 1.0) if exact else tuned_index(X, k + 1, metric, RECALL)
    neighbors = np.empty((n, k), dtype=np.int64)
    weights = np.empty((n, k), dtype=np.float32)
    with _distances_from_differences() if metric == "l2" else nullcontext():
        for start in range(0, n, _QUERIES):
            progress(start, n)
            found_weights, found = index.search(X[start : start + _QUERIES], k + 1)
            lost = np.flatnonzero((found < 0).any(axis=1))
            if lost.size:  # the cells that were looked into hold fewer rows than were asked for
                found_weights[lost], found[lost] = _flat_index(X, metric).search(X[start + lost], k + 1)
            rows = slice(start, start + len(found))
            neighbors[rows], weights[rows] = _without_self(found, found_weights, start)
    if metric == "l2":
        weights = np.sqrt(np.maximum(weights, 0))
    progress(n, n)
    return Neighbors(neighbors, weights, recall)


def _flat_index(X: NDArray[np.float32], metric: str) -> Any:
    import faiss

    index = faiss.IndexFlatIP(X.shape[1]) if metric == "cosine" else faiss.IndexFlatL2(X.shape[1])
    index.add(X)
    return index


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
