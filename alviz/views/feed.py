"""What a selection map has been sent and what it is sent next: what is shown first, the rest in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import AlvizError, Stopped
from alviz.maps import Layout
from alviz.maps.base import base_sample
from alviz.scenes import (
    COLORINGS,
    Mark,
    Picks,
    Rows,
    Scene,
    codes,
    fit_name,
    head,
    recorded_ids,
    recorded_mark,
    trust,
)
from alviz.views.branch import Branch
from alviz.views.controller import Controller
from alviz.views.worker import FEED, LAYOUT, Job

Send = Callable[[str, NDArray[Any], dict[str, Any] | None], None]


class Feed:
    """Keeps one page supplied with columns, each under a key and sent once.

    Parameters
    ----------
    controller : Controller
    send : callable
        ``send(key, column, about)``; the key ``"ids"`` appends points, from the number ``start`` on.
    """

    def __init__(self, controller: Controller, send: Send) -> None:
        self._controller = controller
        self._send = send
        self._rows: Rows | None = None
        # How many points each column that was sent has an entry for.
        self._sent: dict[str, int] = {}
        # How many points each layout that was sent has a place for.
        self._placed: dict[str, int] = {}

    @property
    def sent(self) -> list[str]:
        """The keys of all columns that the page has."""
        return sorted(self._sent)

    def restart(self) -> None:
        """Begin anew: the page was reloaded and has nothing."""
        if self._rows is not None:
            self._sent.clear()
            self._placed.clear()
            self._announce(0)

    def update(self, marks: list[Mark]) -> None:
        """Send what the shown cycle lacks, and have the rest sent in the background."""
        state = self._controller.state
        scene, layout = state.frame.scene, state.frame.layout
        if scene is None:
            return
        branch = state.branches[state.branch]
        self._place([np.concatenate([scene.labels.ids, *(mark.ids for mark in marks)])])
        self._status(branch, scene)
        for mark in marks:
            self._mark(mark)
        self._color(branch, scene, state.coloring, marks[:1], state.frame.picks)
        if layout is not None:
            self._layout(branch, layout)
        if state.frame.layout is not None:  # else there is nothing to see yet
            self._controller.submit("feed", FEED, self._rest, lambda _: None, heard=lambda _: None)

    def method(self) -> str:
        """Return the map method whose layout of the shown cycle the page has, or else is to keep."""
        state = self._controller.state
        layout = state.frame.layout
        return state.method if layout is None or layout.cycle != state.cycle else layout.method

    def _rest(self, job: Job) -> None:
        """Send all other cycles, the nearest first; runs in the worker and yields to everything else."""
        controller, state = self._controller, self._controller.state
        for branch, cycle in _by_distance(state.branches, state.branch, state.cycle):
            job.report("feed", 0, 1)
            recorded = recorded_mark(branch.run, cycle)
            scene = Scene.read(branch.run, cycle)
            picks = None
            if recorded is not None and COLORINGS[state.coloring].of_picks:
                picks = _recorded_picks(branch, cycle)
            with controller.reading():
                self._place([scene.labels.ids, *([] if recorded is None else [recorded.ids])])
                self._status(branch, scene)
                if recorded is not None:
                    self._mark(recorded)
                self._color(branch, scene, state.coloring, [] if recorded is None else [recorded], picks)
            self._rest_of_layouts(job, branch, cycle, state.method)

    def _rest_of_layouts(self, job: Job, branch: Branch, cycle: int, method: str) -> None:
        key = f"layout|{method}|{fit_name(branch.run, cycle)}"
        if self._placed.get(key, 0) >= len(self.points):
            return
        layouts, reading = self._controller.placing.layouts, self._controller.reading
        try:
            layout = layouts.of(
                branch.run, cycle, method, self.points, lambda done, total: job.report("map", done, total)
            )
        except Stopped:
            raise
        except AlvizError:  # a cycle without features has no map: whoever goes there is told
            self._placed[key] = len(self.points)
            return
        with reading():
            self._layout(branch, layout)

    # -- columns --------------------------------------------------------------------------------------

    def _place(self, ids: list[NDArray[np.int64]]) -> None:
        """Give the examples that are not on the map yet a point."""
        if self._rows is None:
            run = self._controller.branch.run
            self._rows = Rows(base_sample(run.size, self._controller.placing.layouts.base_size), run.size)
            self._rows.add(recorded_ids(branch.run for branch in self._controller.state.branches))
            self._announce(0)
        known = len(self._rows)
        if len(self._rows.add(np.concatenate(ids))):
            self._announce(known)

    def _announce(self, start: int) -> None:
        """Tell the page which pool rows its points are, from one on."""
        self._send("ids", self.points[start:].astype(np.uint32), {"start": start})

    @property
    def points(self) -> NDArray[np.int64]:
        """The pool rows of the points that the page has."""
        return np.zeros(0, dtype=np.int64) if self._rows is None else self._rows.ids

    def _lacks(self, key: str) -> bool:
        """Whether the page has no such column, or one from before points were added."""
        return self._sent.get(key, -1) < len(self.points)

    def _column(self, key: str, column: NDArray[Any], about: dict[str, Any] | None = None) -> None:
        self._sent[key] = len(self.points)
        self._send(key, column, about)

    def _status(self, branch: Branch, scene: Scene) -> None:
        key = f"status|{fit_name(branch.run, scene.cycle)}"
        if self._lacks(key):
            self._column(key, scene.labeled_mask()[self.points].astype(np.uint8))

    def _mark(self, mark: Mark) -> None:
        if mark.key not in self._sent and len(mark.ids):
            self._column(mark.key, mark.ids.astype(np.uint32))

    def _color(self, branch: Branch, scene: Scene, coloring: str, marks: list[Mark], picks: Picks | None) -> None:
        of = fit_name(branch.run, scene.cycle)
        if COLORINGS[coloring].of_picks:
            if not marks or picks is None:
                return
            of = marks[0].key
        key = f"color|{coloring}|{of}"
        if not self._lacks(key):
            return
        if coloring == "certainty":
            self._later(key, scene)
        else:
            self._column(key, codes(scene, coloring, picks)[self.points])

    def _later(self, key: str, scene: Scene) -> None:
        """Have a coloring computed that takes its time; only ever that of the shown cycle."""
        if scene is not self._controller.state.frame.scene:
            return

        def show(column: NDArray[Any]) -> None:
            self._column(key, column[self.points])

        self._sent[key] = len(self.points)  # it is on its way: not to be asked for twice
        self._controller.submit(
            "coloring",
            LAYOUT,
            lambda job: codes(scene, "certainty", report=job.report),
            show,
            lambda error: self._forget(key, error),
        )

    def _forget(self, key: str, error: Exception) -> None:
        self._sent.pop(key, None)
        self._controller.show_error(error)

    def _layout(self, branch: Branch, layout: Layout) -> None:
        key = f"layout|{layout.method}|{fit_name(branch.run, layout.cycle)}"
        if self._rows is not None and len(layout.ids) > self._placed.get(key, 0):
            self._placed[key] = len(layout.ids)
            self._column(key, self._rows.place(layout).ravel(), {"head": head(layout), "right": trust(layout)})


def _recorded_picks(branch: Branch, cycle: int) -> Picks | None:
    selection, config = branch.run.selection(cycle), branch.recorded(cycle)
    return None if selection is None or config is None else Picks(selection, config, preview=False)


def _by_distance(branches: tuple[Branch, ...], shown: int, cycle: int) -> Iterator[tuple[Branch, int]]:
    """Yield all cycles, those near the shown one first, those of other branches last."""
    for branch in (branches[shown], *(b for i, b in enumerate(branches) if i != shown)):
        yield from ((branch, k) for k in sorted(range(branch.run.fitted), key=lambda k: abs(k - cycle)))
