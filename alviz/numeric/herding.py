"""Greedy covering by a kernel: again and again the candidate that adds most to the mean over x of max_l k(x, l).

Yehuda, Dekel, Hacohen, Weinshall. Active Learning Through a Covering Lens. NeurIPS 2022 (a top-hat kernel: the share
of the rows within δ of a center); Bae, Noh, Sutherland. Generalized Coverage for More Robust Low-Budget Active
Learning. ECCV 2024 (any kernel). The objective is submodular: greedy reaches at least 1 − 1/e of the best coverage.

*Lazy in the rows, not in the candidates.* The gain of a candidate c is Σ_x w_x (k(x, c) − m_x)₊ with m_x = max_l
k(x, l). A pick changes it only by the rows x whose m_x it raises, so only their kernel rows are looked at and all
gains stay up to date. The usual laziness, a heap of old gains as bounds, looks again at nearly every candidate
during the first picks, each of which lowers the gain of all its like.

*What is kept.* A row of k is computed when it is needed. One that holds few entries above m_x is kept as indices and
float32 values; entries below m_x can never count again. Under the top-hat each row is used once more at most, when it
is covered; then it leaves the objective.

*Exactness.* Squared distances are float32 products of centered rows. Where rounding could decide, at distance 0 for
the Gaussian and at δ for the top-hat, they are summed anew in float64 from differences: duplicates have k = 1, and
the top-hat counts exactly. Gains are summed in float64. Under the Gaussian, gains that differ by less than a
millionth of the weight count as equal.

*Cost.* (labeled + candidates)·R·d multiplications for R rows; after that a kernel row for every m_x that rises, about
1 + log n times as much when nothing is kept, far less as soon as rows are. *Memory.* Rows in float32, kept entries up
to `_KEPT`, blocks of some 10 MB; never all pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.blocks import within

# A block of kernel values, rows and columns: 4 MB, which is what the products like best.
_HEIGHT, _WIDTH = 256, 4096
# Entries of kernel rows that are kept, in all: 256 MB of int32 and float32.
_KEPT = 1 << 25

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
Block = NDArray[np.float32]


class Kernel(Protocol):
    """A kernel that falls with the distance, 1 at distance 0.

    Attributes
    ----------
    critical : float
        The squared distance near which it needs more digits than float32 products have.
    tolerance : float
        The share of the weight by which gains must differ to differ.
    """

    @property
    def critical(self) -> float: ...  # noqa: D102
    @property
    def tolerance(self) -> float: ...  # noqa: D102

    def fill(self, beyond: Block) -> None:
        """Replace what squared distances are beyond `critical` by the kernel's values."""


@dataclass(frozen=True)
class Gaussian:
    """k(x, y) = exp(−‖x − y‖² / σ²)."""

    sigma: float
    critical: float = 0.0
    tolerance: float = 1e-6

    def fill(self, beyond: Block) -> None:
        """Replace squared distances by the kernel's values."""
        np.maximum(beyond, 0, out=beyond)
        beyond *= np.float32(-1 / self.sigma**2)
        np.exp(beyond, out=beyond)


@dataclass(frozen=True)
class TopHat:
    """k(x, y) = 1 if ‖x − y‖ ≤ δ, else 0."""

    delta: float
    tolerance: float = 0.0

    @property
    def critical(self) -> float:
        """δ²."""
        return self.delta**2

    def fill(self, beyond: Block) -> None:
        """Replace squared distances less δ² by the kernel's values."""
        np.less_equal(beyond, 0, out=beyond, casting="unsafe")


class Herding(NamedTuple):
    """The picks and what they cover.

    Attributes
    ----------
    picks : ndarray of int64, (n,)
        Rows in pick order.
    start : ndarray of float64, (candidates,)
        What each candidate would add to the coverage before the first pick.
    gains : ndarray of float64, (n,)
        What each pick added.
    covered : float
        The coverage before the first pick, Σ w_x m_x / Σ w_x: 0 to 1.
    """

    picks: Ids
    start: Floats
    gains: Floats
    covered: float


