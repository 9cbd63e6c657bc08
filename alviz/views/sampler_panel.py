"""The left column: which sampler with which parameters, who is compared with it, and what the map shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ipywidgets as w

from alviz import maps, samplers
from alviz.scenes import COLORINGS
from alviz.views import html, steps
from alviz.views.compare_list import CompareList
from alviz.views.controls import Controls
from alviz.views.view import View


class SamplerPanel(View):
    """Sampler, its parameters and when they take effect; the comparison; colors, edges and layout of the map.

    Parameters
    ----------
    shown : CycleRunner, Run, View or Explorer
    *more : CycleRunner or Run
        Other branches on the same pool.
    """

    _kind = "alviz-side"

    def _build(self) -> list[w.Widget]:
        controller = self.controller
        self._following = False
        self._controls: Controls | None = None
        self.sampler = w.Dropdown(options=samplers.names(), tooltip="Who picks")
        self.parameters = w.VBox()
        self.parameters.add_class("alviz-parameters")
        self.note = w.HTML()
        self.note.add_class("alviz-note")
        self.compared = CompareList(controller)
        self.coloring = w.Dropdown(
            options=[(coloring.title, name) for name, coloring in COLORINGS.items()], tooltip="What colors mean"
        )
        self.edges = _options([("on hover", True), ("off", False)])
        self.method = _options([(title, name) for name, title in maps.titles().items()])
        self.sampler.observe(self._choose, "value")
        for control, action in (
            (self.coloring, controller.color_by),
            (self.edges, controller.show_edges),
            (self.method, controller.map_by),
        ):
            control.observe(lambda change, action=action: self._unless_following(action, change.new), "value")
        names = ["branches", "branch", "sampler", "cycle", "fitted", "coloring", "method", "edges", "busy", "frame"]
        controller.state.observe(self._draw, names)
        self._draw()
        return [
            w.HTML(html.strong("Sampler")),
            self.sampler,
            self.parameters,
            self.note,
            self.compared,
            w.HTML(html.strong("Color")),
            self.coloring,
            _row("kNN edges", self.edges),
            _row("map", self.method),
        ]

    def _unless_following(self, action: Callable[[Any], None], value: Any) -> None:
        if not self._following:
            self.controller.attempt(action, value)

    def _choose(self, change: Any) -> None:
        if not self._following and change.new in samplers.names():
            self._attempt(lambda: self.controller.choose(change.new))

    def _change(self, name: str, read: Callable[[], Any]) -> None:
        self._attempt(lambda: self.controller.choose(replace(self.controller.state.sampler, **{name: read()})))

    def _attempt(self, action: Callable[[], None]) -> None:
        with self.controller.reading():
            self.controller.attempt(action)
            self._draw()  # it may have been refused: then what is so is shown again

    def _draw(self, _: Any = None) -> None:
        state = self.controller.state
        self._following = True
        try:
            self._show_sampler(state.sampler)
            self.coloring.value = state.coloring
            self.edges.value = state.edges
            self.method.value = state.method
        finally:
            self._following = False
        self.note.value = html.soft(self._effect())

    def _show_sampler(self, sampler: Any) -> None:
        names = samplers.names()
        if sampler.name not in names:
            names = [*names, sampler.name]
        if list(self.sampler.options) != names:
            self.sampler.options = names
        self.sampler.value = sampler.name
        if self._controls is not None and self._controls.fits(sampler):
            self._controls.follow(sampler)
        else:
            self._controls = Controls(sampler, self._change)
            self.parameters.children = self._controls.rows
            self.parameters.layout.display = None if self._controls.rows else "none"

    def _effect(self) -> str:
        """Say when the chosen sampler takes effect."""
        state, branch = self.controller.state, self.controller.branch
        if state.frame.scene is None:
            return "Step trains on the initial labels; then the sampler picks."
        step = steps.plan(state.branches, branch, state.cycle, state.sampler)
        if step.kind == steps.GO and step.branch is branch:
            return "As recorded: Step goes to the next cycle."
        if step.branch is not branch:
            return "Another branch went this way: Step goes there."
        if branch.runner is None:
            return "Opened to look at: picks can be previewed, not made."
        if step.kind != steps.FORK:
            return "Takes effect at the next step."
        why = "Later cycles exist" if state.cycle < state.fitted - 1 else "This cycle has its picks"
        return f"Takes effect at the next step. {why}, so this forks."


def _options(options: list[tuple[str, Any]]) -> w.ToggleButtons:
    buttons = w.ToggleButtons(options=options, style={"button_width": "auto"})
    buttons.add_class("alviz-options")
    return buttons


def _row(words: str, control: w.Widget) -> w.HBox:
    row = w.HBox([w.HTML(html.soft(words)), control])
    row.add_class("alviz-options-row")
    return row
