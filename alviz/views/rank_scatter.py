"""Two samplers candidate by candidate: what one wants most, and whether the other wants it too."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as w
import numpy as np

from alviz.figures import THEMES, rank_panel
from alviz.figures.agreement_panels import PAIR
from alviz.views import html
from alviz.views.canvas import Canvas
from alviz.views.comparing import all_answers
from alviz.views.state import Answer
from alviz.views.view import View

_BEGIN = "Click a cell of the agreement matrix to see how its two samplers rank the candidates."
_NO_SCORES = "The scores of these picks were not kept: there are no ranks."
_SIGNS = ("◆", "▲", "■")


class RankScatter(View):
    """The ranks of the candidates under the two samplers of the pair, and what either picks.

    Parameters
    ----------
    shown : CycleRunner, Run, View or Explorer
    *more : CycleRunner or Run
        Other branches on the same pool.
    """

    _kind = "alviz-pairs"

    def _build(self) -> list[w.Widget]:
        self.head = w.HTML(html.strong("Ranks"))
        self.close = w.Button(description="×", tooltip="Tell them apart no more", layout={"width": "auto"})
        self.close.add_class("alviz-link")
        self.close.on_click(lambda _: self.controller.attempt(self.controller.pair, None, None))
        head = w.HBox([self.head, self.close])
        head.add_class("alviz-options-head")
        self.note = w.HTML()
        nothing = np.zeros(0, dtype=np.float32)
        nobody = np.zeros(0, dtype=np.int64)
        theme = THEMES[self.controller.state.theme]
        empty = rank_panel((nothing, nothing), ("", ""), (nobody, nobody), theme=theme)
        self.figure = Canvas(empty, self.controller.reading)
        for trace in self.figure.data:
            trace.on_click(self._click)
        self._room = w.VBox([self.figure])
        self._room.add_class("alviz-room")
        self._drawn: tuple[Any, ...] = ()
        self.controller.state.observe(self._draw, ["pair", "compared", "frame", "sampler", "theme"])
        self._draw()
        return [head, self.note, self._room]

    def _draw(self, _: Any = None) -> None:
        state = self.controller.state
        answers = {answer.name: answer for answer in all_answers(state)}
        pair = [answers[name] for name in state.pair or () if name in answers]
        self.close.layout.display = "" if len(pair) == 2 else "none"
        why = _why_not(pair)
        self._room.layout.display = "none" if why else ""
        if why:
            self.note.value = html.soft(why)
            return
        a, b = pair
        drawn = (a.name, b.name, a.selection, b.selection, state.theme)
        if drawn != self._drawn:
            self._drawn = drawn
            self._show(a, b)

    def _show(self, a: Answer, b: Answer) -> None:
        first, second = a.selection, b.selection
        if first is None or second is None:
            return
        drawing = rank_panel(
            (first.scores, second.scores),
            (a.name, b.name),
            (first.ids, second.ids),
            theme=THEMES[self.controller.state.theme],
        )
        words = (f"only {a.name}", f"only {b.name}", "both")
        self.note.value = html.tag(
            "div",
            *(
                html.tag("span", html.tag("i", sign, style=f"color:{color}"), f"{escape(text)} {len(trace.x):,}")
                for sign, (_, color, _), text, trace in zip(_SIGNS, PAIR, words, drawing.data[1:], strict=True)
            ),
            kind="alviz-pair-key",
        )
        with self.figure.batch_update():
            for shown, new in zip(self.figure.data, drawing.data, strict=True):
                shown.update(new.to_plotly_json())
            self.figure.layout.xaxis.title = drawing.layout.xaxis.title
            self.figure.layout.yaxis.title = drawing.layout.yaxis.title

    def _click(self, trace: Any, points: Any, _: Any) -> None:
        if points.point_inds:
            self.controller.attempt(self.controller.select, int(trace.customdata[points.point_inds[0]]))


def _why_not(pair: list[Answer]) -> str:
    """Return why there is nothing to draw; empty where there is."""
    if len(pair) < 2:
        return _BEGIN
    for answer in pair:
        if answer.selection is None:
            return f"{answer.name} has not answered: {answer.error}." if answer.error else f"{answer.name} is asked."
    scored = [np.isfinite(answer.selection.scores) for answer in pair if answer.selection is not None]
    return "" if (scored[0] & scored[1]).any() else _NO_SCORES
