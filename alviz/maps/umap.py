"""UMAP maps by umap-learn: exact cosine neighbors, seeded, started cold or from the map before.

What is called are the stages of umap-learn, not its class `umap.UMAP`. The class rescales both axes of a start
to 0..10 each, which moves points several times as far as the optimization does that follows; it reports no
progress and cannot be stopped; and it warns of what is meant here (a graph without a search index, one thread
for one seed).
"""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from typing import Any, ClassVar, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from alviz.graphs import knn_graph
from alviz.maps.method import FEWEST, MapMethod, Progress, Xy, silent
from alviz.maps.pca import pca
from alviz.maps.start import initial
from alviz.part import parameter

_EVERY = 10
# About the 10 units of width at which umap-learn starts.
_SPREAD = 2.5
# Learning rates: umap-learn's own, and a smaller one for points that are nearly where they belong.
_COLD, _WARM = 1.0, 0.25
# Stages of umap-learn run numba's threads, and one of numba's threading layers ends the process when two Python
# threads use it at a time.
_ONE_AT_A_TIME = threading.Lock()


def umap(
    features: NDArray[np.float32],
    *,
    seed: int,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    epochs: int = 200,
    warm: int = 75,
    start: Xy | None = None,
    progress: Progress = silent,
) -> Xy:
    """Lay points out so that the fuzzy neighbor graph of the map is like that of the features.

    Parameters
    ----------
    features : ndarray of float32, (n, d)
        Compared by cosine.
    seed : int
        Of the jitter that parts coinciding points at the start, and of the pairs that repel each other.
    n_neighbors : int
        Size of a neighborhood, the point itself counted; at most n. Fewer than six points are laid out by
        principal components.
    min_dist : float
        How close neighbors may lie, in units of the map.
    epochs, warm : int
        Passes over the graph without a start, and with one: 75 take a point from the middle of one cluster
        to another of the digits, 50 leave some half-way.
    start : ndarray of float32, (n, 2), optional
        The map of the cycle before: few and small steps, and the points stay about where they were. Without
        it the start is the first two principal components.
    progress : callable
        Called with (done, total) during the search for neighbors and every ten epochs; what it raises ends the
        work and propagates. The first call in a process compiles for some seconds before the first epoch.

    Returns
    -------
    ndarray of float32, (n, 2)

    References
    ----------
    L. McInnes, J. Healy and J. Melville, "UMAP: Uniform Manifold Approximation and Projection for Dimension
    Reduction", arXiv 1802.03426 (2018).
    D. Kobak and G. C. Linderman, "Initialization is critical for preserving global data structure in both
    t-SNE and UMAP", Nature Biotechnology 39 (2021): why principal components.
    """
    if len(features) < FEWEST:
        progress(0, 1)
        return pca(features)
    total = epochs if start is None else warm
    progress(0, total)
    stages, optimize = _import()
    heads, tails, weights = _edges(stages, features, n_neighbors, lambda done, rows: progress(0, total))
    curve = stages.find_ab_params(1.0, min_dist)
    rng = np.random.default_rng(seed)
    xy = initial(features, start, rng, spread=_SPREAD).astype(np.float32, order="C")
    optimize(
        xy,  # moved in place, as the one end of an edge and
        xy,  # as the other
        heads,
        tails,
        _Epochs(total, progress),
        len(xy),
        stages.make_epochs_per_sample(weights, total),
        *curve,
        rng.integers(-(2**31), 2**31 - 1, 3),
        initial_alpha=_COLD if start is None else _WARM,
        move_other=True,
    )
    return xy


@dataclass(frozen=True)
class UMAP(MapMethod):
    """UMAP: clusters close and apart, with more of their arrangement than t-SNE."""

    name: ClassVar[str] = "umap"
    title: ClassVar[str] = "UMAP"
    n_neighbors: int = parameter(15, "size of a neighborhood, the point itself counted", low=2, high=200, step=1)
    min_dist: float = parameter(0.1, "how close neighbors may lie", low=0.0, high=0.99, step=0.05)
    epochs: int = parameter(200, "passes over the graph for the first map", low=20, high=2000, step=10)
    warm: int = parameter(75, "passes from the map of the cycle before", low=20, high=2000, step=5)

    def layout(
        self, features: NDArray[np.float32], *, seed: int, start: Xy | None = None, progress: Progress = silent
    ) -> Xy:
        """Lay out by `umap`."""
        return umap(features, seed=seed, start=start, progress=progress, **self.config()["params"])


class _Epochs(list[int]):
    """The number of epochs, told how many are done.

    The epochs after which umap-learn is to keep a copy of the layout may be given as a list; it runs to the
    largest and asks of every epoch that is done whether it is among them. No other of its arguments reaches
    back into Python once per epoch: a progress bar can be described to it, not given. Running it in slices
    would restart its schedules of edges and of the learning rate.
    """

    def __init__(self, total: int, progress: Progress) -> None:
        super().__init__([total])
        self._total = total
        self._progress = progress

    def __contains__(self, epoch: object) -> bool:
        if isinstance(epoch, SupportsIndex):
            done = epoch.__index__() + 1
            if done % _EVERY == 0 or done == self._total:
                self._progress(done, self._total)
        # What umap-learn returns at its end is all that is wanted.
        return False


def _import() -> tuple[Any, Any]:
    with warnings.catch_warnings():
        # tensorflow serves umap-learn's parametric UMAP, which nothing here uses.
        warnings.filterwarnings("ignore", "Tensorflow not installed", ImportWarning)
        from umap import umap_
        from umap.layouts import optimize_layout_euclidean
    return umap_, optimize_layout_euclidean


def _edges(
    stages: Any, features: NDArray[np.float32], n_neighbors: int, progress: Progress = silent
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Return heads, tails and memberships (0..1) of the fuzzy graph over the exact nearest neighbors."""
    n = len(features)
    k = min(n_neighbors, n)
    graph = knn_graph(features, k - 1, "cosine", progress=progress)
    # umap-learn counts a point as its own nearest neighbor, at distance 0.
    neighbors = np.column_stack([np.arange(n), graph.indices.reshape(n, -1)])
    distances = np.column_stack([np.zeros(n, np.float32), np.maximum(1 - graph.weights, 0).reshape(n, -1)])
    with _ONE_AT_A_TIME:
        fuzzy, _, _ = stages.fuzzy_simplicial_set(
            features, k, None, "cosine", knn_indices=neighbors, knn_dists=distances
        )
    edges = fuzzy.tocoo()
    return edges.row, edges.col, edges.data
