"""The base sample: the points that a map is computed on; all others are placed among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alviz.graphs.knn import unit_rows

BASE_SIZE = 20_000


def base_sample(n: int, size: int = BASE_SIZE, seed: int = 0) -> NDArray[np.int64]:
    """Draw the base of a pool of `n` points, blind to classes and to what was picked.

    The draw depends on nothing but the arguments, so that all cycles, branches and runs on a pool share
    one base and their maps can be compared.

    Returns
    -------
    ndarray of int64, (min(n, size),)
        Pool rows in ascending order.
    """
    if n <= size:
        return np.arange(n)
    return np.sort(np.random.default_rng([seed, n]).choice(n, size, replace=False))


def place(
    queries: NDArray[np.float32],
    base: NDArray[np.float32],
    base_xy: NDArray[np.float32],
    k: int = 5,
) -> NDArray[np.float32]:
    """Return where other points lie on a map: the weighted mean of their nearest base points.

    The weights fall with the squared distance on the unit sphere, that is 2 − 2 cos (Shepard's interpolation):
    they rise with similarity, and a point equal to a base point lies on it.

    Parameters
    ----------
    queries : ndarray of float32, (m, d)
        Features of the points to place.
    base : ndarray of float32, (n, d)
    base_xy : ndarray of float32, (n, 2)
        Coordinates of the base points.
    k : int
        How many base points have a say.

    Returns
    -------
    ndarray of float32, (m, 2)

    References
    ----------
    D. Shepard, "A two-dimensional interpolation function for irregularly-spaced data", ACM (1968).
    """
    import faiss

    sphere, around = np.ascontiguousarray(unit_rows(base)), np.ascontiguousarray(unit_rows(queries))
    index = faiss.IndexFlatIP(sphere.shape[1])
    index.add(sphere)
    _, ids = index.search(around, min(k, len(base)))
    # From the coordinates, not from 2 − 2 cos, whose rounding would part equal points.
    chords = np.linalg.norm(sphere[ids] - around[:, None, :], axis=2).astype(np.float64)
    weights = 1.0 / np.maximum(chords, 1e-9) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray((weights[:, :, None] * base_xy[ids]).sum(axis=1), dtype=np.float32)
