"""What lies on the desk of who labels: the examples that are asked, what was said of each, and the one at hand."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from alviz.book import SKIPPED, UNDONE, Tally
from alviz.errors import InvalidInput
from alviz.record import Labels

# What stands where no class number does.
OPEN, ASIDE_SKIPPED, ASIDE_CANNOT_TELL = -1, -2, -3


class Desk:
    """Places on a desk: first what is asked, in that order, then what was merely looked at.

    Attributes
    ----------
    serial : int
        Counts how often other examples were put down.
    ids : list of int
        The pool row at each place.
    count : int
        How many of them are asked.
    codes : ndarray of int32
        At each place the class that was given, or `OPEN`, `ASIDE_SKIPPED` or `ASIDE_CANNOT_TELL`.
    place : int or None
        The one at hand; None on an empty desk.
    """

    def __init__(self) -> None:
        self.serial = 0
        self._initial: dict[int, int] = {}
        self._lay(())

    def _lay(self, ids: Iterable[int]) -> None:
        self.ids = [int(id) for id in ids]
        self.count = len(self.ids)
        self.codes = np.full(self.count, OPEN, dtype=np.int32)
        self.place: int | None = None
        self._places = {id: place for place, id in enumerate(self.ids)}

    def put(self, ids: Iterable[int], tally: Tally, initial: Labels) -> None:
        """Put down what is asked; the first that is open is at hand, or the first of all.

        Parameters
        ----------
        ids : iterable of int
            Pool rows, in the order in which they are asked.
        tally : Tally
            Of the label book.
        initial : Labels
            What was labeled before the first cycle: no book holds that.
        """
        self.serial += 1
        self._lay(ids)
        self._initial = initial.by_id()
        self.refresh(tally)
        first = self.next_open(-1)
        self.place = first if first is not None else (0 if self.ids else None)

    def refresh(self, tally: Tally) -> None:
        """Read again what was said of each."""
        self.codes = np.array([self._code(tally, id) for id in self.ids], dtype=np.int32)

    def look_at(self, tally: Tally, id: int) -> int:
        """Read again what was said of one example; return its place, a new one if it has none."""
        place = self._places.get(id)
        if place is None:
            place = self._places[id] = len(self.ids)
            self.ids.append(id)
            self.codes = np.append(self.codes, np.int32(OPEN))
        self.codes[place] = self._code(tally, id)
        return place

    def go(self, place: int) -> None:
        """Take another place's example to hand."""
        if not 0 <= place < len(self.ids):
            raise InvalidInput(f"There is no place {place}: {len(self.ids)} examples are here, counted from 0.")
        self.place = place

    def next_open(self, after: int) -> int | None:
        """Return the next place, of those that are asked, at which nothing was said yet; the first after the last."""
        places: NDArray[np.int64] = np.flatnonzero(self.codes[: self.count] == OPEN)
        if not len(places):
            return None
        return int(places[np.searchsorted(places, after, side="right") % len(places)])

    @property
    def id(self) -> int | None:
        """The pool row of the example at hand."""
        return None if self.place is None else self.ids[self.place]

    def label_of(self, tally: Tally, id: int) -> int | None:
        """Return the label of any example: by the book, or else by the initial set."""
        last = tally.last.get(id)
        return self._initial.get(id) if last is None or last.why == UNDONE else last.label

    def labeled(self, tally: Tally) -> NDArray[np.int64]:
        """Return the ids of all examples that have a label, ascending."""
        return np.array(sorted(tally.held(self._initial)), dtype=np.int64)

    def _code(self, tally: Tally, id: int) -> int:
        aside = tally.last.get(id)
        if aside is not None and aside.set_aside:
            return ASIDE_SKIPPED if aside.why == SKIPPED else ASIDE_CANNOT_TELL
        label = self.label_of(tally, id)
        return OPEN if label is None else label
