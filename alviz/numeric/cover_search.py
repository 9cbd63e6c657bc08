"""The search for the least radius: bounds that close in, and cover problems at distances between them."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.centers import Centers
from alviz.numeric.cover import Cover, certified, cover, reduced
from alviz.numeric.highs import covering, relaxed
from alviz.numeric.near_pairs import NearPairs

# Rows that a search starts with, where they are not all.
ROWS = 2_000
# Pairs within the upper bound that are kept, at most: HiGHS takes some hundred bytes for each.
_PAIRS = 4_000_000
# Rows that are put to it at once, at least.
_MORE = 200
# Nodes of the first search tree at a distance.
_NODES = 32
# What a relaxation must need beyond n columns: what float64 may be wrong by in sums of many.
_MARGIN = 1e-6

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


def relative_gap(upper: float, lower: float) -> float:
    """Return the share of `upper` that lies above `lower`."""
    return 0.0 if upper <= lower else 1 - lower / upper


class Bounds:
    """The best selection, its radius, what no radius goes below, and how both came about.

    Attributes
    ----------
    selection : ndarray of int64, (n,)
    upper, lower : float
    trace : list of (seconds, upper, lower)
        From the start on, whenever a bound moved.
    improved : bool
        Whether a better selection than the first was found.
    """

    def __init__(self, selection: Ids, upper: float, lower: float, time_limit: float, gap: float) -> None:
        self.selection, self.upper, self.lower = selection, upper, lower
        self.time_limit, self.gap = time_limit, gap
        self.improved = False
        self.trace = [(0.0, upper, lower)]
        self._began = time.perf_counter()

    def left(self) -> float:
        """Return the seconds that are left."""
        return self.time_limit - (time.perf_counter() - self._began)

    def share(self) -> float:
        """Return how much of the time is over, 0 to 1."""
        return 1.0 if self.left() <= 0 else 1 - self.left() / self.time_limit

    def open(self) -> bool:
        """Return whether the gap is still too large and time is left."""
        return relative_gap(self.upper, self.lower) > self.gap and self.left() > 0

    def offer(self, selection: Ids, radius: float) -> None:
        """Take a selection if it is better."""
        if radius < self.upper:
            self.selection, self.upper, self.improved = selection, radius, True
            self._note()

    def prove(self, lower: float) -> None:
        """Take a lower bound if it is higher; none is higher than a radius that was reached."""
        if min(lower, self.upper) > self.lower:
            self.lower = min(lower, self.upper)
            self._note()

    def _note(self) -> None:
        self.trace.append((time.perf_counter() - self._began, self.upper, self.lower))


class CoverSearch:
    """Cover problems at distances between the bounds, for a growing part of the rows."""

    def __init__(self, centers: Centers, bounds: Bounds, n: int) -> None:
        self.centers, self.bounds, self.n = centers, bounds, n
        self.pairs = NearPairs(centers.X, centers.ids, lambda: centers.tick())

    def run(self, first: Ids) -> None:
        """Search from the rows `first` on until the gap is small enough, time is over, or no more rows fit."""
        self._offer(self.bounds.selection)
        grown, rounding = self._grow(first), True
        while grown and self.bounds.open():
            self._relax(rounding)
            # Later relaxations are about rows that the best selection leaves far: rounded, they seldom are as good.
            grown, rounding = self._decide(), False

    def _grow(self, rows: Ids) -> bool:
        """Ask from now on for `rows` too, or for as many as fit; return whether any did."""
        self.pairs.shorten(self.bounds.upper)
        return self.pairs.add(rows, self.bounds.upper, _PAIRS, self.bounds.open) > 0

    def _open(self) -> Floats:
        """Return the distances at which the answer is open, ascending: the lower bound, and all up to the upper.

        The least radius of the rows asked for is one of their distances; that of all rows need not be.
        """
        fixed = self.centers.near_fixed[self.pairs.members]
        found = np.unique(np.concatenate([self.pairs.distances, fixed]))
        return np.concatenate([[self.bounds.lower], found[(found > self.bounds.lower) & (found < self.bounds.upper)]])

    def _problem(self, reach: float) -> Cover:
        """Return the cover problem at a distance, reduced."""
        need = self.centers.near_fixed[self.pairs.members] > reach
        keep = (self.pairs.distances <= reach) & need[self.pairs.rows]
        place = np.cumsum(need) - 1
        shape = int(need.sum()), len(self.centers.ids)
        problem = cover(place[self.pairs.rows[keep]], self.pairs.columns[keep], shape, self.centers.outliers)
        return reduced(problem, self.centers.tick)

    def _offer(self, selection: Ids) -> None:
        """Offer a selection, bettered."""
        self.bounds.offer(*self.centers.bettered(selection, self.bounds.open))

    def _prove(self, reaches: Floats, at: int) -> None:
        """Say that no radius goes below entry `at` of the distances, or below the best one if there is none."""
        self.bounds.prove(float(reaches[at]) if at < len(reaches) else self.bounds.upper)

    def _relax(self, rounding: bool) -> None:
        """Raise the lower bound to the least distance at which the relaxation has a cover, by halving.

        With `rounding` its solutions become selections: the columns of a half and more, completed.
        """
        reaches = self._open()
        first, last = 0, len(reaches)
        fine = self.bounds.gap * self.bounds.upper / 4
        while first < last and self.bounds.open() and reaches[last - 1] - reaches[first] >= fine:
            middle = (first + last) // 2
            problem = self._problem(reaches[middle])
            answer = relaxed(problem, self.bounds.left(), self.centers.tick)
            if answer.feasible is None:
                return
            if certified(problem, answer.duals) > self.n + _MARGIN:
                first = middle + 1
                self._prove(reaches, first)
            else:
                if rounding:
                    largest = np.argsort(-answer.values, kind="stable")[: self.n]
                    columns = problem.columns[largest[answer.values[largest] >= 0.5]]
                    self._offer(self.centers.completed(columns, self.n))
                last = min(middle, int(np.searchsorted(reaches, self.bounds.upper)))

    def _decide(self) -> bool:
        """Look for covers in the middle of what is open; return whether that brought more rows to ask for."""
        reaches = self._open()
        first, last = 0, len(reaches)
        # Distances from `low` to before `high` were given up; all others are tried before those are tried longer.
        low, high, nodes = last, first, _NODES
        while first < last and self.bounds.open():
            if low <= first and last <= high:
                low, high, nodes = last, first, 2 * nodes
            # Answers are the slower the nearer to the least radius: leave what was given up, halve the widest rest.
            spans = [(first, last)] if low >= high else [(high, last), (first, low)]
            start, end = max((s for s in spans if s[0] < s[1]), key=lambda s: reaches[s[1] - 1] - reaches[s[0]])
            at = (start + end) // 2
            problem = self._problem(reaches[at])
            # Half of the time that is left: no single distance takes it all.
            answer = covering(problem, self.n, nodes, self.bounds.left() / 2, self.centers.tick)
            if answer.feasible is None:
                low, high = min(low, at), max(high, at + 1)
            elif answer.feasible:
                if self._take(problem.columns[answer.values > 0.5], float(reaches[at])):
                    return True
                last = min(at, int(np.searchsorted(reaches, self.bounds.upper)))
                low, high = (low, min(high, last)) if low < last else (last, first)
            else:
                first = at + 1
                self._prove(reaches, first)
                low, high = (max(low, first), high) if first < high else (last, first)
        return False

    def _take(self, columns: Ids, reach: float) -> bool:
        """Offer a cover of the rows asked for; return whether others, which it leaves far, came to them."""
        selection = self.centers.completed(columns, self.n)
        distances = self.centers.distances(selection)
        self.bounds.offer(selection, self.centers.reach(distances))
        self._offer(selection)
        far = np.setdiff1d(np.flatnonzero(distances > reach), self.pairs.members)
        if self.centers.reach(distances) <= reach or not len(far):
            return False
        return self._grow(
            self.centers.farthest(selection, far, min(len(far), max(_MORE, len(self.pairs.members) // 2)))
        )
