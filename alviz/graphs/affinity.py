"""From neighbor graphs to the symmetric, normalized matrices that are multiplied with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from alviz.errors import InvalidInput
from alviz.graphs.graph import Graph

if TYPE_CHECKING:
    from alviz.graphs._dgl import MessagePassing

SYMMETRIES = ("union", "sum", "mutual")
NORMALIZATIONS = ("row", "column", "symmetric")


def affinity(graph: Graph, *, symmetrize: str = "union", power: float = 1.0) -> Any:
    """Return the symmetric matrix W of a graph's similarities, its diagonal zero.

    Parameters
    ----------
    graph : Graph
        Edge weights are similarities; edges of weight 0 and below are left out.
    symmetrize : {"union", "sum", "mutual"}
        An edge is there if either end has it ("union": with the larger weight; "sum": W + Wᵀ, so that an edge
        that both ends have counts twice), or only if both have it ("mutual").
    power : float
        What similarities are raised to.

    Returns
    -------
    scipy.sparse.csr_matrix of float32, (n, n)
        Indices sorted, no entry stored that is zero.

    Raises
    ------
    InvalidInput
        For another way to symmetrize.
    """
    from scipy.sparse import csr_matrix

    if symmetrize not in SYMMETRIES:
        raise InvalidInput(f"symmetrize is {symmetrize!r}, expected one of {', '.join(map(repr, SYMMETRIES))}.")
    keep = (graph.weights > 0) & (graph.indices != graph.sources)
    values = graph.weights[keep].astype(np.float32) ** np.float32(power)
    W = csr_matrix((values, (graph.sources[keep], graph.indices[keep])), shape=(graph.n, graph.n))
    both = {"union": W.maximum, "sum": W.__add__, "mutual": W.minimum}[symmetrize](W.T.tocsr())
    both = csr_matrix(both, dtype=np.float32)
    both.eliminate_zeros()
    both.sort_indices()
    return both


def normalized(W: Any, how: str) -> Any:
    """Return a nonnegative matrix divided by its weighted degrees D (row sums): D⁻¹W, WD⁻¹ or D^-½WD^-½.

    A node of degree zero keeps zero rows and columns.

    Parameters
    ----------
    W : scipy.sparse.csr_matrix, (n, n)
    how : {"row", "column", "symmetric"}
        "column" divides by column sums, which are the row sums of a symmetric W.

    Raises
    ------
    InvalidInput
        For another way to normalize.
    """
    from scipy.sparse import csr_matrix, diags

    if how not in NORMALIZATIONS:
        raise InvalidInput(f"normalize is {how!r}, expected one of {', '.join(map(repr, NORMALIZATIONS))}.")
    degrees = np.asarray(W.sum(axis=0 if how == "column" else 1), dtype=np.float64).ravel()
    power = -0.5 if how == "symmetric" else -1.0
    inverse = diags(np.power(degrees, power, out=np.zeros_like(degrees), where=degrees > 0))
    left = W if how == "column" else inverse @ W
    return csr_matrix(left if how == "row" else left @ inverse, dtype=np.float32)


def kipf(W: Any) -> Any:
    """Return D̃^-½(W + I)D̃^-½, D̃ the row sums of W + I (Kipf, Welling, ICLR 2017).

    Parameters
    ----------
    W : scipy.sparse matrix, (m, m)
        Symmetric, nonnegative, its diagonal zero. A node without an edge keeps itself, with weight one.

    Returns
    -------
    scipy.sparse.csr_matrix of float32, (m, m)
    """
    from scipy.sparse import identity

    return normalized((W + identity(W.shape[0], dtype=np.float32)).tocsr(), "symmetric")


def mean_with_self(graph: Graph, *, normalize: str = "row") -> MessagePassing:
    """Return A = D⁻¹S + I over the symmetrized graph, S the clipped similarities and D their row sums.

    It is SeqGCN's Eq 4 with the k nearest neighbors in place of all nodes. A node without a positive
    edge keeps only itself. ``normalize="column"`` gives SD⁻¹ + I.
    """
    from scipy.sparse import identity

    return messages(normalized(affinity(graph), normalize) + identity(graph.n, dtype=np.float32))


def messages(matrix: Any) -> MessagePassing:
    """Return a sparse matrix (n, n) as an operator on node features that lets gradients through."""
    import torch

    from alviz.graphs._dgl import MessagePassing

    entries = matrix.tocoo()
    return MessagePassing(
        torch.from_numpy(entries.row.astype(np.int64)),
        torch.from_numpy(entries.col.astype(np.int64)),
        torch.from_numpy(entries.data.astype(np.float32)),
        matrix.shape[0],
    )