def herd(
    X: NDArray[np.float32],
    kernel: Kernel,
    labeled: Ids,
    candidates: Ids,
    n: int,
    *,
    rows: Ids | None = None,
    weights: NDArray[np.floating] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Herding:
    """Pick `n` of `candidates`, each the one that adds most to the coverage of the labeled and those before.

    Parameters
    ----------
    X : ndarray of float32, (N, d)
        Finite.
    kernel : Kernel
    labeled : ndarray of int64
        Rows that are centers already.
    candidates : ndarray of int64
        Rows to pick from, each once, none of them labeled. Ties go to the first of them.
    n : int
        At most as many as there are candidates.
    rows : ndarray of int64, (R,), optional
        The rows that are to be covered, all by default.
    weights : ndarray, (R,), optional
        How much each of them counts, at least 0; alike by default.
    progress : callable
        Called with (picks done, n) before each pick and each block of work; what it raises stops the work.

    Returns
    -------
    Herding
    """
    rows = np.arange(len(X)) if rows is None else rows
    heavy: Floats = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=np.float64)
    total = float(heavy.sum()) or 1.0
    picked: list[int] = []
    gains: list[float] = []
    cover = _Cover(_Pairs(X, kernel), rows, heavy, candidates, lambda: progress(len(picked), n))
    cover.include(labeled)
    covered = float(heavy @ cover.reached)
    cover.begin()
    start = cover.gains.copy()
    while len(picked) < n:
        best = cover.best(kernel.tolerance * total)
        gain = max(cover.gains[best], 0.0)
        cover.pick(best)
        picked.append(best)
        gains.append(gain)
    progress(n, n)
    picks = candidates[np.array(picked, dtype=np.int64)]
    return Herding(picks, start / total, np.array(gains) / total, covered / total)


