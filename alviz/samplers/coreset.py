"""Core-set selection by k-center greedy.

Sener, Savarese. Active Learning for Convolutional Neural Networks: A Core-Set Approach. ICLR 2018, Algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.errors import InvalidInput
from alviz.numeric.k_center import k_center
from alviz.samplers.base import Sampler, spread
from alviz.samplers.query import Query
from alviz.selection import Selection


def k_center_greedy(
    features: NDArray[np.floating],
    labeled: ArrayLike,
    n: int,
    candidates: ArrayLike | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> NDArray[np.int64]:
    """Return `n` ids, each the farthest from all labeled and picked before: argmax_i min_j ‖v_i - v_j‖₂.

    Parameters
    ----------
    features : ndarray, (N, d)
        A memory map is read in blocks of rows and may be larger than memory.
    labeled : array of int
        Ids of the centers that are there already. Without any, the first pick is the candidate nearest
        to the mean of the candidates.
    n : int
    candidates : array of int, optional
        Ids to pick from, all by default; labeled ones among them are left out.
    progress : callable
        Called with (picks done, n) before each pick, and more often while distances to all labeled are computed;
        what it raises stops the work.

    Returns
    -------
    ndarray of int64, (n,)
        In pick order. Ties go to the lowest id; no id is picked twice.

    Raises
    ------
    InvalidInput
        For features that are no matrix of numbers, NaN or inf in a labeled or candidate row, ids outside of it,
        or more picks than there are candidates.
    """
    features = np.asarray(features)
    if features.ndim != 2 or features.dtype.kind not in "fiub":
        raise InvalidInput(f"features are {features.dtype} of shape {features.shape}, expected numbers, (N, d).")
    labeled = _rows(labeled, len(features), "labeled")
    candidates = _rows(np.arange(len(features)) if candidates is None else candidates, len(features), "candidates")
    candidates = np.setdiff1d(candidates, labeled)
    if not 0 <= n <= len(candidates):
        raise InvalidInput(f"n is {n}, expected 0 to {len(candidates)}: the number of candidates.")
    return k_center(features, labeled, candidates, n, progress).picks


def _rows(ids: ArrayLike, n: int, what: str) -> NDArray[np.int64]:
    """Return `ids` ascending, each once."""
    given = np.asarray(ids)
    outside = given.size > 0 and (given.dtype.kind not in "iu" or given.min() < 0 or given.max() >= n)
    if outside:
        raise InvalidInput(f"{what} must be row numbers, 0..{n - 1}, got {given}.")
    return np.unique(given).astype(np.int64)


@dataclass(frozen=True)
class Coreset(Sampler):
    """k-center greedy on the learner's features, unnormalized, Euclidean.

    The score is the distance to the nearest labeled example (with nothing labeled yet, minus the distance
    to the mean); ``extra["gain"]`` holds each pick's distance to the nearest center at the time of its pick.
    """

    name: ClassVar[str] = "coreset"

    @property
    def needs(self) -> frozenset[str]:
        """Features."""
        return frozenset({"features"})

    def select(self, query: Query) -> Selection:
        """Pick the farthest candidate, again and again."""
        return farthest_first(query, query.features)


def farthest_first(query: Query, features: NDArray[np.float32]) -> Selection:
    """Return the k-center greedy selection of `query` on `features` (n, d), whichever space they are in."""
    found = k_center(features, query.labeled, query.candidates, query.n, query.progress)
    return Selection(found.picks, spread(query, found.start), {"gain": found.gains.astype(np.float32)})
