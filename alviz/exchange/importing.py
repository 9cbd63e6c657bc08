"""`import_labels`: labels from a file into the label book of a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

from alviz.book import NOTED, Answer, ClassChange, Entry, Tally, now, person
from alviz.errors import InvalidInput, PoolMissing
from alviz.exchange.given import Given
from alviz.exchange.matching import Matched, RowNames, match
from alviz.exchange.reading import read
from alviz.store import Run

if TYPE_CHECKING:
    from alviz.runner import CycleRunner

_ON_CONFLICT = ("refuse", "last", "keep")


@dataclass(frozen=True)
class Imported:
    """What came of an import.

    Attributes
    ----------
    added : int
        Examples that had no label and have one now.
    unchanged : int
        Examples that had just this label.
    conflicting : int
        Examples that had another: with ``on_conflict="last"`` they have the new one now.
    set_aside : int
        Examples that are set aside now and were not.
    """

    added: int
    unchanged: int
    conflicting: int
    set_aside: int


def import_labels(
    target: CycleRunner | Run,
    path: str | PathLike[str],
    format: str | None = None,
    who: str | None = None,
    on_conflict: str = "refuse",
    *,
    add_classes: bool = False,
) -> Imported:
    """Take labels over from a file: all of them in one append to the label book, or none.

    Parameters
    ----------
    target : CycleRunner or Run
        Its next fit learns from them, or the next but one where the open cycle is being fitted.
    path : path
        A CSV or Parquet file with the columns id or name, and label (further ones as `export_labels` writes them); JSON
        of Label Studio or COCO's kind; or a folder with a folder per class. Names are row names of the pool, or paths
        and addresses that end as one of them does.
    format : {"csv", "parquet", "coco", "label-studio", "folder"}, optional
        By default as the name ends, and as what stands in the file.
    who : str, optional
        Whose answers they become; the system's user by default.
    on_conflict : {"refuse", "last", "keep"}
        Where an example has another label already: refuse the file, let the file win, or keep what is there.
    add_classes : bool
        Whether labels that name no class become classes.

    Returns
    -------
    Imported

    Raises
    ------
    InvalidInput
        For a file that cannot be read or used, with the first place; nothing was written.
    ConfigMismatch
        If the file holds labels of another pool.
    PoolMissing
        If examples go by name and the pool is not at hand.
    DiskFull
        Nothing was written.
    """
    run = target if isinstance(target, Run) else target.history
    if on_conflict not in _ON_CONFLICT:
        raise InvalidInput(f"on_conflict is {on_conflict!r}, expected one of {', '.join(map(repr, _ON_CONFLICT))}.")
    who = person(who)
    given = read(path, format, run.header["pool"]["digest"])
    importer = _Importer(run, given, who, on_conflict, add_classes)
    run.book.change(importer.entries)
    return importer.imported


class _Importer:
    """One import: makes the entries while nobody else appends."""

    def __init__(self, run: Run, given: Given, who: str, on_conflict: str, add_classes: bool) -> None:
        self._run = run
        self._given = given
        self._names = _names(run, given)
        self._who = who
        self._on_conflict = on_conflict
        self._add_classes = add_classes
        self.imported = Imported(0, 0, 0, 0)

    def entries(self, tally: Tally) -> Iterable[Entry]:
        """Return what is to be appended to the book; the first error comes before anything is written."""
        matched = match(self._given, self._names, tally.classes, tally.removed, self._add_classes)
        there, set_aside = tally.held(self._run.initial.by_id()), tally.set_aside
        conflicting = {id for id, label in matched.labels.items() if there.get(id, label) != label}
        conflicting |= {id for id, why in matched.aside.items() if id in there and why != NOTED}
        if conflicting and self._on_conflict == "refuse":
            raise InvalidInput(self._conflict(tally, matched, there, conflicting))
        kept = conflicting if self._on_conflict == "keep" else set()
        said: dict[int, tuple[int | None, str]] = {
            id: (label, "") for id, label in matched.labels.items() if id not in kept and there.get(id) != label
        }
        for id, why in matched.aside.items():
            if why != NOTED and id not in kept and (id not in set_aside or set_aside[id].why != why):
                said[id] = (None, why)
        self.imported = Imported(
            added=sum(label is not None and id not in there for id, (label, _) in said.items()),
            unchanged=sum(there.get(id) == label for id, label in matched.labels.items()),
            conflicting=len(conflicting),
            set_aside=sum(label is None and id not in set_aside for id, (label, _) in said.items()),
        )
        notes = {id: note for id, note in matched.notes.items() if id not in kept and note != tally.note(id)}
        said |= {id: (None, NOTED) for id in notes if id not in said}
        when, uid = now(), self._run.uid
        classes = [ClassChange(number, name, self._who, when, uid) for name, number in matched.new_classes.items()]
        answers = [
            Answer(id, label, self._who, when, uid, why=why, note=notes.get(id, ""))
            for id, (label, why) in said.items()
        ]
        return [*classes, *answers]

    def _conflict(self, tally: Tally, matched: Matched, there: dict[int, int], conflicting: set[int]) -> str:
        first = min(conflicting)
        names = dict(enumerate(tally.classes)) | {number: name for name, number in matched.new_classes.items()}
        new = repr(names[matched.labels[first]]) if first in matched.labels else matched.aside[first]
        return (
            f"{self._given.path}: {len(conflicting)} example(s) have another label already, the first is id {first} "
            f"({names[there[first]]!r}, {new} in {matched.places[first]}). on_conflict='last' takes the file's, 'keep' "
            "the one that is there."
        )


def _names(run: Run, given: Given) -> RowNames:
    """Return the pool's names where the file has some; a pool that cannot be loaded is needed for them alone."""
    if not any(line.name for line in given.lines):
        return RowNames(None, run.size)
    try:
        return RowNames(run.pool.row_names, run.size)
    except PoolMissing:
        if any(line.id is None for line in given.lines):
            raise
        return RowNames(None, run.size)
