"""A weighted directed graph as CSR arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """Edges i → j with a weight each, rows in CSR order.

    Attributes
    ----------
    indptr : ndarray of int64, (n + 1,)
        The edges of node i are ``indptr[i]:indptr[i + 1]``.
    indices : ndarray of int64, (edges,)
        Where each edge points; nearest first in a neighbor graph.
    weights : ndarray of float32, (edges,)
        Similarity (cosine) or distance (l2).
    recall : float
        The share of the true nearest neighbors that the edges lead to, as measured; 1 in an exact graph.
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    weights: NDArray[np.float32]
    recall: float = 1.0

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.indptr) - 1

    @property
    def n_edges(self) -> int:
        """Number of directed edges."""
        return len(self.indices)

    @cached_property
    def sources(self) -> NDArray[np.int64]:
        """Where each edge comes from, (edges,)."""
        return np.repeat(np.arange(self.n), np.diff(self.indptr))

    @cached_property
    def components(self) -> int:
        """Number of connected components, directions ignored."""
        from scipy.sparse.csgraph import connected_components

        return int(connected_components(self.csr(), directed=False, return_labels=False))

    @cached_property
    def isolated(self) -> int:
        """Number of nodes without an edge in or out."""
        touched = np.zeros(self.n, dtype=bool)
        touched[self.indices] = True
        touched[self.sources] = True
        return int((~touched).sum())

    def csr(self) -> Any:
        """Return the scipy CSR matrix (n, n) with a 1 for every edge."""
        from scipy.sparse import csr_matrix

        ones = np.ones(self.n_edges, dtype=np.float32)
        return csr_matrix((ones, self.indices, self.indptr), shape=(self.n, self.n))

    def __repr__(self) -> str:
        recall = "" if self.recall == 1 else f", recall {self.recall:.3f}"
        parts = f"{self.components} components, {self.isolated} isolated"
        return f"Graph({self.n} nodes, {self.n_edges} edges, {parts}{recall})"


def from_neighbors(neighbors: NDArray[np.int64], weights: NDArray[np.float32], recall: float = 1.0) -> Graph:
    """Return the graph whose node i points to ``neighbors[i]`` (n, k)."""
    n, k = neighbors.shape
    return Graph(np.arange(n + 1, dtype=np.int64) * k, neighbors.ravel(), weights.ravel(), recall)
