"""What every view is: a box of widgets on one controller, in the explorer or alone."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import ipywidgets as w

from alviz.maps.base import BASE_SIZE
from alviz.runner import CycleRunner
from alviz.store import Run
from alviz.sweep import Sweep
from alviz.views.branch import run_name
from alviz.views.code_line import CodeLine
from alviz.views.controller import Controller
from alviz.views.page import PageLink


class View(w.VBox):
    """A part of what the explorer shows, which also works alone.

    Parameters
    ----------
    shown : CycleRunner, Run, Sweep, View or Explorer
        A run of its own, the runs of a sweep, or whatever another view shows: the two stay linked.
    *more : CycleRunner, Run or Sweep
        Other branches on the same pool.
    base : int or None
        Of runs of its own: how many examples maps show beside all that were labeled or picked; None shows all.
    """

    # How the style sheet calls it.
    _kind: ClassVar[str] = ""

    def __init__(
        self,
        shown: CycleRunner | Run | Sweep | View | Controller,
        *more: CycleRunner | Run | Sweep,
        base: int | None = BASE_SIZE,
    ) -> None:
        inside = isinstance(shown, Controller)
        self.controller = shown if isinstance(shown, Controller) else controlled(shown, *more, base=base)
        with self.controller.reading():  # the worker may have something to show already
            children = self._build()
            if not inside:
                children = [*children, *self._foot(), PageLink.following(self.controller)]
        super().__init__(children)
        self.add_class("alviz-view")
        if self._kind:
            self.add_class(self._kind)
        if not inside:
            self.add_class("alviz")

    @abstractmethod
    def _build(self) -> list[w.Widget]:
        """Return the widgets; observe ``self.controller.state`` to keep them up to date."""

    def _foot(self) -> list[w.Widget]:
        """Return what stands below a view that is alone."""
        return [CodeLine(self.controller).widget]

    def __repr__(self) -> str:
        state = self.controller.state
        cycle = state.cycle if state.frame.scene is not None else None
        return f"{type(self).__name__}(run={run_name(self.run)!r}, cycle={cycle})"

    @property
    def run(self) -> Run:
        """The record of the branch that is shown."""
        return self.controller.branch.run

    @property
    def code(self) -> str:
        """The Python that shows what is on screen, or did what was done last."""
        return str(self.controller.state.code)


def controlled(shown: Any, *more: CycleRunner | Run | Sweep, base: int | None = BASE_SIZE) -> Controller:
    """Return the controller of a view or an explorer, or a new one that shows runs."""
    there = getattr(shown, "controller", None)
    return there if isinstance(there, Controller) else Controller((shown, *more), base)