class _Pairs:
    """Kernel values between rows of X."""

    def __init__(self, X: NDArray[np.float32], kernel: Kernel) -> None:
        self.X, self.kernel = X, kernel
        # Products of centered rows keep the digits that an offset would take.
        self.near = (X - X.mean(axis=0, dtype=np.float64)).astype(np.float32)
        self.squares = np.einsum("ij,ij->i", self.near, self.near)
        # What a product may be wrong by (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1).
        d = X.shape[1]
        self.slack = np.float32((8 * d + 64) * 2.0**-24 * self.squares.max(initial=0) + kernel.critical * 2.0**-22)

    def left(self, rows: Ids) -> Block:
        """Return [−2x, 1, |x|² − critical]: times `right` it is the squared distance less the critical one."""
        lifted = np.empty((len(rows), self.X.shape[1] + 2), dtype=np.float32)
        np.multiply(self.near[rows], -2, out=lifted[:, :-2])
        lifted[:, -2] = 1
        lifted[:, -1] = self.squares[rows] - np.float32(self.kernel.critical)
        return lifted

    def right(self, rows: Ids) -> Block:
        """Return [y, |y|², 1], one column per row."""
        lifted = np.empty((self.X.shape[1] + 2, len(rows)), dtype=np.float32)
        lifted[:-2] = self.near[rows].T
        lifted[-2] = self.squares[rows]
        lifted[-1] = 1
        return lifted

    def values(self, product: Block, rows: Ids, others: Ids) -> Block:
        """Turn a product of `left` of `rows` and `right` of `others` into kernel values, in place."""
        doubtful = product <= self.slack
        if self.kernel.critical > 0:
            doubtful ^= product <= -self.slack
        at = np.flatnonzero(doubtful)
        for part in _parts(len(at), max(1, _HEIGHT * _WIDTH // self.X.shape[1])):
            i, j = np.divmod(at[part], product.shape[1])
            gap = np.subtract(self.X[rows[i]], self.X[others[j]], dtype=np.float64)
            product[i, j] = np.einsum("ij,ij->i", gap, gap) - self.kernel.critical
        self.kernel.fill(product)
        return product


class _Cover:
    """How far each row is covered, and what each candidate would add.

    Attributes
    ----------
    reached : ndarray of float32, (R,)
        m_x, the kernel's largest value with a center so far.
    gains : ndarray of float64, (candidates,)
        Σ_x w_x (k(x, c) − m_x)₊; -inf for what was picked.
    """

    def __init__(self, pairs: _Pairs, rows: Ids, weights: Floats, candidates: Ids, report: Callable[[], None]) -> None:
        self.pairs, self.rows, self.candidates, self.report = pairs, rows, candidates, report
        self.weights = weights.astype(np.float32)
        self.left, self.right = pairs.left(rows), pairs.right(candidates)
        self.reached = np.zeros(len(rows), dtype=np.float32)
        self.gains = np.zeros(len(candidates))
        # A fair share for each row: what is kept has a bound whatever the order in which rows change.
        self.share = within(_KEPT) // max(1, len(rows))
        self.kept: dict[int, tuple[NDArray[np.int32], Block]] = {}

    def include(self, centers: Ids) -> None:
        """Let rows of X that are centers already cover what they reach."""
        for some in _parts(len(centers), _WIDTH):
            right = self.pairs.right(centers[some])
            for part in _parts(len(self.rows), _HEIGHT):
                self.report()
                k = self.pairs.values(self.left[part] @ right, self.rows[part], centers[some])
                np.maximum(self.reached[part], k.max(axis=1), out=self.reached[part])

    def begin(self) -> None:
        """Sum what each candidate would add."""
        at = np.flatnonzero((self.weights > 0) & (self.reached < 1))
        self.gains += self._between(at, self.reached[at], np.ones(len(at), dtype=np.float32), self.reached[at])

    def best(self, tolerance: float) -> int:
        """Return the first position of the largest gain, equal ones within `tolerance`."""
        self.report()
        return int((self.gains >= self.gains.max() - tolerance).argmax())

    def pick(self, position: int) -> None:
        """Make the candidate at `position` a center: rows that it covers better lower the gains of their like."""
        center = self.candidates[position : position + 1]
        product = np.ascontiguousarray(self.left @ self.right[:, position])
        k = self.pairs.values(product[:, None], self.rows, center)[:, 0]
        raised = np.flatnonzero((k > self.reached) & (self.weights > 0))
        before, self.reached[raised] = self.reached[raised], k[raised]
        kept = np.array([row in self.kept for row in raised.tolist()], dtype=bool)
        self._lower_kept(raised[kept], before[kept])
        anew, now = raised[~kept], self.reached[raised[~kept]]
        self.gains -= self._between(anew, before[~kept], now, now)
        self.gains[position] = -np.inf

    def _lower_kept(self, at: Ids, before: Block) -> None:
        """Take from the gains what the rows `at` no longer give, by their kept entries."""
        for part in _parts(len(at), max(1, 4 * _HEIGHT * _WIDTH // max(1, self.share))):
            if len(part_at := at[part]) == 0:
                return
            self.report()
            entries = [self.kept[row] for row in part_at.tolist()]
            lengths = [len(columns) for columns, _ in entries]
            columns = np.concatenate([columns for columns, _ in entries])
            values = np.concatenate([values for _, values in entries])
            now = self.reached[part_at]
            lost = np.minimum(values, np.repeat(now, lengths)) - np.repeat(before[part], lengths)
            lost = np.maximum(lost, 0) * np.repeat(self.weights[part_at], lengths)
            self.gains -= np.bincount(columns, weights=lost, minlength=len(self.gains))
            for row, (columns, values), reached in zip(part_at.tolist(), entries, now, strict=True):
                self._keep_row(row, columns, values, reached)

    def _between(self, at: Ids, low: Block, high: Block, keep_above: Block) -> Floats:
        """Return Σ w_x (min(k(x, c), high_x) − low_x)₊ over the rows `at`, and keep entries where they are few."""
        sums = np.zeros(len(self.candidates))
        for part in _parts(len(at), _HEIGHT):
            some = at[part]
            left, weights = self.left[some], self.weights[some]
            bottom, top, line = low[part, None], high[part, None], keep_above[part, None]
            kept = _Kept(len(some), self.share)
            for columns in _parts(len(self.candidates), _WIDTH):
                self.report()
                k = self.pairs.values(left @ self.right[:, columns], self.rows[some], self.candidates[columns])
                kept.add(k, k > line, columns.start)
                np.minimum(k, top, out=k)
                k -= bottom
                sums[columns] += weights @ np.maximum(k, 0, out=k)
            for i, entries in kept.rows():
                if line[i, 0] < 1:
                    self.kept[int(some[i])] = entries
        return sums

    def _keep_row(self, row: int, columns: NDArray[np.int32], values: Block, reached: np.float32) -> None:
        if reached >= 1:
            del self.kept[row]
            return
        above = values > reached
        if 2 * above.sum() < len(columns):
            self.kept[row] = columns[above], values[above]


class _Kept:
    """Entries of a block of kernel rows, of those rows that have no more than their share."""

    def __init__(self, height: int, share: int) -> None:
        self.counts, self.share = np.zeros(height, dtype=np.int64), share
        self.found: list[tuple[Ids, NDArray[np.int32], Block]] = []

    def add(self, k: Block, above: NDArray[np.bool_], start: int) -> None:
        """Take the entries `above` of a block of columns that begins at `start`."""
        self.counts += np.count_nonzero(above, axis=1)
        few = self.counts <= self.share
        if few.any():
            at = np.flatnonzero(above if few.all() else above & few[:, None])
            i, j = np.divmod(at, above.shape[1])
            self.found.append((i, (j + start).astype(np.int32), k[i, j]))

    def rows(self) -> Iterator[tuple[int, tuple[NDArray[np.int32], Block]]]:
        """Give each row that is kept and its entries."""
        if not self.found:
            return
        i, columns, values = (np.concatenate(arrays) for arrays in zip(*self.found, strict=True))
        order = np.argsort(i, kind="stable")
        ends = np.searchsorted(i[order], np.arange(len(self.counts) + 1))
        for row in np.flatnonzero(self.counts <= self.share):
            mine = order[ends[row] : ends[row + 1]]
            yield int(row), (columns[mine], values[mine])


def _parts(n: int, size: int) -> Iterator[slice]:
    """Cut 0..n into slices of `size`."""
    return (slice(start, start + size) for start in range(0, n, size))
