"""The explorer: step through cycles, see what was picked, switch the sampler, compare the branches."""

from __future__ import annotations

from typing import Any

import ipywidgets as w

from alviz.runner import CycleRunner
from alviz.samplers import Sampler
from alviz.store import Run
from alviz.views.branch import run_name
from alviz.views.code_line import CodeLine
from alviz.views.curves_panel import CurvesPanel
from alviz.views.map_panel import MapPanel
from alviz.views.page import PageLink
from alviz.views.phases import PhaseLine
from alviz.views.picks_strip import PicksStrip
from alviz.views.point_card import PointCard
from alviz.views.sampler_panel import SamplerPanel
from alviz.views.topbar import TopBar
from alviz.views.view import View, controlled


class Explorer(w.VBox):
    """Shows active-learning cycles in JupyterLab, and goes on with them.

    The map shows the picks of the chosen sampler at the shown cycle: those on record where it made them,
    else a preview. `step` makes them real: a new cycle at the end of a run, a fork before it.

    Parameters
    ----------
    run : CycleRunner or Run
        A runner can go on; a run is only looked at.
    *more : CycleRunner or Run
        Other branches on the same pool.

    Examples
    --------
    >>> explorer = alviz.Explorer(runner)  # doctest: +SKIP
    >>> explorer.choose("coreset")  # doctest: +SKIP
    >>> explorer.step()  # doctest: +SKIP
    """

    def __init__(self, run: CycleRunner | Run | View, *more: CycleRunner | Run) -> None:
        self.controller = controller = controlled(run, *more)
        page = PageLink.following(controller)
        with controller.reading():  # the worker may have something to show already
            self._map = MapPanel(controller)
            curves, card = CurvesPanel(controller), PointCard(controller)
            right = w.VBox([curves.widget, card.widget])
            right.add_class("alviz-right")
            body = w.HBox([SamplerPanel(controller).widget, self._map.widget, right])
            body.add_class("alviz-body")
            top, phases = TopBar(controller).widget, PhaseLine(controller).widget
            picks, code = PicksStrip(controller).widget, CodeLine(controller).widget
        super().__init__([top, phases, body, picks, code, page])
        self.add_class("alviz")

    def __repr__(self) -> str:
        state = self.controller.state
        cycle = state.cycle if state.frame.scene is not None else None
        return f"Explorer(run={run_name(self.run)!r}, cycle={cycle})"

    @property
    def run(self) -> Run:
        """The record of the branch that is shown."""
        return self.controller.branch.run

    @property
    def runner(self) -> CycleRunner | None:
        """The runner of the branch that is shown; None where it is only looked at."""
        return self.controller.branch.runner

    def step(self, n: int = 1) -> None:
        """Make the picks that are shown real and go to the next cycle, `n` times; returns at once (see `wait`)."""
        self.controller.step(n)

    def go(self, cycle: int, branch: int | None = None) -> None:
        """Show a fitted cycle, of another branch if its number is given."""
        self.controller.go(cycle, branch)

    def choose(self, sampler: str | Sampler) -> None:
        """Show what another sampler would pick here; the next step makes it real."""
        self.controller.choose(sampler)

    def select(self, id: int | None) -> None:
        """Show one example's card; None closes it."""
        self.controller.select(id)

    def color_by(self, coloring: str) -> None:
        """Color the map by one of ``alviz.scenes.COLORINGS``, such as ``"class"`` or ``"score"``."""
        self.controller.color_by(coloring)

    def map_by(self, method: str) -> None:
        """Lay the map out by the method of that name, one of ``alviz.maps.names()``."""
        self.controller.map_by(method)

    def stop(self) -> None:
        """Ask what runs to end; all finished steps are kept."""
        self.controller.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is computed; return whether that came in time."""
        return self.controller.wait(timeout)

    def debug(self) -> dict[str, Any]:
        """Return what is shown, as plain values: for tests and for reports of a problem."""
        with self.controller.reading() as state:
            frame, drawn = state.frame, self._map.drawn()
            layout, picks = frame.layout, frame.picks
            return {
                "run": run_name(self.run),
                "branches": len(state.branches),
                "branch": state.branch,
                "fitted": state.fitted,
                "cycle": None if frame.scene is None else frame.scene.cycle,
                "labels": None if frame.scene is None else frame.scene.record.labeled,
                "sampler": state.sampler.config(),
                "preview": None if picks is None else picks.preview,
                "picks": [] if picks is None else picks.selection.ids.tolist(),
                "drawn_picks": drawn["picked"],
                "drawn": {name: len(ids) for name, ids in drawn.items()},
                "map": None if layout is None else {"method": layout.method, "cycle": layout.cycle},
                "coloring": state.coloring,
                "selected": state.selected,
                "theme": state.theme,
                "working": self.controller.working,
                "busy": state.busy,
                "playing": state.playing,
                "message": state.message,
                "error": state.error,
                "errors": list(self.controller.errors),
                "attempts": self.controller.attempts,
                "code": state.code,
            }
