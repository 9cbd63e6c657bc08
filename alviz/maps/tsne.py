"""t-SNE maps by openTSNE: exact cosine neighbors, seeded, started cold or from the map before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alviz.graphs import knn_graph
from alviz.maps.method import FEWEST, MapMethod, Progress, Xy, silent
from alviz.maps.pca import pca
from alviz.maps.start import initial
from alviz.part import parameter


class _Phase(NamedTuple):
    """Iterations of one kind.

    Attributes
    ----------
    share : float
        Its iterations, as a share of early, iterations or warm.
    exaggeration : float
        How much stronger neighbors attract each other than they should.
    momentum : float
    cell : float
        Width of a cell of the grid on which repulsion is interpolated from 10,000 points on, in units of the
        map. Twice openTSNE's own is a quarter of the time, and nothing is lost while points still travel.
    """

    share: float
    exaggeration: float
    momentum: float
    cell: float


# Early exaggeration, in which clusters find each other, and what follows it.
_EARLY = (_Phase(1.0, 12.0, 0.5, 1.0),)
_LATE = (_Phase(0.5, 1.0, 0.8, 2.0), _Phase(0.3, 1.0, 0.8, 1.5), _Phase(0.2, 1.0, 0.8, 1.0))
# From a map of the cycle before, few points find their way by themselves and the others stay where they are. Many
# do not: what belongs elsewhere now cannot pass between what lies right, unless clusters are drawn together first.
_WARM_FEW = (_Phase(1.0, 1.0, 0.8, 1.0),)
_WARM_MANY = (
    _Phase(1 / 3, 12.0, 0.8, 2.0),
    _Phase(1 / 6, 4.0, 0.8, 2.0),
    _Phase(1 / 3, 1.0, 0.8, 2.0),
    _Phase(2 / 3, 1.0, 0.8, 1.5),
)
_EVERY = 25
# openTSNE's rate, n / exaggeration, leaves small sets where they start; this is scikit-learn's floor.
_SLOWEST = 200.0
# Points from which on two threads are faster than one, and a map of the cycle before has to be drawn together: of
# 8,000 it keeps 0.47 of their neighbors then, 0.45 otherwise, a map from scratch 0.48; of 1,800 as many either way.
_MANY = 5_000
# As small as openTSNE recommends, so that early exaggeration can move everything.
_SPREAD = 1e-4


def tsne(
    features: NDArray[np.float32],
    *,
    seed: int,
    perplexity: float = 30.0,
    early: int = 250,
    iterations: int = 500,
    warm: int = 150,
    start: Xy | None = None,
    progress: Progress = silent,
    n_jobs: int | None = None,
) -> Xy:
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
    early, iterations, warm : int
        Iterations without a start, with and after early exaggeration; and with a start. From 5,000 points on
        there are half as many more before the latter, exaggerated: then maps of a network that is trained anew
        in every cycle keep as many neighbors as maps from scratch, but for 0.02.
    start : ndarray of float32, (n, 2), optional
        The map of the cycle before: few iterations, and the points stay about where they were. Without
        it the start is the first two principal components, shrunk.
    progress : callable
        Called with (done, total) during the search for neighbors and about every 25 iterations; what it raises
        ends the work and propagates.
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

    if len(features) < FEWEST:
        progress(0, 1)
        return pca(features)
    n_jobs = n_jobs or (1 if len(features) < _MANY else 2)
    again = _WARM_FEW if len(features) < _MANY else _WARM_MANY
    stretches = ((_EARLY, early), (_LATE, iterations)) if start is None else ((again, warm),)
    schedule = [(phase, round(phase.share * length)) for phases, length in stretches for phase in phases]
    total = sum(count for _, count in schedule)
    progress(0, total)
    embedding = TSNEEmbedding(
        initial(features, start, np.random.default_rng(seed), spread=_SPREAD),
        _affinities(features, perplexity, n_jobs, lambda done, rows: progress(0, total)),
        random_state=seed,
        n_jobs=n_jobs,
    )
    done = 0
    for phase, count in schedule:

        def tell(iteration: int, error: float, layout: Any, before: int = done) -> None:
            progress(before + iteration, total)

        embedding.optimize(
            count,
            inplace=True,
            exaggeration=phase.exaggeration,
            momentum=phase.momentum,
            ints_in_interval=phase.cell,
            learning_rate=max(len(features) / phase.exaggeration, _SLOWEST),
            callbacks=tell,
            callbacks_every_iters=_EVERY,
        )
        done += count
        if count % _EVERY:
            progress(done, total)
    return np.asarray(embedding, dtype=np.float32)


@dataclass(frozen=True)
class TSNE(MapMethod):
    """t-SNE: every point among its nearest neighbors; distances between clusters say little."""

    name: ClassVar[str] = "tsne"
    title: ClassVar[str] = "t-SNE"
    perplexity: float = parameter(30.0, "about how many neighbors count", low=2.0, high=200.0, step=1.0)
    early: int = parameter(250, "iterations with early exaggeration", low=25, high=2000, step=25)
    iterations: int = parameter(500, "iterations after it", low=25, high=5000, step=25)
    warm: int = parameter(150, "iterations from the map of the cycle before", low=25, high=5000, step=25)

    def layout(
        self, features: NDArray[np.float32], *, seed: int, start: Xy | None = None, progress: Progress = silent
    ) -> Xy:
        """Lay out by `tsne`."""
        return tsne(features, seed=seed, start=start, progress=progress, **self.config()["params"])


def _affinities(features: NDArray[np.float32], perplexity: float, n_jobs: int, progress: Progress) -> Any:
    """Return openTSNE's affinities over the exact nearest neighbors of each point."""
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    n = len(features)
    perplexity = min(perplexity, (n - 1) / 3)
    graph = knn_graph(features, int(3 * perplexity), "cosine", progress=progress)
    neighbors = graph.indices.reshape(n, -1)
    # Chords of the unit sphere: the Euclidean distances that t-SNE's Gaussians want.
    chords = np.sqrt(np.maximum(2 - 2 * graph.weights.astype(np.float64), 0)).reshape(n, -1)
    return PerplexityBasedNN(knn_index=PrecomputedNeighbors(neighbors, chords), perplexity=perplexity, n_jobs=n_jobs)
