"""MaxHerding: greedy maximization of the generalized coverage E_x max_l k(x, l) over the labeled and the picks.

Bae, Noh, Sutherland. Generalized Coverage for More Robust Low-Budget Active Learning. ECCV 2024. With a top-hat
kernel, 1 within δ and 0 beyond, the coverage is the share of the pool within δ of a label, and this is ProbCover
(Yehuda, Dekel, Hacohen, Weinshall. Active Learning Through a Covering Lens. NeurIPS 2022).

Features are scaled to length one, as in both papers. The Gaussian is exp(−‖x − y‖² / σ²), as their code has it, and
σ = 1 its default; written with 2σ² that is 0.71. δ = 0.75 is what the paper took for CIFAR-10.

Deviations: under the Gaussian the expectation is taken over at most ``reference`` rows, drawn from the pool, whose
coverage differs from that of the pool by about 0.5 / √reference; the top-hat always counts all rows. "auto" for σ is
the median distance of drawn rows. "auto" for δ is ProbCover's own choice without labels: k-means into as many groups
as there are classes, and the largest δ for which a share α of the balls holds one group only, on at most 5,000 drawn
balls. Of equal gains one is drawn; published code takes the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from alviz.graphs.knn import unit_rows
from alviz.numeric.herding import Gaussian, Kernel, TopHat, herd
from alviz.numeric.k_means import k_means
from alviz.numeric.purity import largest_pure, nearest_other
from alviz.part import parameter
from alviz.samplers.base import Sampler, spread
from alviz.samplers.finite import finite_features
from alviz.samplers.query import Query
from alviz.selection import Selection
from alviz.task import Classification

# Rows that "auto" looks at: distances of all pairs of the first, balls around the second.
_DISTANCES, _BALLS = 1000, 5000
# What "auto" may find, on the sphere.
_NARROWEST, _WIDEST = 1e-3, 2.0


@dataclass(frozen=True)
class MaxHerding(Sampler):
    """Pick again and again what adds most to E_x max_l k(x, l), l labeled or picked.

    The score is what a candidate alone would add to the coverage; ``extra["gain"]`` what each pick added.
    ``extra`` also holds the ``coverage`` before and after, 0 to 1, and the ``radius`` (σ or δ) that was used.
    """

    name: ClassVar[str] = "maxherding"
    deterministic: ClassVar[bool] = False

    kernel: str = parameter("gaussian", "how a label covers what is near", choices=("gaussian", "top_hat"))
    sigma: float | str = parameter(
        1.0, "σ of the Gaussian, on features of length one", low=1e-3, high=10.0, step=0.1, also=("auto",)
    )
    delta: float | str = parameter(
        0.75, "δ, the radius of the top-hat, on features of length one", low=1e-3, high=2.0, step=0.05, also=("auto",)
    )
    alpha: float = parameter(0.95, "α: purity of the balls when δ is 'auto'", low=0.01, high=1.0, step=0.01)
    reference: int = parameter(
        10_000, "most rows that the expectation is taken over (Gaussian)", low=1, high=100_000_000, step=1000
    )

    @property
    def needs(self) -> frozenset[str]:
        """Features."""
        return frozenset({"features"})

    def select(self, query: Query) -> Selection:
        """Cover the pool, greedily."""
        X = unit_rows(finite_features(query))
        if self.kernel == "top_hat":
            delta = pure_radius(query, X, self.alpha) if isinstance(self.delta, str) else self.delta
            return cover(query, X, TopHat(delta), delta)
        sigma = typical_distance(query, X) if isinstance(self.sigma, str) else self.sigma
        return cover(query, X, Gaussian(sigma), sigma, rows=drawn(query, len(X), self.reference))


def cover(
    query: Query,
    X: NDArray[np.float32],
    kernel: Kernel,
    radius: float,
    rows: NDArray[np.int64] | None = None,
    weights: NDArray[np.floating] | None = None,
) -> Selection:
    """Return the greedy covering of `rows` (all by default) of `X` by picks of `query`."""
    # The first of equal gains is picked, so that a drawn order draws among them.
    order = query.rng.permutation(len(query.candidates))
    found = herd(
        X, kernel, query.labeled, query.candidates[order], query.n, rows=rows, weights=weights, progress=query.progress
    )
    start = np.empty(len(order))
    start[order] = found.start
    extra = {
        "gain": found.gains.astype(np.float32),
        "coverage": np.array([found.covered, found.covered + found.gains.sum()]),
        "radius": float(radius),
    }
    return Selection(found.picks, spread(query, start), extra)


def drawn(query: Query, size: int, most: int) -> NDArray[np.int64]:
    """Return all row numbers below `size`, ascending, or `most` of them."""
    return np.arange(size) if size <= most else np.sort(query.rng.choice(size, most, replace=False))


def typical_distance(query: Query, X: NDArray[np.float32]) -> float:
    """Return the median distance between different drawn rows of `X`."""
    some = X[drawn(query, len(X), _DISTANCES)].astype(np.float64)
    squared = 2.0 - 2.0 * (some @ some.T)[np.triu_indices(len(some), 1)]
    squared = squared[squared > _NARROWEST**2]
    return float(np.clip(np.sqrt(np.median(squared)), _NARROWEST, _WIDEST)) if len(squared) else 1.0


def pure_radius(query: Query, X: NDArray[np.float32], alpha: float) -> float:
    """Return the largest δ for which a share `alpha` of the balls holds rows of one k-means group only."""
    k = min(len(cast(Classification, query.task).classes), len(X))
    groups = k_means(X, k, query.rng, progress=lambda done, total: query.progress(0, query.n)).owner
    balls = drawn(query, len(X), _BALLS)
    distances = nearest_other(X, groups, balls, progress=lambda done, total: query.progress(0, query.n))
    return float(np.clip(largest_pure(distances, alpha), _NARROWEST, _WIDEST))
