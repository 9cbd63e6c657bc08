"""The cover problem: the fewest columns that cover all rows but a few, made smaller without changing its answer.

Of rows with weights, those that no chosen column meets may weigh at most `slack` together. Three rules shrink it, as
presolve of set covering does (Beasley. An algorithm for set covering problem. European Journal of Operational
Research 31, 1987), the second and third adapted to rows that may be left out:

- A column whose rows another column covers too is never needed.
- Equal rows are left out together or not at all: they are one row with the sum of their weights.
- A row left uncovered leaves every row with some of its columns and no other uncovered too. Where those weigh more
  than the slack the row *must* be covered, and then each row with all its columns and more is covered with it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

# Pairs of entries that a search for contained rows looks at, at most and at a time.
_WORK = 60_000_000
_ENTRIES = 10_000_000

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


class Cover(NamedTuple):
    """A cover problem.

    Attributes
    ----------
    A : scipy.sparse.csr_array, (rows, columns)
        1 where the column covers the row; indices are sorted.
    weights : ndarray of int64, (rows,)
    slack : int
        What uncovered rows may weigh together.
    columns : ndarray of int64, (columns,)
        The name of each column.
    """

    A: Any
    weights: Ids
    slack: int
    columns: Ids

    @property
    def must(self) -> NDArray[np.bool_]:
        """Rows that weigh more than the slack."""
        return self.weights > self.slack


def reduced(cover: Cover, tick: Callable[[], None] = lambda: None) -> Cover:
    """Return a smaller problem with the same least number of columns; ties keep the first of equal columns.

    `tick` is called before each block of work; what it raises stops it.
    """
    while True:
        before = cover.A.shape
        cover = _without_rows(_merged(_without_columns(cover, tick)), tick)
        if cover.A.shape == before:
            return cover


def certified(cover: Cover, duals: Floats) -> float:
    """Return a number of columns that no cover goes below, whatever the `duals` of the rows are.

    Weak duality, with the duals scaled until they are feasible: the better they are, the higher the number. For
    y ≥ 0 and t ≥ y_i / w_i wherever a row may be left out, every cover has Σ_j u_j · max_j (Aᵀy)_j ≥ Σ y − t · slack.
    """
    y = np.maximum(duals, 0)
    heaviest = (cover.A.T @ y).max(initial=0)
    if heaviest == 0:
        return 0.0
    may = ~cover.must
    t = (y[may] / cover.weights[may]).max(initial=0)
    return float((y.sum() - t * cover.slack) / heaviest)


def _merged(cover: Cover) -> Cover:
    """Return the problem with equal rows made one."""
    first, place = _distinct(cover.A)
    weights = np.bincount(place, weights=cover.weights, minlength=len(first)).astype(np.int64)
    return cover._replace(A=cover.A[first], weights=weights)


def _without_columns(cover: Cover, tick: Callable[[], None]) -> Cover:
    """Return the problem without columns that cover nothing or no more than another does."""
    used = np.flatnonzero(np.bincount(cover.A.indices, minlength=cover.A.shape[1]))
    transposed = cover.A[:, used].T.tocsr()
    first, _ = _distinct(transposed)
    inner, _ = _contained(transposed[first], tick)
    kept = np.delete(used[first], np.unique(inner))
    return cover._replace(A=cover.A[:, kept], columns=cover.columns[kept])


def _without_rows(cover: Cover, tick: Callable[[], None]) -> Cover:
    """Return the problem without rows that are covered wherever a row that must be covered is."""
    inner, outer = _contained(cover.A, tick)
    inside = cover.weights + np.bincount(outer, weights=cover.weights[inner], minlength=len(cover.weights))
    must = inside > cover.slack
    keep = np.ones(len(must), dtype=bool)
    keep[outer[must[inner]]] = False
    weights = np.where(must, cover.slack + 1, cover.weights)
    return cover._replace(A=cover.A[keep], weights=weights[keep])


def _distinct(A: Any) -> tuple[Ids, Ids]:
    """Return the first of each set of equal rows, and of each row which of those it equals."""
    A.sort_indices()
    seen: dict[bytes, int] = {}
    first: list[int] = []
    place = np.empty(A.shape[0], dtype=np.int64)
    for i, (start, end) in enumerate(zip(A.indptr[:-1], A.indptr[1:], strict=True)):
        place[i] = seen.setdefault(A.indices[start:end].tobytes(), len(first))
        if place[i] == len(first):
            first.append(i)
    return np.array(first, dtype=np.int64), place


def _contained(A: Any, tick: Callable[[], None]) -> tuple[Ids, Ids]:
    """Return pairs (inner, outer) of different rows, no two of which are equal, one within the other.

    None are looked for where that would be too much work.
    """
    sizes = np.diff(A.indptr)
    columns = np.bincount(A.indices, minlength=A.shape[1])
    ends = np.concatenate([[0], np.cumsum(columns[A.indices])])[A.indptr[1:]]
    if not len(ends) or ends[-1] > _WORK:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    inner, outer = [], []
    cuts = [*np.searchsorted(ends, np.arange(0, ends[-1], _ENTRIES)), len(ends)]
    for start, end in pairwise(cuts):
        tick()
        shared = (A[start:end] @ A.T).tocoo()
        i, k = shared.row + start, shared.col
        hit = (shared.data == sizes[i]) & (i != k)
        inner.append(i[hit])
        outer.append(k[hit])
    return np.concatenate(inner).astype(np.int64), np.concatenate(outer).astype(np.int64)


def cover(rows: NDArray[np.integer], columns: NDArray[np.integer], shape: tuple[int, int], slack: int) -> Cover:
    """Return the problem in which column ``columns[k]`` covers row ``rows[k]``, every row of weight 1.

    Rows that are named by no entry can be covered by nothing.
    """
    ones = np.ones(len(rows), dtype=np.int32)
    A = sp.csr_array((ones, (rows, columns)), shape=shape)
    A.sort_indices()
    return Cover(A, np.ones(shape[0], dtype=np.int64), slack, np.arange(shape[1]))
