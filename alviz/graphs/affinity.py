"""From neighbor graphs to the sparse matrices that networks multiply with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alviz.graphs.graph import Graph

if TYPE_CHECKING:
    from alviz.graphs._dgl import MessagePassing


def symmetric_edges(
    graph: Graph, floor: float = 0.0
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return (rows, columns, weights) of the union of both directions of each edge, each pair once.

    Edges whose weight is not above `floor` are dropped.
    """
    from scipy.sparse import csr_matrix

    keep = graph.weights > floor
    matrix = csr_matrix((graph.weights[keep], (graph.sources[keep], graph.indices[keep])), shape=(graph.n, graph.n))
    union = matrix.maximum(matrix.T).tocoo()
    return union.row.astype(np.int64), union.col.astype(np.int64), union.data.astype(np.float32)


def mean_with_self(graph: Graph, *, normalize: str = "row") -> MessagePassing:
    """Return A = D⁻¹S + I over the symmetrized graph, S the clipped similarities and D their row sums.

    It is SeqGCN's Eq 4 with the k nearest neighbors in place of all nodes. A node without a positive
    edge keeps only itself. ``normalize="column"`` gives SD⁻¹ + I.
    """
    import torch

    from alviz.graphs._dgl import MessagePassing

    rows, columns, weights = symmetric_edges(graph)
    degrees = np.bincount(rows, weights, minlength=graph.n)
    shares = weights / degrees[columns if normalize == "column" else rows]
    itself = np.arange(graph.n)
    return MessagePassing(
        torch.from_numpy(np.concatenate([rows, itself])),
        torch.from_numpy(np.concatenate([columns, itself])),
        torch.from_numpy(np.concatenate([shares, np.ones(graph.n)]).astype(np.float32)),
        graph.n,
    )
