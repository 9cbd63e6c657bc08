"""The map in the middle: what is labeled, what is not, and what is picked now."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as w
import numpy as np
import plotly.graph_objects as go

from alviz.figures import THEMES, TRACES, class_marks, selection_map
from alviz.maps import METHODS, Layout
from alviz.views import html
from alviz.views.controller import Controller
from alviz.views.scene import Frame, Picks, Scene, color

_CONFIG = {"displayModeBar": False, "responsive": True, "doubleClick": "autosize", "showTips": False}


class MapPanel:
    """A head of words, one figure that is drawn into again and again, a key at the foot."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._layout: Layout | None = None
        self.head = w.HTML()
        self.foot = w.HTML()
        self.empty = w.HTML(_EMPTY)
        self.empty.add_class("alviz-empty")
        self.figure = go.FigureWidget(_nothing())
        self.figure._config = _CONFIG
        self.figure.add_class("alviz-figure")
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
        self.foot.value = _foot(frame, state.coloring, state.asking)
        if change is None or change.name != "asking":
            self._fill(_figure(frame, state.coloring, state.selected, state.theme))

    def _fill(self, drawing: Any) -> None:
        layout = self._controller.state.frame.layout
        with self.figure.batch_update():
            for shown, new in zip(self.figure.data, drawing.data, strict=True):
                shown.update(x=new.x, y=new.y, customdata=new.customdata, marker=new.marker.to_plotly_json())
            self.figure.layout.annotations = drawing.layout.annotations
            if layout is not self._layout:
                # Only then: else every recolor would undo a zoom.
                self._layout = layout
                self.figure.layout.xaxis.range = drawing.layout.xaxis.range
                self.figure.layout.yaxis.range = drawing.layout.yaxis.range


def _figure(frame: Frame, coloring: str, selected: int | None, theme: str) -> Any:
    scene, layout = frame.scene, frame.layout
    assert scene is not None and layout is not None  # noqa: S101, PT018
    picked = layout.rows([] if frame.picks is None else frame.picks.selection.ids)
    focus = None if selected is None else layout.rows([selected])
    groups = scene.prediction if coloring == "prediction" else scene.truth
    return selection_map(
        layout.ids,
        layout.xy,
        color(frame, coloring, layout.ids, THEMES[theme]),
        labeled=scene.labeled_mask()[layout.ids],
        picked=picked,
        focus=int(focus[0]) if focus is not None and len(focus) else None,
        marks=class_marks(layout.xy, groups[layout.ids], scene.classes),
        theme=THEMES[theme],
    )


def _nothing() -> Any:
    none = np.zeros(0, dtype=np.int64)
    classes = color_of_nothing()
    return selection_map(none, np.zeros((0, 2), np.float32), classes, labeled=none.astype(bool), picked=none)


def _head(scene: Scene, layout: Layout, method: str) -> str:
    what = f"{METHODS[layout.method]} of cycle {layout.cycle} features ({layout.features})"
    right = "" if layout.trustworthiness is None else f"trustworthiness {layout.trustworthiness:.2f}"
    if layout.method != method or layout.cycle != scene.cycle:
        right = f"{METHODS[method]} of cycle {scene.cycle} is being computed"
    elif layout.cycle > 0:
        right += f" · follows cycle {layout.cycle - 1}"
    return html.tag("div", html.soft(what), html.soft(right), kind="alviz-ends")


def _foot(frame: Frame, coloring: str, asking: bool) -> str:
    scene, picks = frame.scene, frame.picks
    assert scene is not None  # noqa: S101
    n_picks = 0 if picks is None else len(picks.selection)
    key = [
        ("●", f"unlabeled {scene.size - len(scene.labels) - n_picks:,}", "alviz-dot"),
        ("○", f"labeled {len(scene.labels):,}", "alviz-ring"),
        ("◆", _picked(picks, asking), "alviz-diamond"),
    ]
    left = "".join(html.tag("span", html.tag("i", mark, kind=kind), escape(text)) for mark, text, kind in key)
    right = html.soft("drag to zoom · double-click for all")
    if coloring in ("score", "uncertainty"):
        scale = html.tag("i", kind="alviz-scale")
        words = ("low score", "high") if coloring == "score" else ("certain", "uncertain")
        right = html.tag("span", html.soft(words[0]), scale, html.soft(words[1]), kind="alviz-key")
    return html.tag("div", html.tag("span", left, kind="alviz-key"), right, kind="alviz-ends")


def _picked(picks: Picks | None, asking: bool) -> str:
    if picks is None:
        return "asking for picks" if asking else "nothing left to pick"
    text = f"picked now {len(picks.selection):,}"
    return f"{text} · preview of {picks.sampler['name']}" if picks.preview else text
