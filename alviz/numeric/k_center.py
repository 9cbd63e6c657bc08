"""k-center greedy: again and again the candidate that is farthest from all centers, exactly and lazily.

Sener, Savarese. Active Learning for Convolutional Neural Networks: A Core-Set Approach. ICLR 2018, Algorithm 1.

*Invariant.* ``near[i]`` is the squared distance of candidate i to the nearest of the first ``seen[i]`` centers,
summed in float64 from differences. Distances only fall, so one that has not seen the latest centers is an upper
bound. The best of a block that is kept up to date is the pick as long as nothing outside stands higher, or
equally high at a lower position. When something does, all that stands there is brought up to date and a new
block is chosen.

*Bringing up to date* is one float32 matrix product with all pending centers. Less a bound on its rounding
errors, every entry lies at or below the true distance, and a pair is summed in float64 only where its entry
lies below ``near[i]``. So float32 says what is worth a look and never decides a pick.

*Cost.* N·m·d multiplications for N candidates and m labeled rows. After that per pick block·d, and the pending
centers of what stands above the block: at most 2·N·d, far less where a pick changes the distances of few.
*Memory.* Two numbers per candidate, the centers in float32, blocks of some 10 MB. X is read in blocks of rows,
so a memory map may be larger than memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput

# Entries of a block of rows or distances: 8 MB of float32. Half of that leaves the cores waiting for each other on
# a busy machine, twice as much leaves the caches.
_ENTRIES = 1 << 21
# Candidates that are kept up to date.
_BLOCK = 1024

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


class KCenter(NamedTuple):
    """The picks and the distances behind them.

    Attributes
    ----------
    picks : ndarray of int64, (n,)
        Rows in pick order.
    start : ndarray of float64, (candidates,)
        Each candidate's distance to the nearest labeled row; without any, minus its distance to the mean.
    gains : ndarray of float64, (n,)
        Each pick's distance to the nearest center when it was picked; without labeled rows the first one's
        distance to the mean.
    """

    picks: Ids
    start: Floats
    gains: Floats


def k_center(X: NDArray[Any], labeled: Ids, candidates: Ids, n: int, progress: Callable[[int, int], None]) -> KCenter:
    """Pick `n` rows, each the farthest from all labeled and picked before: argmax_i min_j ‖x_i − x_j‖₂.

    Parameters
    ----------
    X : ndarray, (rows, d)
        Of any real dtype, possibly a memory map. Only labeled and candidate rows are read.
    labeled : ndarray of int64, (m,)
        Rows that are centers already. Without any, the first pick is the candidate nearest to the mean of
        the candidates.
    candidates : ndarray of int64
        Rows to pick from, each once, none of them labeled. Ties go to the first of them.
    n : int
        How many, at most as many as there are candidates.
    progress : callable
        Called with (picks done, n) before each pick and before each block of work; it may raise to stop.

    Returns
    -------
    KCenter

    Raises
    ------
    InvalidInput
        For NaN or inf in a row that is read.
    """
    picked: list[int] = []
    gains: list[float] = []

    def report() -> None:
        progress(len(picked), n)

    def pick(at: int, gain: float) -> None:
        report()
        picked.append(at)
        gains.append(gain)
        nearest.add(at)

    pool = _Pool(X, candidates, labeled, report)
    nearest = _Nearest(pool, labeled, n, report)
    everything = np.arange(len(candidates))
    if len(labeled):
        nearest.refresh(everything)
        start = nearest.near.copy()
    else:
        start = -pool.from_mean(report)
        if n > 0:
            first = int(start.argmax())
            pick(first, -start[first])
            nearest.refresh(everything)
    while len(picked) < n:
        block, rival = nearest.front()
        while len(picked) < n and nearest.before(best := nearest.farthest(block.at), rival):
            pick(best, nearest.near[best])
            nearest.lower(block, nearest.count - 1)
    distances = np.copysign(np.sqrt(np.abs(start)), start)
    rows = candidates[np.array(picked, dtype=np.int64)]
    return KCenter(rows, distances / pool.scale, np.sqrt(gains) / pool.scale)


class _Rows(NamedTuple):
    """Some candidates, read once for many products."""

    at: Ids  # positions among the candidates
    exact: Floats  # scaled, (r, d)
    lifted: NDArray[np.float32]  # scaled and centered, and a column of ones that meets the centers' norms
    norms: Floats  # squared norms of the centered rows, less the bound on rounding errors


class _Pool:
    """Rows of X, scaled and centered so that float32 neither overflows nor loses them to an offset.

    The scale is a power of two: scaled distances are as exact as unscaled ones. The center is the mean of all
    rows that are read, from which no scaled coordinate lies farther than 1.
    """

    def __init__(self, X: NDArray[Any], candidates: Ids, labeled: Ids, report: Callable[[], None]) -> None:
        self.X, self.candidates = X, candidates
        d = X.shape[1]
        # What the float32 path may be wrong by, as a share of |x|² + |c|². With u = 2⁻²⁴, centering costs 4u,
        # the two norms d·u, the product of d + 1 terms 2(d + 1)u, comparing 10u (Higham, Accuracy and
        # Stability of Numerical Algorithms, section 3.1); the rest covers u² for every d below a million.
        self.relative = (4 * d + 32) * 2.0**-24
        # And by underflow: a few times d + 1 of the smallest normal numbers, 2⁻¹²⁶.
        self.absolute = (d + 1) * 2.0**-120
        total, low, high = np.zeros(d), np.full(d, np.inf), np.full(d, -np.inf)
        rows = np.concatenate([candidates, labeled])
        for part in _parts(len(rows), self.height()):
            report()
            block = X[rows[part]]
            total += block.sum(axis=0, dtype=np.float64)
            low, high = np.minimum(low, block.min(axis=0)), np.maximum(high, block.max(axis=0))
            if not (np.isfinite(low).all() and np.isfinite(high).all()):
                wrong = rows[part][~np.isfinite(block).all(axis=1)][0]
                raise InvalidInput(f"Row {wrong} of the features is {X[wrong]}, expected rows without NaN or inf.")
        mean = total / max(1, len(rows))
        reach = np.maximum(high - mean, mean - low).max(initial=0)
        self.scale = float(np.ldexp(1.0, -max(int(np.frexp(reach)[1]), -1000)))
        self.mean = mean * self.scale

    def height(self, width: int = 0) -> int:
        """Return how many rows make a block, of features or of distances to `width` centers."""
        return max(16, _ENTRIES // max(self.X.shape[1] + 1, width))

    def exact(self, rows: Ids) -> Floats:
        """Return rows of X, scaled."""
        return np.multiply(self.X[rows], self.scale, dtype=np.float64)

    def read(self, at: Ids) -> _Rows:
        """Return the candidates at the positions `at`."""
        exact = self.exact(self.candidates[at])
        lifted = np.ones((len(at), exact.shape[1] + 1), dtype=np.float32)
        norms = self._center(exact, lifted).astype(np.float64)
        return _Rows(at, exact, lifted, norms * (1 - self.relative) - self.absolute)

    def lift(self, rows: Ids, out: NDArray[np.float32]) -> None:
        """Fill `out` (r, d + 1) with [−2c, |c|²]: times a lifted candidate it is |x − c|² − |x|², or less."""
        norms = self._center(self.exact(rows), out)
        out[:, :-1] *= -2
        out[:, -1] = norms * (1 - self.relative)

    def _center(self, exact: Floats, out: NDArray[np.float32]) -> NDArray[np.float32]:
        """Fill all but the last column of `out` with centered rows and return their squared norms."""
        centered = out[:, :-1]
        np.subtract(exact, self.mean, out=centered, casting="same_kind")
        return np.einsum("ij,ij->i", centered, centered)

    def from_mean(self, report: Callable[[], None]) -> Floats:
        """Return the squared distances of all candidates to the mean, scaled."""
        squared = np.empty(len(self.candidates))
        for part in _parts(len(squared), self.height()):
            report()
            gap = self.exact(self.candidates[part]) - self.mean
            squared[part] = np.square(gap, out=gap).sum(axis=1)
        return squared


class _Nearest:
    """Scaled squared distances of the candidates to their nearest center, as far as they have been asked for.

    Attributes
    ----------
    near : ndarray of float64
        By position among the candidates; -inf for what was picked.
    seen : ndarray of int64
        How many centers `near` knows of. A distance of 0 can fall no further: it need not know all.
    count : int
        How many centers there are.
    """

    def __init__(self, pool: _Pool, labeled: Ids, n: int, report: Callable[[], None]) -> None:
        self.pool, self.report = pool, report
        self.near = np.full(len(pool.candidates), np.inf)
        self.seen = np.zeros(len(pool.candidates), dtype=np.int64)
        self.centers = np.concatenate([labeled, np.zeros(n, dtype=np.int64)])
        self.lifted = np.empty((len(self.centers), pool.X.shape[1] + 1), dtype=np.float32)
        self.count = len(labeled)
        for part in _parts(self.count, pool.height()):
            report()
            pool.lift(labeled[part], self.lifted[: self.count][part])

    def add(self, at: int) -> None:
        """Make the candidate at a position a center; it is never the farthest again."""
        self.near[at] = -np.inf
        self.centers[self.count] = self.pool.candidates[at]
        self.pool.lift(self.centers[self.count : self.count + 1], self.lifted[self.count : self.count + 1])
        self.count += 1

    def front(self) -> tuple[_Rows, int]:
        """Return an up-to-date block that holds the farthest candidate, and the first position outside of it.

        Once all that stood before the block's best is up to date, the best of that leads the next block: the
        second round is the last.
        """
        while True:
            at, rival = _leading(self.near, _BLOCK)
            self.refresh(at)
            best = self.farthest(at)
            rivals = np.flatnonzero(self.near >= self.near[best])
            rivals = rivals[(self.near[rivals] > self.near[best]) | (rivals < best)]
            if len(rivals) == 0:
                return self.pool.read(at), rival
            self.refresh(rivals)

    def farthest(self, at: Ids) -> int:
        """Return the first of the farthest among ascending positions."""
        return int(at[self.near[at].argmax()])

    def before(self, a: int, b: int) -> bool:
        """Return whether position `a` is to be picked before `b`, which may be -1 for none."""
        return b < 0 or (-self.near[a], a) < (-self.near[b], b)

    def refresh(self, at: Ids) -> None:
        """Bring the candidates at the positions `at` up to date.

        A block multiplies with all that is pending for any of its rows, so rows with about as many pending
        centers, to a factor of two, go together.
        """
        stale = at[(self.seen[at] < self.count) & (self.near[at] > 0)]
        doublings = np.frexp(self.count - self.seen[stale])[1]
        for doubling in np.unique(doublings):
            group = stale[doublings == doubling]
            first = int(self.seen[group].min())
            for part in _parts(len(group), self.pool.height(self.count - first)):
                self.report()
                self.lower(self.pool.read(group[part]), first)

    def lower(self, rows: _Rows, first: int) -> None:
        """Let `rows`, all of which know the first `first` centers, know all of them."""
        pending = self.lifted[first : self.count]
        # One center is too little work to be worth the wait for BLAS's threads on a busy machine.
        floor = np.einsum("ij,kj->ik", rows.lifted, pending) if len(pending) == 1 else rows.lifted @ pending.T
        closest = floor.argmin(axis=1)[:, None]
        lowest = np.take_along_axis(floor, closest, axis=1)[:, 0]
        i = np.flatnonzero(lowest < self._ceiling(rows))
        self._settle(rows, i, first + closest[i, 0])
        # The nearest by float32 settles nearly all; what is left is a tie or a close call.
        np.put_along_axis(floor, closest, np.inf, axis=1)
        ceiling = self._ceiling(rows)
        open_rows = np.flatnonzero(floor.min(axis=1) < ceiling)
        i, j = np.nonzero(floor[open_rows] < ceiling[open_rows, None])
        self._settle(rows, open_rows[i], first + j)
        self.seen[rows.at] = self.count

    def _ceiling(self, rows: _Rows) -> NDArray[np.float32]:
        """Return what a row's product with a center must lie below for that center to be nearer."""
        near = self.near[rows.at]
        return np.where(near > 0, near - rows.norms, -np.inf).astype(np.float32)

    def _settle(self, rows: _Rows, i: Ids, j: Ids) -> None:
        """Lower row ``i[k]`` of `rows` to its distance to center ``j[k]``, summed in float64 from differences."""
        for part in _parts(len(i), self.pool.height()):
            gap = rows.exact[i[part]] - self.pool.exact(self.centers[j[part]])
            np.minimum.at(self.near, rows.at[i[part]], np.square(gap, out=gap).sum(axis=1))


def _leading(near: Floats, size: int) -> tuple[Ids, int]:
    """Return the positions of the `size` largest, ascending, ties to the lowest, and of the next; -1 for none."""
    if len(near) <= size:
        return np.arange(len(near)), -1
    line = np.partition(near, -size - 1)[-size - 1]
    above, level = np.flatnonzero(near > line), np.flatnonzero(near == line)
    leading = np.concatenate([above, level[: size + 1 - len(above)]])
    return np.sort(leading[:-1]), int(leading[-1])


def _parts(n: int, size: int) -> Iterator[slice]:
    """Cut 0..n into slices of `size`."""
    return (slice(start, start + size) for start in range(0, n, size))
