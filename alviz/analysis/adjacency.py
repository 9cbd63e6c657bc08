"""Adjacency accuracy: how often neighbors in a graph are of one class.

Guo et al. Semi-supervised Active Learning for Semi-supervised Models: Exploit Adversarial Examples with
Graph-based Virtual Labels. ICCV 2021, Fig 7c.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.graphs import Graph


@dataclass(frozen=True, eq=False)
class Adjacency:
    """How well the neighborhoods of a graph are those of the classes.

    Attributes
    ----------
    k : int
        Neighbors per node.
    plain : float
        The share of edges whose ends are of one class, 0..1.
    weighted : float
        The same, every edge counted by its similarity (those of 0 and below not at all).
    per_class : ndarray of float64, (C,)
        The share among the edges that leave nodes of each class; NaN for a class without one.
    chance : float
        What edges at random would reach: the sum of squared shares of the classes.
    """

    k: int
    plain: float
    weighted: float
    per_class: NDArray[np.float64]
    chance: float


def adjacency_accuracy(graph: Graph, y: NDArray[np.int64], classes: int) -> Adjacency:
    """Return the adjacency accuracy of a neighbor graph; edges at a node without a known class do not count.

    Parameters
    ----------
    graph : Graph
        Of nearest neighbors by cosine, the nodes themselves left out.
    y : ndarray of int64, (n,)
        True classes, -1 where not known.
    classes : int
        C.

    Raises
    ------
    InvalidInput
        If `y` does not fit the graph, or no edge joins two nodes of known class.
    """
    y = np.asarray(y)
    if y.shape != (graph.n,):
        raise InvalidInput(f"y has shape {y.shape}, expected ({graph.n},): one class per node.")
    ends = y[graph.sources], y[graph.indices]
    known = (ends[0] >= 0) & (ends[1] >= 0)
    if not known.any():
        raise InvalidInput(
            f"No edge joins two nodes of known class: {int((y >= 0).sum())} of {graph.n} classes are known."
        )
    sources, same = ends[0][known], (ends[0] == ends[1])[known]
    similarity = np.maximum(graph.weights[known], 0).astype(np.float64)
    edges = np.bincount(sources, minlength=classes)
    hits = np.bincount(sources[same], minlength=classes)
    shares = np.bincount(y[y >= 0], minlength=classes) / (y >= 0).sum()
    total = similarity.sum()
    return Adjacency(
        k=int(np.diff(graph.indptr).max()),
        plain=float(same.mean()),
        weighted=float(similarity[same].sum() / total) if total > 0 else float("nan"),
        per_class=np.divide(hits, edges, out=np.full(classes, np.nan), where=edges > 0),
        chance=float((shares**2).sum()),
    )
