"""Seeded k-means in which no cluster stays empty.

Lloyd. Least Squares Quantization in PCM. IEEE Transactions on Information Theory 28, 1982; started by k-means++:
Arthur, Vassilvitskii. k-means++: The Advantages of Careful Seeding. SODA 2007.

A cluster that no row is nearest to takes over the row that is farthest from its own center, so every one of the k
clusters has a member even where rows are duplicates of each other.

*Cost.* N·k·d multiplications for the start and for every round, as float32 products.
*Memory.* X once more in float32, three numbers per row, blocks of some 10 MB; never all distances.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.numeric.blocks import blocks, height

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]

# Rows that are widened to float64 are taken in blocks this many times smaller: those stay in the processor's cache.
_CACHED = 16


class KMeans(NamedTuple):
    """Centers and the clusters around them.

    Attributes
    ----------
    centers : ndarray of float64, (k, d)
        The mean of each cluster's rows.
    owner : ndarray of int64, (N,)
        The cluster of each row; each of 0..k-1 has at least one.
    distances : ndarray of float64, (N,)
        Euclidean, from each row to the center of its cluster.
    costs : ndarray of float64, (rounds,)
        The sum of the squared distances after the assignment of every round.
    """

    centers: Floats
    owner: Ids
    distances: Floats
    costs: Floats


def k_means(
    X: NDArray[np.floating],
    k: int,
    rng: np.random.Generator,
    *,
    cap: int = 50,
    tolerance: float = 1e-4,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> KMeans:
    """Cut the rows of `X` into `k` clusters around their means.

    Parameters
    ----------
    X : ndarray of float32, (N, d)
        Finite.
    k : int
        1 to N.
    rng : numpy.random.Generator
        Draws the start; all else is determined, ties go to the first center or row.
    cap : int
        The most rounds.
    tolerance : float
        A round that lowers the cost by no more than this share of it is the last.
    progress : callable
        Called with (steps done, k + cap), once per center of the start and several times per round; what it raises
        stops the work.

    Returns
    -------
    KMeans

    Raises
    ------
    InvalidInput
        For more clusters than rows, or none.
    """
    if not 1 <= k <= len(X):
        raise InvalidInput(f"k-means of {len(X)} rows into {k} clusters: expected 1 to {len(X)} clusters.")
    # Products of centered rows keep the digits that an offset would take.
    offset = X.mean(axis=0, dtype=np.float64).astype(np.float32)
    near = np.subtract(X, offset, dtype=np.float32)
    squares = np.einsum("ij,ij->i", near, near)
    costs: list[float] = []

    def tick() -> None:
        progress(k + len(costs), k + cap)

    centers = near[plus_plus(near, k, rng, lambda done: progress(done, k + cap))].astype(np.float64)
    owner = np.full(len(X), -1)
    while True:
        before, (owner, squared) = owner, _assign(near, squares, centers, tick)
        owner, squared = _refill(owner, squared, k)
        costs.append(float(squared.sum()))
        centers = _means(near, owner, k)
        slow = len(costs) > 1 and costs[-2] - costs[-1] <= tolerance * costs[-2]
        if slow or len(costs) >= cap or np.array_equal(owner, before):
            break
    distances = _distances(near, centers, owner)
    progress(k + cap, k + cap)
    return KMeans(centers + offset, owner, distances, np.array(costs))


def central_rows(found: KMeans) -> Ids:
    """Return of each cluster the row that is nearest to its center, ties to the first row; k different rows."""
    order = np.lexsort((np.arange(len(found.owner)), found.distances, found.owner))
    return order[np.searchsorted(found.owner[order], np.arange(len(found.centers)))]


def plus_plus(
    X: NDArray[np.float32], k: int, rng: np.random.Generator, progress: Callable[[int], None] = lambda done: None
) -> Ids:
    """Draw `k` different rows, the first uniformly, each other in proportion to its squared distance to those before.

    Where only duplicates of drawn rows are left, one of them is drawn uniformly.
    """
    squares = np.einsum("ij,ij->i", X, X).astype(np.float64)
    nearest = np.ones(len(X))
    drawn: list[int] = []
    for done in range(k):
        progress(done)
        row = draw(nearest, rng) if nearest.any() else int(rng.choice(np.setdiff1d(np.arange(len(X)), drawn)))
        squared = squares + squares[row] - 2.0 * (X @ X[row])
        # What float32 cannot tell from a duplicate counts as one.
        squared[squared <= 1e-6 * (squares + squares[row])] = 0
        nearest = squared if done == 0 else np.minimum(nearest, squared, out=nearest)
        drawn.append(row)
        nearest[row] = 0
    return np.array(drawn, dtype=np.int64)


def draw(weights: Floats, rng: np.random.Generator) -> int:
    """Return a position, drawn in proportion to `weights`, of which one at least is above 0."""
    cumulated = np.cumsum(weights)
    return int(np.searchsorted(cumulated, rng.random() * cumulated[-1], side="right").clip(0, _last(weights)))


def _last(weights: Floats) -> int:
    """Return the last position with a weight: a draw that rounding moved to the end belongs there."""
    return int(np.flatnonzero(weights)[-1])


def _assign(
    X: NDArray[np.float32], squares: NDArray[np.float32], centers: Floats, tick: Callable[[], None]
) -> tuple[Ids, Floats]:
    """Return the nearest center of each row, by float32 products, and the squared distance to it."""
    owner, squared = np.empty(len(X), dtype=np.int64), np.empty(len(X))
    narrow = centers.astype(np.float32)
    half = 0.5 * np.einsum("ij,ij->i", narrow, narrow)
    for part in blocks(len(X), max(len(centers), X.shape[1])):
        tick()
        product = X[part] @ narrow.T
        product -= half
        owner[part] = product.argmax(axis=1)
        best = np.take_along_axis(product, owner[part, None], axis=1)[:, 0]
        squared[part] = np.maximum(squares[part] - 2.0 * best, 0)
    return owner, squared


def _refill(owner: Ids, squared: Floats, k: int) -> tuple[Ids, Floats]:
    """Give every cluster without rows the farthest row of all that another cluster can spare."""
    members = np.bincount(owner, minlength=k)
    empty = np.flatnonzero(members == 0)
    if len(empty) == 0:
        return owner, squared
    owner, squared = owner.copy(), squared.copy()
    farthest = iter(np.argsort(-squared, kind="stable"))
    for cluster in empty:
        row = next(row for row in farthest if members[owner[row]] > 1)
        members[owner[row]] -= 1
        members[cluster] = 1
        owner[row], squared[row] = cluster, 0
    return owner, squared


def _means(X: NDArray[np.float32], owner: Ids, k: int) -> Floats:
    """Return the mean row of each of `k` clusters, none of them empty, summed in float64."""
    sizes = np.bincount(owner, minlength=k)
    sums = np.zeros((k, X.shape[1]))
    step = height(_CACHED * X.shape[1])
    # Cluster by cluster whole rows are read once; column by column it is several times slower.
    for total, members in zip(sums, np.split(np.argsort(owner, kind="stable"), np.cumsum(sizes)[:-1]), strict=True):
        for start in range(0, len(members), step):
            total += X[members[start : start + step]].astype(np.float64).sum(axis=0)
    return np.asarray(sums / sizes[:, None])


def _distances(X: NDArray[np.float32], centers: Floats, owner: Ids) -> Floats:
    """Return the distance of each row to its center, summed in float64 from differences."""
    distances = np.empty(len(X))
    for part in blocks(len(X), _CACHED * X.shape[1]):
        gap = X[part] - centers[owner[part]]
        distances[part] = np.sqrt(np.einsum("ij,ij->i", gap, gap))
    return distances
