"""What each cycle took: seconds per phase, and memory."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as w

from alviz.figures.costs import PHASE_COLORS, Costs, cycle_costs, duration, memory, stacked
from alviz.views import html
from alviz.views.canvas import Canvas
from alviz.views.view import View


class CycleCosts(View):
    """Seconds per phase of every cycle of the shown branch, stacked; a click on a bar shows its cycle."""

    _kind = "alviz-curves"

    def _build(self) -> list[w.Widget]:
        self._costs = stacked([], ())
        self._read: Any = None
        self._seen: Any = None
        self.head = w.HTML()
        self.sentence = w.HTML(html.tag("div", "Nothing is fitted yet.", kind="alviz-soft"))
        self.sentence.add_class("alviz-sentence")
        self.foot = w.HTML()
        self.figure = Canvas(cycle_costs(self._costs), self.controller.reading, self._click)
        names = ["branch", "branches", "fitted", "cycle", "frame", "revision"]
        self.controller.state.observe(self._follow, names)
        self.layout.observe(self._follow, "display")
        self._follow()
        return [self.head, self.sentence, self.figure, self.foot]

    def _follow(self, _: Any = None) -> None:
        if self.layout.display == "none":
            return  # behind another tab: drawn when it is brought to the front
        run, cycle = self.run, self.controller.state.cycle
        far = (run.uid, run.fitted, run.picked, run.closed)
        if (far, cycle) == self._seen:
            return
        self._seen = (far, cycle)
        if far != self._read:
            self._read = far
            self._costs = _costs(run)
        self._draw(cycle)

    def _draw(self, cycle: int) -> None:
        costs = self._costs
        there = len(costs.seconds) > 0
        self.head.value = _head(costs, cycle)
        self.sentence.layout.display = "none" if there else ""
        self.figure.hide(not there)
        self.foot.value = _key(costs.phases)
        if there:
            self.figure.draw(cycle_costs(costs, cycle))

    def _click(self, cycle: Any) -> None:
        self.controller.attempt(self.controller.go, int(cycle))


def _costs(run: Any) -> Costs:
    records = [run.record(cycle) for cycle in range(run.fitted)]
    told = [{name: (phase.seconds, phase.peak_bytes) for name, phase in record.phases.items()} for record in records]
    return stacked(told, tuple(PHASE_COLORS))


def _head(costs: Costs, cycle: int) -> str:
    words = []
    if cycle < len(costs.seconds):
        words.append(f"cycle {cycle}: {duration(float(costs.totals[cycle]))}")
        words.append(f"all {len(costs.seconds)}: {duration(float(costs.totals.sum()))}")
        peak = int(costs.peak_bytes.max()) if costs.peak_bytes.size else 0
        if peak:
            words.append(f"peak memory {memory(peak)}")
    return html.strong("Cost per cycle") + " " + html.soft(" · ".join(words))


def _key(phases: tuple[str, ...]) -> str:
    parts = [
        html.tag("span", html.tag("i", "■", style=f"color:{PHASE_COLORS.get(name, '#9aa0a8')}"), escape(name))
        for name in phases
    ]
    return html.tag("div", *parts, kind="alviz-key")
