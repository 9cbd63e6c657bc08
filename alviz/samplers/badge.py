"""BADGE: examples whose gradients are large and point in different directions.

Ash, Zhang, Krishnamurthy, Langford, Agarwal. Deep Batch Active Learning by Diverse, Uncertain Gradient Lower Bounds.
ICLR 2020, Algorithm 1.

The gradient embedding is that of the cross-entropy with respect to the last layer's weights, were the predicted class
ŷ the label: g = (p - e_ŷ) ⊗ v (Eq 1). A batch is drawn as k-means++ draws its centers: each example in proportion to
the squared distance of its g to the nearest g that was drawn. The g are never written out: alviz/numeric/
gradient_embedding.py computes their distances from p - e_ŷ and v.

Deviations: the first pick is the largest |g|, as in the published code; the paper draws it uniformly. Where all that is
left equals a pick, the rest is drawn uniformly. Labeled examples are no centers, as in the paper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.gradient_embedding import GradientEmbedding
from alviz.numeric.k_means import draw
from alviz.samplers.base import Sampler, spread
from alviz.samplers.query import Query
from alviz.selection import Selection


def badge(
    probs: NDArray[np.float32],
    features: NDArray[np.float32],
    n: int,
    rng: np.random.Generator,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Draw `n` rows by k-means++ on their gradient embeddings.

    Parameters
    ----------
    probs : ndarray of float32, (m, C)
    features : ndarray of float32, (m, d)
    n : int
        At most m.
    rng : numpy.random.Generator
    progress : callable
        Called with (rows drawn, n) before each; what it raises stops the work.

    Returns
    -------
    picks : ndarray of int64, (n,)
        Positions in the order of drawing, no two the same.
    norms : ndarray of float64, (m,)
        |g| of each row.
    gains : ndarray of float64, (n,)
        Each pick's distance to the nearest pick before it; of the first its norm.
    """
    embedding = GradientEmbedding(error(probs), np.ascontiguousarray(features))
    nearest = embedding.squares.copy()
    picks, gains = np.empty(n, dtype=np.int64), np.empty(n)
    left = np.ones(len(nearest), dtype=bool)
    for i in range(n):
        progress(i, n)
        if i == 0:
            pick = int(nearest.argmax())
        elif nearest.any():
            pick = draw(nearest, rng)
        else:
            pick = int(rng.choice(np.flatnonzero(left)))
        picks[i], gains[i], left[pick] = pick, np.sqrt(nearest[pick]), False
        if i == 0:
            nearest[:] = np.inf
        embedding.lower(nearest, pick)
    return picks, np.sqrt(embedding.squares), gains


def error(probs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return p - e_ŷ of each row of `probs` (m, C): the gradient of the loss of the predicted class, by the logits."""
    rows, predicted = np.arange(len(probs)), probs.argmax(axis=1)
    q = probs.copy()
    q[rows, predicted] = 0
    # 1 - p_ŷ, without what float32 loses of it near 1.
    q[rows, predicted] = -q.sum(axis=1)
    return q


@dataclass(frozen=True)
class BADGE(Sampler):
    """Draw by k-means++ on the gradients of the last layer.

    The score is |g|, the length of a candidate's gradient embedding; ``extra["gain"]`` is each pick's distance to the
    nearest pick before it (of the first its |g|), 0 where only duplicates of picks were left.
    """

    name: ClassVar[str] = "badge"
    deterministic: ClassVar[bool] = False

    @property
    def needs(self) -> frozenset[str]:
        """Probabilities and features."""
        return frozenset({"probs", "features"})

    def select(self, query: Query) -> Selection:
        """Take the largest gradient, then draw far from those drawn."""
        ids = query.candidates
        picks, norms, gains = badge(query.probs[ids], query.features[ids], query.n, query.rng, query.progress)
        return Selection(ids[picks], spread(query, norms), {"gain": gains.astype(np.float32)})
