"""The map in the middle: what is labeled, what is not, and what is picked now."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as w
import numpy as np

from alviz.figures import THEMES, Coloring, class_marks, selection_map
from alviz.maps import Layout, titles
from alviz.scenes import Picks, Scene, codes
from alviz.views import html
from alviz.views.canvas import Canvas
from alviz.views.controller import Controller
from alviz.views.state import State

_EMPTY = html.tag(
    "div",
    html.tag("div", "●&ensp;◆&ensp;○", kind="alviz-empty-mark"),
    html.strong("Nothing is fitted yet"),
    html.soft("Step trains on the initial labels and draws the first map."),
)


class MapPanel:
    """A head of words, one figure that is drawn into again and again, a key at the foot."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._layout: Layout | None = None
        self.head = w.HTML()
        self.foot = w.HTML()
        self.empty = w.HTML(_EMPTY)
        self.empty.add_class("alviz-empty")
        self.figure = Canvas(_nothing(), controller.reading, doubleClick="autosize")
        for trace in self.figure.data[:3]:
            trace.on_click(self._click)
        self.widget = w.VBox([self.head, self.empty, self.figure, self.foot])
        self.widget.add_class("alviz-map")
        names = ["frame", "coloring", "selected", "theme", "asking"]
        controller.state.observe(self._draw, names)
        self._draw()

    def drawn(self) -> dict[str, list[int]]:
        """Return the ids that each trace shows."""
        return {trace.name: np.asarray(trace.customdata).tolist() for trace in self.figure.data}

    def _click(self, trace: Any, points: Any, _: Any) -> None:
        if points.point_inds:
            self._controller.attempt(self._controller.select, int(trace.customdata[points.point_inds[0]]))

    def _draw(self, change: Any = None) -> None:
        state = self._controller.state
        frame = state.frame
        self.empty.layout.display = "none" if frame.scene is not None else ""
        if frame.scene is None or frame.layout is None:
            self.head.value = self.foot.value = ""
            return
        self.head.value = _head(frame.scene, frame.layout, state.method)
        self.foot.value = _foot(frame.scene, frame.picks, state)
        if change is None or change.name != "asking":
            drawing = _drawing(frame.scene, frame.layout, frame.picks, state)
            self._fill(drawing, frame.layout)

    def _fill(self, drawing: Any, layout: Layout) -> None:
        with self.figure.batch_update():
            for shown, new in zip(self.figure.data, drawing.data, strict=True):
                shown.update(x=new.x, y=new.y, customdata=new.customdata, marker=new.marker.to_plotly_json())
            self.figure.layout.annotations = drawing.layout.annotations
            if layout is not self._layout:
                # Only then: else every recolor would undo a zoom.
                self._layout = layout
                self.figure.layout.xaxis.range = drawing.layout.xaxis.range
                self.figure.layout.yaxis.range = drawing.layout.yaxis.range


def _drawing(scene: Scene, layout: Layout, picks: Picks | None, state: State) -> Any:
    theme = THEMES[state.theme]
    focus = layout.rows([] if state.selected is None else [state.selected])
    groups = scene.prediction if state.coloring == "prediction" else scene.truth
    return selection_map(
        layout.ids,
        layout.xy,
        _coloring(scene, picks, state, layout),
        labeled=scene.labeled_mask()[layout.ids],
        picked=layout.rows([] if picks is None else picks.selection.ids),
        focus=int(focus[0]) if len(focus) else None,
        marks=class_marks(layout.xy, groups[layout.ids], scene.classes),
        theme=theme,
    )


def _coloring(scene: Scene, picks: Picks | None, state: State, layout: Layout) -> Coloring:
    if state.coloring in ("class", "prediction"):
        labels = scene.prediction if state.coloring == "prediction" else scene.truth
        return Coloring.of_classes(labels[layout.ids], len(scene.classes))
    code = codes(scene, state.coloring, picks)[layout.ids].astype(np.float32)
    return Coloring.of_shares(np.where(code == 255, -1, code / 254).astype(np.float32), THEMES[state.theme])


def _nothing() -> Any:
    none = np.zeros(0, dtype=np.int64)
    colors = Coloring.of_classes(none, 1)
    return selection_map(none, np.zeros((0, 2), np.float32), colors, labeled=none.astype(bool), picked=none)


def _head(scene: Scene, layout: Layout, method: str) -> str:
    what = f"{layout.title} of cycle {layout.cycle} features ({layout.features})"
    right = "" if layout.trustworthiness is None else f"trustworthiness {layout.trustworthiness:.2f}"
    if layout.method != method or layout.cycle != scene.cycle:
        right = f"{titles()[method]} of cycle {scene.cycle} is being computed"
    elif layout.cycle > 0:
        right += f" · follows cycle {layout.cycle - 1}"
    return html.tag("div", html.soft(what), html.soft(right), kind="alviz-ends")


def _foot(scene: Scene, picks: Picks | None, state: State) -> str:
    n_picks = 0 if picks is None else len(picks.selection)
    key = [
        ("●", f"unlabeled {scene.size - len(scene.labels) - n_picks:,}", "alviz-dot"),
        ("○", f"labeled {len(scene.labels):,}", "alviz-ring"),
        ("◆", _picked(scene, picks, state.asking), "alviz-diamond"),
    ]
    left = "".join(html.tag("span", html.tag("i", mark, kind=kind), escape(text)) for mark, text, kind in key)
    right = html.soft("drag to zoom")
    if state.coloring in ("score", "entropy"):
        scale = html.tag("i", kind="alviz-scale")
        words = ("low score", "high") if state.coloring == "score" else ("certain", "uncertain")
        right = html.tag("span", html.soft(words[0]), scale, html.soft(words[1]), kind="alviz-key")
    return html.tag("div", html.tag("span", left, kind="alviz-key"), right, kind="alviz-ends")


def _picked(scene: Scene, picks: Picks | None, asking: bool) -> str:
    if picks is not None:
        text = f"picked now {len(picks.selection):,}"
        return f"{text} · preview" if picks.preview else text
    if asking:
        return "asking for picks"
    return "nothing left to pick" if len(scene.labels) >= scene.size else "no picks"
