"""ALFA-Mix: examples whose prediction a little of another class's features would flip, one from each region.

Parvaneh, Abbasnejad, Teney, Haffari, van den Hengel, Shi. Active Learning by Feature Mixing. CVPR 2022.

The features z of a candidate are interpolated with the anchor z* of each labeled class, the mean of its labeled
features: z̃ = α ⊙ z* + (1 - α) ⊙ z (Eq 2). The α of the largest loss of the predicted class ŷ, to first order and with
‖α ⊙ (z* - z)‖ ≤ ε ‖z* - z‖, is (Eq 5 and 6)

    α* = ε (‖z* - z‖ / ‖∇‖) ∇ ⊘ (z* - z),   ∇ = ∇_z ℓ(Wz + b, ŷ) = Wᵀ(p - e_ŷ),   ε = 0.2 / √d.

So z̃ = z + ε ‖z* - z‖ ∇ / ‖∇‖: the anchor says how far, the gradient where to. Along that ray the logits are straight
lines, ŷ is overtaken at a length τ that is known in closed form, and a prediction flips with some anchor if it does
with the farthest one: where ε max ‖z* - z‖ > τ. Neither α nor z̃ is ever written out. Those that flip are cut into b
clusters by k-means on their features of length one; of each the most central is picked.

Deviations: where z* and z are equal α has no value, and nothing can move there; this is honored for features that are
the same in all candidates and labeled examples (units that died). Classes without a labeled example have no anchor, as
in the paper; the published code takes the mean of all. Where fewer than b predictions flip, the rest are those that
flip at the smallest ε: what the published code does when it lets ε grow, before it draws the rest at random.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.errors import MissingNeeds
from alviz.graphs.knn import unit_rows
from alviz.numeric.blocks import blocks
from alviz.part import parameter
from alviz.samplers.base import Sampler, spread
from alviz.samplers.query import Query
from alviz.samplers.representatives import representatives
from alviz.selection import Selection
from alviz.snapshot import Head

Floats = NDArray[np.float64]


def class_anchors(features: NDArray[np.float32], values: NDArray[np.int64]) -> Floats:
    """Return the mean of the labeled `features` (m, d) of each class that `values` (m,) hold, (classes, d)."""
    return np.stack([features[values == c].mean(axis=0, dtype=np.float64) for c in np.unique(values)])


def flipping_epsilon(
    features: NDArray[np.float32],
    anchors: Floats,
    head: Head,
    tick: Callable[[], None] = lambda: None,
) -> Floats:
    """Return from which ε√d on mixing with an anchor flips a prediction.

    Parameters
    ----------
    features : ndarray of float32, (m, d)
    anchors : ndarray of float64, (classes, d)
    head : Head

    Returns
    -------
    ndarray of float64, (m,)
        At least 0; inf where no ε does.
    """
    alive = ((features != features[:1]).any(axis=0)) | ((anchors != features[:1]).any(axis=0))
    W, b = head.weight.astype(np.float64), head.bias.astype(np.float64)
    gram = W[:, alive] @ W[:, alive].T
    smallest = np.empty(len(features))
    for part in blocks(len(features), max(features.shape[1], len(b))):
        tick()
        Z = features[part].astype(np.float64)
        smallest[part] = _overtaken(Z @ W.T + b, gram) / _farthest(Z, anchors)
    return smallest * np.sqrt(features.shape[1])


def _overtaken(logits: Floats, gram: Floats) -> Floats:
    """Return how far along the gradient of the loss the predicted class is overtaken, (m,), from logits (m, C)."""
    rows, predicted = np.arange(len(logits)), logits.argmax(axis=1)
    # p - e_ŷ but for its length, which cancels: so a certain prediction has a direction too.
    others = logits.copy()
    others[rows, predicted] = -np.inf
    q = np.exp(others - others.max(axis=1, keepdims=True))
    q[rows, predicted] = -q.sum(axis=1)
    slope = q @ gram  # of the logits along ∇, times ‖∇‖
    length = np.sqrt(np.maximum(np.einsum("ij,ij->i", slope, q), 0))
    lead = logits[rows, predicted][:, None] - logits
    gained = slope - slope[rows, predicted][:, None]
    wins = gained > 0
    times = np.divide(lead, gained, out=np.full(lead.shape, np.inf), where=wins)
    return np.multiply(times.min(axis=1), length, out=np.full(len(logits), np.inf), where=wins.any(axis=1))


def _farthest(Z: Floats, anchors: Floats) -> Floats:
    """Return the distance of each row to the farthest anchor; 0 counts as the smallest number above it."""
    farthest = np.full(len(Z), np.finfo(np.float64).tiny)
    for anchor in anchors:
        gap = Z - anchor
        np.maximum(farthest, np.sqrt(np.einsum("ij,ij->i", gap, gap)), out=farthest)
    return farthest


@dataclass(frozen=True)
class AlfaMix(Sampler):
    """Pick centers of clusters of the candidates whose prediction flips when features of a labeled class are mixed in.

    The score is 1 / (1 + e), e the ε√d from which on a candidate flips, so it flips where the score is above
    1 / (1 + epsilon), and 0 where it never does. ``extra["gain"]`` is how many candidates a pick stands for, the
    largest cluster first, 1 where there were too few to cluster; ``extra["flipped"]`` is how many flip.
    """

    name: ClassVar[str] = "alfa_mix"
    deterministic: ClassVar[bool] = False

    epsilon: float = parameter(
        0.2, "ε√d: how far features may be mixed, as a share of the way to the anchor", low=1e-3, high=100.0, step=0.1
    )

    @property
    def needs(self) -> frozenset[str]:
        """Features, the last layer, and labels to make anchors of."""
        return frozenset({"features", "head", "labels"})

    def select(self, query: Query) -> Selection:
        """Find what flips, and pick from every region of it."""
        if len(query.labels) == 0:
            raise MissingNeeds(
                f"{self.name} mixes in the features of labeled examples, and there are none. Start with initial of at "
                "least 1."
            )
        features = query.features[query.candidates]
        anchors = class_anchors(query.features[query.labels.ids], query.labels.values)
        smallest = flipping_epsilon(features, anchors, query.head, lambda: query.progress(0, query.n))
        flips = smallest < self.epsilon
        # Without enough, those that flip next.
        others = np.flatnonzero(~flips)
        others = others[np.argsort(smallest[others], kind="stable")][: max(0, query.n - int(flips.sum()))]
        tiers = [np.flatnonzero(flips), others]
        picks, gain = representatives(unit_rows(features), tiers, query.n, query.rng, query.progress)
        extra = {"gain": gain, "flipped": int(flips.sum())}
        return Selection(query.candidates[picks], spread(query, 1 / (1 + smallest)), extra)
