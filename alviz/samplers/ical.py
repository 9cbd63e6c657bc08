"""ICAL: where the prediction changes when the image is moved or mirrored.

Gao, Zhang, Yu, Arık, Davis, Pfister. Consistency-Based Semi-Supervised Active Learning: Towards Minimizing Labeling
Cost. ECCV 2020, Eq 2: C(x) = Σ_ℓ Var[p(ℓ | x), p(ℓ | x̃₁), …, p(ℓ | x̃_N)], N = 5; the largest are picked.

Deviations: the variance is the population's, divided by N + 1, which orders candidates as any other does. Images are
moved with their border reflected, as alviz augments training batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.part import parameter
from alviz.samplers.base import Sampler, highest
from alviz.samplers.query import Query
from alviz.selection import Selection

# Bytes of images that are changed at once.
_BYTES = 2**26


def inconsistency(views: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return Σ_ℓ Var_v p_vℓ (m,) of the predictions of v views (v, m, C)."""
    return np.asarray(np.var(views, axis=0, dtype=np.float64).sum(axis=1))


def moved(images: NDArray[Any], pixels: int, rng: np.random.Generator) -> NDArray[Any]:
    """Return images (m, h, w[, c]) moved by up to `pixels` each way, each by its own draw, reflected at the border."""
    m, h, w = images.shape[:3]
    pixels = min(pixels, h - 1, w - 1)
    padded = np.pad(images, [(0, 0), (pixels, pixels), (pixels, pixels), (0, 0)][: images.ndim], mode="reflect")
    rows, columns = (rng.integers(0, 2 * pixels + 1, (m, 1)) + np.arange(side) for side in (h, w))
    return np.asarray(padded[np.arange(m)[:, None, None], rows[:, :, None], columns[:, None, :]])


def mirrored(images: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Return images (m, h, w[, c]) mirrored left to right, each with probability one half."""
    chosen = rng.random(len(images)) < 0.5
    return np.where(chosen.reshape(-1, *[1] * (images.ndim - 1)), images[:, :, ::-1], images)


@dataclass(frozen=True)
class ICAL(Sampler):
    """Pick the images whose predictions vary most over the image itself and augmented views of it."""

    name: ClassVar[str] = "ical"
    deterministic: ClassVar[bool] = False

    views: int = parameter(5, "N: augmented views beside the image itself", low=1, high=100)
    augment: str = parameter("shift_flip", "what makes a view of an image", choices=("shift", "shift_flip"))
    shift: int = parameter(2, "most pixels by which a view is moved", low=1, high=16)

    @property
    def needs(self) -> frozenset[str]:
        """Predictions of other images than the pool's."""
        return frozenset({"predict"})

    def select(self, query: Query) -> Selection:
        """Score by the variance over the views, summed over classes."""
        if query.pool is not None and query.pool.kind != "image":
            raise InvalidInput(
                f"ical compares moved and mirrored images, and {query.pool!r} holds vectors. Choose another sampler."
            )
        rows_per_block = max(1, _BYTES // query.images(query.candidates[:1]).nbytes)
        blocks = np.array_split(query.candidates, -(-len(query.candidates) // rows_per_block))
        scores = [self._scores(query, rows, place, len(blocks)) for place, rows in enumerate(blocks)]
        return highest(query, np.concatenate(scores))

    def _scores(self, query: Query, rows: NDArray[np.int64], place: int, blocks: int) -> NDArray[np.float64]:
        images, found = query.images(rows), []
        for view in range(self.views + 1):
            shown = images
            if view:
                shown = moved(images, self.shift, query.rng)
                shown = mirrored(shown, query.rng) if self.augment == "shift_flip" else shown
            found.append(query.predict(shown, place * (self.views + 1) + view, blocks * (self.views + 1)))
        return inconsistency(np.stack(found))
