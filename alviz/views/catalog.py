"""What a selection map can show, by name: small JSON; the columns themselves travel apart, once each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from alviz import scenes
from alviz.scenes import Mark, asked_mark, recorded_mark
from alviz.store import Run
from alviz.views.branch import Branch, long_names
from alviz.views.state import State


def shown_marks(state: State) -> list[Mark]:
    """Return the picks of the chosen sampler and of those it is compared with, or the pair that is told apart."""
    frame, branch = state.frame, state.branches[state.branch]
    if frame.scene is None:
        return []
    run, cycle = branch.run, frame.scene.cycle
    marks: list[Mark] = []
    if frame.picks is not None:
        recorded = None if frame.picks.preview else recorded_mark(run, cycle)
        name, sampler, ids = str(frame.picks.sampler["name"]), frame.picks.sampler, frame.picks.selection.ids
        marks.append(recorded or asked_mark(run, cycle, name, sampler, ids))
    for answer in state.compared:
        # Who has not answered yet has a shape already: that of the others does not change when it does.
        ids = np.zeros(0, dtype=np.int64) if answer.selection is None else answer.selection.ids
        marks.append(asked_mark(run, cycle, answer.name, answer.sampler.config(), ids))
    return marks if state.pair is None else _told_apart(marks, state.pair)


class Catalog:
    """What there is to show; what is recorded is read again only when there is more of it."""

    def __init__(self) -> None:
        self._sizes: tuple[Any, ...] = ()
        self._recorded: dict[str, Any] = {}

    def of(self, state: State, marks: Sequence[Mark]) -> dict[str, Any]:
        """Return the catalog; `marks` are those of the shown branch and cycle."""
        branches: tuple[Branch, ...] = state.branches
        runs = [branch.run for branch in branches]
        sizes = tuple((run.uid, run.fitted, run.picked, run.closed, run.classes) for run in runs)
        if sizes != self._sizes:
            self._sizes, self._recorded = sizes, scenes.catalog(runs, long_names(branches), partial(_recorded, runs))
        if state.frame.scene is None:
            return self._recorded
        told = [list(cycles) for cycles in self._recorded["marks"]]
        told[state.branch][state.frame.scene.cycle] = [mark.told() for mark in marks]
        return {**self._recorded, "marks": told}


def _recorded(runs: Sequence[Run], index: int, cycle: int) -> Sequence[Mark]:
    mark = recorded_mark(runs[index], cycle)
    return [] if mark is None else [mark]


def _told_apart(marks: Iterable[Mark], pair: tuple[str, str]) -> list[Mark]:
    """Return what only the first of a pair picks, only the second, and both."""
    by_name = {mark.name: mark for mark in marks}
    if any(name not in by_name for name in pair):
        return list(by_name.values())
    a, b = (by_name[name] for name in pair)
    both = np.isin(a.ids, b.ids)
    parts = {
        f"only {a.name}": a.ids[~both],
        f"only {b.name}": b.ids[~np.isin(b.ids, a.ids)],
        "both": a.ids[both],
    }
    return [
        Mark(name, f"{a.key}|{b.key}|{place}", ids, preview=a.preview)
        for place, (name, ids) in enumerate(parts.items())
    ]
