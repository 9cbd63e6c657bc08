"""What a run holds of its labels now, a row per example: what every format writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alviz.book import NOTED, Answer, Tally
from alviz.errors import PoolMissing
from alviz.record import Labels
from alviz.store import Run

COLUMNS = ("id", "name", "label", "class", "who", "when", "cycle", "sampler", "note", "source", "why")
ANSWER, INITIAL = "answer", "initial"


@dataclass(frozen=True)
class Row:
    """One example, with the label that holds now or with why it has none.

    Attributes
    ----------
    id : int
        The pool row.
    name : str
        What the pool's owner calls it; empty where the pool has no names.
    label : str or None
        The class name as it is now; None for an example that was set aside, or of which there is only a note.
    number : int or None
        The class number.
    who, when : str
        Who said so; empty for the initial labels.
    cycle : int or None
    sampler : str or None
        Who asked for it.
    note : str
    source : str
        ``"answer"``, ``"initial"``, or empty without a label.
    why : str
        Without a label: ``"skipped"``, ``"cannot tell"`` or ``"noted"``.
    """

    id: int
    name: str
    label: str | None
    number: int | None
    who: str = ""
    when: str = ""
    cycle: int | None = None
    sampler: str | None = None
    note: str = ""
    source: str = ""
    why: str = ""


@dataclass(frozen=True)
class About:
    """What a file says of itself, in the formats that have a place for it.

    Attributes
    ----------
    pool : str
        The digest of the pool that the ids are rows of.
    name : str
        The name of the pool.
    classes : tuple of str
        Names by class number.
    shape : tuple of int or None
        Of one example; None where the pool is not at hand.
    """

    pool: str
    name: str
    classes: tuple[str, ...]
    shape: tuple[int, ...] | None = None

    @property
    def pictured(self) -> bool:
        """Whether the examples are images, as far as one knows."""
        return self.shape is None or len(self.shape) > 1


def about(run: Run) -> About:
    """Return what a file of a run's labels says of itself."""
    told = run.header["pool"]
    shape = None if run.loaded is None else run.loaded.X.shape[1:]
    return About(told["digest"], told["name"], run.classes, shape)


def rows(run: Run) -> list[Row]:
    """Return a row per example that has a label, was set aside, or has a note, by id."""
    tally, names = run.book.look(), row_names(run)
    return list(_rows(run.initial, tally, names))


def _rows(initial: Labels, tally: Tally, names: NDArray[np.str_] | None) -> Iterator[Row]:
    labels, last, classes = tally.held(initial.by_id()), dict(tally.last), tally.classes
    noted = {answer.id: answer for answer in tally.entries.copy() if answer.why == NOTED}
    for id in sorted({*labels, *noted, *tally.set_aside}):
        name, label, note = "" if names is None else str(names[id]), labels.get(id), tally.note(id)
        answer: Answer | None = last.get(id)
        if label is not None and (answer is None or answer.label is None):
            yield Row(id, name, classes[label], label, note=note, source=INITIAL)
        elif label is not None and answer is not None:
            yield _said(answer, name, classes[label], label, note, ANSWER, "")
        elif answer is not None and answer.set_aside:
            yield _said(answer, name, None, None, note, "", answer.why)
        elif note:
            yield _said(noted[id], name, None, None, note, "", NOTED)


def _said(answer: Answer, name: str, label: str | None, number: int | None, note: str, source: str, why: str) -> Row:
    who, when, cycle, sampler = answer.who, answer.when, answer.cycle, answer.sampler
    return Row(answer.id, name, label, number, who, when, cycle, sampler, note, source, why)


def row_names(run: Run) -> NDArray[np.str_] | None:
    """Return the pool's own names of its rows; None where it has none, or where the pool cannot be loaded here."""
    try:
        return run.pool.row_names
    except PoolMissing:
        return None
