"""t-SNE maps by openTSNE: exact cosine neighbors, seeded, started cold or from the map before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.graphs import knn_graph
from alviz.maps.pca import pca

Progress = Callable[[int, int], None]

# Iterations (exaggeration, momentum, count): from nothing, with the early exaggeration in which clusters
# find each other; and from the map of a cycle before, in which they have.
COLD = ((12.0, 0.5, 250), (1.0, 0.8, 500))
WARM = ((1.0, 0.8, 150),)
_EVERY = 25
# openTSNE's rate, n / exaggeration, leaves small sets where they start; this is scikit-learn's floor.
_SLOWEST = 200.0
_MANY = 5_000
# Below this there are no neighborhoods to keep.
_FEWEST = 6


def tsne(
    features: NDArray[np.float32],
    *,
    seed: int,
    perplexity: float = 30.0,
    start: NDArray[np.float32] | None = None,
    progress: Progress | None = None,
    n_jobs: int | None = None,
) -> NDArray[np.float32]:
    """Lay points out so that neighbors stay neighbors.

    Parameters
    ----------
    features : ndarray of float32, (n, d)
        Compared by cosine.
    seed : int
        Of the jitter that parts coinciding points at the start.
    perplexity : float
        About how many neighbors count; at most (n − 1) / 3. Fewer than six points are laid out by
        principal components.
    start : ndarray of float32, (n, 2), optional
        The map of the cycle before: few iterations, and the points stay about where they were. Without
        it the start is the first two principal components, shrunk.
    progress : callable, optional
        Called with (done, total) every 25 iterations; what it raises ends the work and propagates.
    n_jobs : int, optional
        Threads. By default one, and two from 5,000 points on: for fewer, threads wait for each other longer
        than they work, and on a busy machine much longer.

    Returns
    -------
    ndarray of float32, (n, 2)

    References
    ----------
    L. van der Maaten and G. Hinton, "Visualizing data using t-SNE", JMLR 9 (2008).
    P. G. Poličar, M. Stražar and B. Zupan, "openTSNE", JSS 109 (2024).
    """
    from openTSNE import TSNEEmbedding

    if len(features) < _FEWEST:
        return pca(features)
    n_jobs = n_jobs or (1 if len(features) < _MANY else 2)
    schedule = COLD if start is None else WARM
    total = sum(count for _, _, count in schedule)
    report = progress or (lambda done, total: None)
    report(0, total)
    embedding = TSNEEmbedding(
        _initial(features, start, seed),
        _affinities(features, perplexity, n_jobs),
        random_state=seed,
        n_jobs=n_jobs,
    )
    done = 0
    for exaggeration, momentum, count in schedule:

        def tell(iteration: int, error: float, layout: Any, before: int = done) -> None:
            report(before + iteration, total)

        embedding.optimize(
            count,
            inplace=True,
            exaggeration=exaggeration,
            momentum=momentum,
            learning_rate=max(len(features) / exaggeration, _SLOWEST),
            callbacks=tell,
            callbacks_every_iters=_EVERY,
        )
        done += count
    return np.asarray(embedding, dtype=np.float32)


def _affinities(features: NDArray[np.float32], perplexity: float, n_jobs: int) -> Any:
    """Return openTSNE's affinities over the exact nearest neighbors of each point."""
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    n = len(features)
    perplexity = min(perplexity, (n - 1) / 3)
    graph = knn_graph(features, int(3 * perplexity), "cosine")
    neighbors = graph.indices.reshape(n, -1)
    # Chords of the unit sphere: the Euclidean distances that t-SNE's Gaussians want.
    chords = np.sqrt(np.maximum(2 - 2 * graph.weights.astype(np.float64), 0)).reshape(n, -1)
    return PerplexityBasedNN(knn_index=PrecomputedNeighbors(neighbors, chords), perplexity=perplexity, n_jobs=n_jobs)


def _initial(features: NDArray[np.float32], start: NDArray[np.float32] | None, seed: int) -> NDArray[np.float64]:
    """Return the coordinates (n, 2) to start from; no two points coincide, which the gradient cannot part."""
    if start is not None:
        initial = start.astype(np.float64)
        jitter = 1e-3
    else:
        components = pca(features).astype(np.float64)
        spread = components[:, 0].std()
        # As small as openTSNE recommends, so that early exaggeration can move everything.
        initial = components * (1e-4 / spread if spread > 0 else 0.0)
        jitter = 1e-6
    return initial + np.random.default_rng(seed).normal(0.0, jitter, initial.shape)
