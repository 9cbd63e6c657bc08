"""The top bar: which branch, which cycle, and on."""

from __future__ import annotations

from typing import Any

import ipywidgets as w

from alviz.views import html
from alviz.views.branch import long_names
from alviz.views.controller import Controller


class TopBar:
    """Branch chooser, cycle slider, Step, Run and Stop."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._following = False
        self.branch = w.Dropdown(layout={"width": "auto"}, tooltip="Branch")
        self.previous = self._button("◀", "The cycle before", lambda: self._move(-1))
        self.next = self._button("▶", "The next cycle", lambda: self._move(1))
        self.slider = w.IntSlider(0, 0, 1, readout=False, tooltip="Cycle")
        self.play = self._button(
            "Play", "Walk through the cycles", lambda: controller.play(not controller.state.playing)
        )
        self.status = w.HTML()
        self.count = w.BoundedIntText(4, min=1, max=1000, layout={"width": "46px"}, tooltip="Steps")
        self.step = self._button("Step", "Make the picks that are shown real", controller.step, "alviz-primary")
        self.run = self._button("Run", "So many steps", lambda: controller.step(self.count.value))
        self.stop = self._button("Stop", "End at the next report; finished steps are kept", controller.stop)
        name = str(controller.branch.run.header["pool"]["name"])
        left = w.HBox([w.HTML(html.strong(name)), self.branch])
        middle = w.HBox([self.previous, self.slider, self.next, self.play, self.status])
        right = w.HBox([self.step, self.run, self.count, self.stop])
        for box, side in ((left, "left"), (middle, "middle"), (right, "right")):
            box.add_class(f"alviz-top-{side}")
        self.widget = w.HBox([left, middle, right])
        self.widget.add_class("alviz-top")
        self.branch.observe(self._choose_branch, "value")
        self.slider.observe(self._choose_cycle, "value")
        controller.state.observe(self._draw, ["branches", "branch", "fitted", "cycle", "frame", "busy", "playing"])
        self._draw()

    def _button(self, text: str, tooltip: str, action: Any, kind: str = "") -> w.Button:
        button = w.Button(description=text, tooltip=tooltip, layout={"width": "auto"})
        button.add_class("alviz-button")
        if kind:
            button.add_class(kind)
        button.on_click(lambda _: self._controller.attempt(action))
        return button

    def _move(self, by: int) -> None:
        self._controller.go(self._controller.state.cycle + by)

    def _choose_branch(self, change: Any) -> None:
        if not self._following and change.new is not None:
            last = self._controller.state.branches[change.new].run.fitted - 1
            self._controller.attempt(self._controller.go, min(self._controller.state.cycle, last), change.new)

    def _choose_cycle(self, change: Any) -> None:
        if not self._following:
            self._controller.attempt(self._controller.go, change.new)

    def _draw(self, _: Any = None) -> None:
        state = self._controller.state
        self._following = True
        try:
            options = [(name, i) for i, name in enumerate(long_names(state.branches))]
            if list(self.branch.options) != options:
                self.branch.options = options
            self.branch.value = state.branch
            self.slider.max = max(state.fitted - 1, 1)
            self.slider.value = min(state.cycle, self.slider.max)
        finally:
            self._following = False
        self.slider.disabled = state.fitted < 2
        self.previous.disabled = state.cycle <= 0
        self.next.disabled = state.cycle >= state.fitted - 1
        self.play.disabled = state.fitted < 2
        self.play.description = "Pause" if state.playing else "Play"
        looking = self._controller.branch.runner is None and state.cycle >= state.fitted - 1
        self.step.disabled = self.run.disabled = bool(state.busy) or looking
        self.stop.disabled = not state.busy and not state.playing
        self.status.value = self._status()

    def _status(self) -> str:
        state, scene = self._controller.state, self._controller.state.frame.scene
        if scene is None:
            return html.soft("nothing fitted yet")
        parts = [f"of {state.fitted - 1}", f"{scene.record.labeled:,} labels"]
        if scene.accuracy is not None:
            parts.append(html.percent(scene.accuracy) + ("" if scene.tested else " cross-validated"))
        return html.strong(f"cycle {scene.cycle}") + " " + html.soft(" · ".join(parts))
