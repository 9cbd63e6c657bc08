"""Pairs of rows of a matrix that lie within a distance, exact in float64, never all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.blocks import blocks

# Rows that are put to it at a time.
_BLOCK = 64

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


class NearPairs:
    """Pairs (row, column) of members of `ids` that are no farther apart than a reach, for a growing set of rows.

    Distances are summed in float64 from differences: the same pair has the same distance whatever else is looked at.
    Products say, less a bound on their rounding errors, which pairs are worth it.

    Parameters
    ----------
    X : ndarray, (N, d)
        Finite.
    ids : ndarray of int64, (n,)
        Rows of X; all else counts positions in `ids`.
    tick : callable
        Called before each block of work.

    Attributes
    ----------
    members : ndarray of int64
        Positions that are rows, in the order in which they were added.
    rows, columns : ndarray of int32
        The pairs: places in `members`, and positions.
    distances : ndarray of float64
    """

    def __init__(self, X: NDArray[Any], ids: Ids, tick: Callable[[], None]) -> None:
        self.X, self.ids, self.tick = X, ids, tick
        self.mean = sum(X[ids[part]].sum(axis=0, dtype=np.float64) for part in blocks(len(ids), X.shape[1])) / len(ids)
        self.members = np.zeros(0, dtype=np.int64)
        self.rows, self.columns = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
        self.distances = np.zeros(0)

    def add(self, at: Ids, reach: float, most: int, go_on: Callable[[], bool] = lambda: True) -> int:
        """Make the positions `at` rows too, in their order, and return how many of them.

        No more than make `most` pairs in all, to a block of rows; and none after `go_on` said no.
        """
        added = 0
        for block in _cut(len(at), max(1, min(_BLOCK, most // len(self.ids)))):
            found: list[tuple[Ids, Ids, Floats]] = []
            for part in blocks(len(self.ids), self.X.shape[1]):
                self.tick()
                columns = np.arange(part.start, min(part.stop, len(self.ids)))
                found.append(self._within(at[block], columns, reach))
            row, column, distance = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
            if len(self.distances) + len(row) > most or not go_on():
                break
            order = np.lexsort((column, row))
            self.rows = np.concatenate([self.rows, (row[order] + len(self.members)).astype(np.int32)])
            self.columns = np.concatenate([self.columns, column[order].astype(np.int32)])
            self.distances = np.concatenate([self.distances, distance[order]])
            self.members = np.concatenate([self.members, at[block]])
            added += len(at[block])
        return added

    def shorten(self, reach: float) -> None:
        """Forget pairs farther apart than `reach`."""
        keep = self.distances <= reach
        self.rows, self.columns, self.distances = self.rows[keep], self.columns[keep], self.distances[keep]

    def _within(self, at: Ids, columns: Ids, reach: float) -> tuple[Ids, Ids, Floats]:
        """Return places in `at`, columns and distances of the pairs within `reach`."""
        a, b = self._centered(at), self._centered(columns)
        size = np.einsum("ij,ij->i", a, a)[:, None] + np.einsum("ij,ij->i", b, b)
        squared = size - 2 * (a @ b.T)
        # Norms, products and their sums are wrong by at most (4d + 16)·u of the norms, and so is reach².
        places, hits = np.nonzero(squared <= reach**2 * (1 + 1e-15) + size * ((4 * a.shape[1] + 16) * 2.0**-52))
        distances = np.empty(len(places))
        for part in blocks(len(places), self.X.shape[1]):
            self.tick()
            gap = self._exact(at[places[part]]) - self._exact(columns[hits[part]])
            distances[part] = np.sqrt(np.square(gap, out=gap).sum(axis=1))
        keep = distances <= reach
        return places[keep], columns[hits[keep]], distances[keep]

    def _exact(self, at: Ids) -> Floats:
        return self.X[self.ids[at]].astype(np.float64)

    def _centered(self, at: Ids) -> Floats:
        return self._exact(at) - self.mean


def _cut(n: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, n, size))
