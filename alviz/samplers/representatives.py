"""Some of those that are wanted, far from each other: k-means on them, and of each cluster the most central."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.k_means import central_rows, k_means

Ids = NDArray[np.int64]


def representatives(
    X: NDArray[np.float32],
    tiers: Sequence[Ids],
    n: int,
    rng: np.random.Generator,
    progress: Callable[[int, int], None],
) -> tuple[Ids, NDArray[np.float32]]:
    """Pick `n` rows of `X`, those of the first tiers before those of later ones.

    A tier that fits is taken whole, in its order. The first that holds more than are still wanted is cut into that many
    clusters, and the row nearest to the center of each is picked, the largest cluster first.

    Parameters
    ----------
    X : ndarray of float32, (m, d)
    tiers : sequence of ndarray of int64
        Rows, each once, the most wanted tier first; together at least `n`.
    n : int
    rng : numpy.random.Generator
        Starts k-means, and decides between rows that are equally central.
    progress : callable
        See `alviz.numeric.k_means.k_means`.

    Returns
    -------
    picks : ndarray of int64, (n,)
    gain : ndarray of float32, (n,)
        How many rows of its tier each pick stands for: the size of its cluster, 1 where the tier was taken whole.
    """
    picks, gains = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.float32)]
    for tier in tiers:
        left = n - sum(map(len, picks))
        if left == 0:
            break
        if len(tier) <= left:
            picks.append(tier)
            gains.append(np.ones(len(tier), dtype=np.float32))
            continue
        tier = tier[rng.permutation(len(tier))]  # of rows that are equally central none comes first
        found = k_means(X[tier], left, rng, progress=progress)
        central, sizes = central_rows(found), np.bincount(found.owner)
        order = np.lexsort((central, -sizes))
        picks.append(tier[central[order]])
        gains.append(sizes[order].astype(np.float32))
    return np.concatenate(picks), np.concatenate(gains)
