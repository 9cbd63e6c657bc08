"""The left column: which sampler with which parameters, and what colors mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ipywidgets as w

from alviz import maps, samplers
from alviz.scenes import COLORINGS
from alviz.views import html, steps
from alviz.views.controller import Controller
from alviz.views.controls import Controls


class SamplerPanel:
    """Sampler drop-down, its parameters, when they take effect; coloring and map."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._following = False
        self.sampler = w.Dropdown(options=samplers.names())
        self.parameters = w.VBox()
        self.parameters.add_class("alviz-parameters")
        self.note = w.HTML()
        self.note.add_class("alviz-note")
        self.coloring = w.Dropdown(options=[(coloring.title, name) for name, coloring in COLORINGS.items()])
        self.method = w.Dropdown(options=[(title, name) for name, title in maps.titles().items()])
        self._controls: Controls | None = None
        self.widget = w.VBox(
            [
                w.HTML(html.strong("Sampler")),
                self.sampler,
                self.parameters,
                self.note,
                w.HTML(html.strong("Color by")),
                self.coloring,
                w.HTML(html.strong("Map")),
                self.method,
            ]
        )
        self.widget.add_class("alviz-side")
        self.sampler.observe(self._choose, "value")
        self.coloring.observe(lambda c: self._unless_following(controller.color_by, c.new), "value")
        self.method.observe(lambda c: self._unless_following(controller.map_by, c.new), "value")
        names = ["branches", "branch", "sampler", "cycle", "fitted", "coloring", "method", "busy", "frame"]
        controller.state.observe(self._draw, names)
        self._draw()

    def _unless_following(self, action: Any, value: Any) -> None:
        if not self._following:
            self._controller.attempt(action, value)

    def _choose(self, change: Any) -> None:
        if not self._following and change.new in samplers.names():
            self._controller.attempt(self._controller.choose, change.new)

    def _change(self, name: str, value: Any) -> None:
        def apply() -> None:
            self._controller.choose(replace(self._controller.state.sampler, **{name: value}))

        self._controller.attempt(apply)

    def _draw(self, _: Any = None) -> None:
        state = self._controller.state
        self._following = True
        try:
            self._show_sampler(state.sampler)
            self.coloring.value = state.coloring
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
        if self._controls is None or self._controls.kind is not type(sampler):
            self._controls = Controls(sampler, self._change)
            self.parameters.children = self._controls.rows
        else:
            self._controls.follow(sampler)

    def _effect(self) -> str:
        """Say when the chosen sampler takes effect."""
        state, branch = self._controller.state, self._controller.branch
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
