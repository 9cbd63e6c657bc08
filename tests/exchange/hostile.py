"""A pool whose names try everything, and a run on it that holds every kind of answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from alviz import CycleRunner, Pool, Run
from alviz.labeling import Session
from alviz.task import Classification

NAMES = (
    "=cmd|' /C calc'!A0",
    "+1.png",
    "-1",
    "@import",
    "\ttab",
    "a,b.png",
    'quo"te.png',
    "new\nline.png",
    "car\rriage.png",
    "ordner/é 猫.png",
    "'=already",
    "<script>alert(1)</script>",
    "'",
    " spaces ",
    "7",
    "plain.png",
)
CLASSES = ("cat", "<b>dog</b>", "=2+3", 'naïve, "said"\nand done')
NOTE = '=HYPERLINK("x"),\n<i>"é"</i>'


def pool(classes: tuple[str, ...] = CLASSES, names: tuple[str, ...] | None = NAMES) -> Pool:
    """Return vectors of which the first four have a label."""
    n = len(NAMES)
    X = np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32)
    y = np.where(np.arange(n) < 4, np.arange(n), -1)
    return Pool(X, y, Classification(classes), name="hostile", row_names=None if names is None else np.array(names))


def runner(path: Path, given: Pool | None = None, **changes: Any) -> CycleRunner:
    """Return a runner that a person answers; four labels are known at first."""
    settings: dict[str, Any] = {"learner": "linear", "sampler": "random", "budget": 3, "cross_validate": 0}
    return CycleRunner(given or pool(), oracle="human", path=path, **{**settings, **changes})


def answered(path: Path) -> CycleRunner:
    """Return one with answers by two people, a relabel, an undo, notes, a new class, and two set aside."""
    made = runner(path)
    made.query()
    ada, ben = Session(made, who="ada, =1"), Session(made, who="ben")
    ada.answer(4, 1, NOTE)
    ada.answer(5, 2)
    ben.answer(5, 3)  # the last one counts
    ada.answer(0, 2)  # another label than at first
    for id in (6, 3):  # one that had no label, and one that had
        ada.answer(id, 0)
        ada.undo()
    ada.answer(7, ada.add_class("=new, class"))
    ada.skip(8)
    ben.cannot_tell(9)
    ben.note(9, "which way up?")
    ben.note(10, "nice")
    return made


def labels(run: Run) -> dict[int, str]:
    """Return the name of the label of every example that has one now."""
    tally = run.book.look()
    return {id: tally.classes[number] for id, number in sorted(tally.held(run.initial.by_id()).items())}


def aside(run: Run) -> dict[int, str]:
    return {id: answer.why for id, answer in sorted(run.book.look().set_aside.items())}


def notes(run: Run) -> dict[int, str]:
    tally = run.book.look()
    return {id: tally.note(id) for id in range(run.size) if tally.note(id)}


def book_bytes(run: Run) -> bytes:
    """Return the label book as it lies on the disk."""
    path = run.book.path
    return path.read_bytes() if path.exists() else b""


HELD = {0: "=2+3", 1: "<b>dog</b>", 2: "=2+3", 3: CLASSES[3], 4: "<b>dog</b>", 5: CLASSES[3], 7: "=new, class"}
ASIDE = {8: "skipped", 9: "cannot tell"}
NOTES = {4: NOTE, 9: "which way up?", 10: "nice"}
