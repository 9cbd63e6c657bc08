"""The line of phases: what a cycle is made of, what it took, how far it is now."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as w

from alviz.maps import titles
from alviz.views import html
from alviz.views.controller import Controller
from alviz.views.copy_button import CopyButton

PHASES = ("train", "embed", "graph", "select", "label")


class PhaseLine:
    """A chip per phase, a message or an error with its traceback to copy, and a thin bar."""

    def __init__(self, controller: Controller) -> None:
        self._state = controller.state
        self._passed: set[str] = set()
        self.line = w.HTML()
        self.copy = CopyButton(label="copy traceback", hint="Copy where the error came from")
        self.widget = w.HBox([self.line, self.copy])
        self.widget.add_class("alviz-phases")
        names = ["frame", "progress", "busy", "asking", "message", "error", "traceback", "sampler"]
        self._state.observe(self._draw, names)
        self._draw()

    def _draw(self, change: Any = None) -> None:
        state = self._state
        progress = state.progress
        if progress is None:
            self._passed = set()
        else:
            self._passed.add(progress.phase)
        chips = "".join(self._chip(name) for name in PHASES)
        share = 0.0 if progress is None else progress.share
        bar = html.tag("span", kind="alviz-bar", style=f"width:{100 * share:.1f}%")
        self.copy.text = state.traceback if state.error else ""
        self.line.value = html.tag("div", chips, self._words(), bar, kind="alviz-phase-row")

    def _chip(self, name: str) -> str:
        progress, scene = self._state.progress, self._state.frame.scene
        if progress is not None and progress.job != "layout":
            if name == progress.phase:
                return html.tag("span", f"{name} {100 * progress.share:.0f} %", kind="alviz-chip alviz-now")
            return html.tag("span", f"{name} ✓" if name in self._passed else name, kind="alviz-chip")
        cost = None if scene is None else scene.record.phases.get(name)
        if cost is None:
            return html.tag("span", name, kind="alviz-chip alviz-open")
        return html.tag("span", f"{name} ✓ {_seconds(cost.seconds)}", kind="alviz-chip")

    def _words(self) -> str:
        state = self._state
        if state.error:
            return html.tag("span", escape(state.error), kind="alviz-error", title=state.error)
        progress = state.progress
        if progress is None:
            return html.soft(state.message or ("starting" if state.busy else ""))
        if progress.job == "layout":
            return html.soft(f"{titles()[state.method]} {100 * progress.share:.0f} %")
        what = f"asking {state.sampler.name}" if progress.job == "preview" else state.message
        count = f"{progress.done:,} of {progress.total:,}" if progress.total > 1 else ""
        return html.soft(" · ".join(part for part in (what, count) if part))


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 0.95 else f"{max(1000 * seconds, 1):.0f} ms"
