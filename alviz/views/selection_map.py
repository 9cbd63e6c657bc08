"""The selection map: every example a point, what is labeled, and on top what is picked now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anywidget
import ipywidgets as w
import numpy as np
import traitlets as t
from numpy.typing import NDArray

from alviz import web
from alviz.errors import AlvizError
from alviz.graphs.knn import unit_rows
from alviz.scenes import Scene
from alviz.views import html
from alviz.views.canvas import Canvas
from alviz.views.catalog import Catalog, shown_marks
from alviz.views.facts import facts
from alviz.views.feed import Feed
from alviz.views.picture import plotly_map
from alviz.views.sprites import is_ink
from alviz.views.state import Lasso
from alviz.views.view import View

# Edges that are drawn from a point.
_NEIGHBORS = 10

_EMPTY = html.tag(
    "div",
    html.tag("div", "●&ensp;◆&ensp;○", kind="alviz-empty-mark"),
    html.strong("Nothing is fitted yet"),
    html.soft("Step trains on the initial labels and draws the first map."),
)


class MapWidget(anywidget.AnyWidget):
    """The page's side: draws what the catalog and the view name from the columns that it was sent."""

    _esm = web.module("widget.js")
    _css = web.style()
    catalog = t.Dict().tag(sync=True)
    view = t.Dict().tag(sync=True)


class SelectionMap(View):
    """A map of one cycle's features with the picks on top; the arrow keys walk through the cycles.

    Parameters
    ----------
    shown : CycleRunner, Run, View or Explorer
    *more : CycleRunner or Run
        Other branches on the same pool.
    """

    def _build(self) -> list[w.Widget]:
        self.page = MapWidget()
        self.page.on_msg(self._hear)
        self._feed = Feed(self.controller, self._send_column)
        # The last action of the page that is known here: what it did since must not be undone by an echo.
        self._serial = 0
        self._catalog = Catalog()
        self.empty = w.HTML(_EMPTY)
        self.empty.add_class("alviz-empty")
        self._box = w.VBox([self.page, self.empty])
        self._box.add_class("alviz-map-box")
        self._fallback: Canvas | None = None
        names = ["frame", "coloring", "selected", "branches", "fitted", "compared", "pair", "playing", "edges"]
        self.controller.state.observe(self._draw, names)
        self._draw()
        return [self._box]

    def drawn(self) -> dict[str, Any]:
        """Return what the page was told to draw: for tests and for reports of a problem."""
        return {"view": self.page.view, "columns": self._feed.sent, "fallback": self._fallback is not None}

    # -- to the page ----------------------------------------------------------------------------------

    def _send_column(self, key: str, column: NDArray[Any], about: dict[str, Any] | None) -> None:
        dtype = column.dtype.str[1:]
        self.page.send({"kind": "column", "key": key, "dtype": dtype, "about": about}, [column.tobytes()])

    def _draw(self, _: Any = None) -> None:
        state = self.controller.state
        self.empty.layout.display = "none" if state.frame.scene is not None else ""
        if state.frame.scene is None:
            return
        marks = shown_marks(state)
        self._feed.update(marks)
        told = self._catalog.of(state, marks)
        if told != self.page.catalog:
            self.page.catalog = told
        self.page.view = {
            "serial": self._serial,
            "branch": state.branch,
            "cycle": state.cycle,
            "method": self._feed.method(),
            "coloring": state.coloring,
            "selected": state.selected,
            "playing": state.playing and self.controller.player is self,
            "edges": state.edges,
            "notice": self.controller.placing.notice,
        }
        if self._fallback is not None:
            self._draw_without_webgl()

    # -- from the page --------------------------------------------------------------------------------

    def _hear(self, _: Any, message: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        kind = message["kind"]
        act = self.controller.attempt
        match kind:
            case "hello":
                with self.controller.reading():
                    self.controller.player = self
                    self._feed.restart()
                    self._draw()
            case "go":
                self._serial = message["serial"]
                act(self.controller.go, message["cycle"], message["branch"])
            case "select":
                act(self.controller.select, message["id"])
            case "step":
                act(self.controller.step)
            case "play":
                act(self.controller.play, message["playing"])
            case "lasso":
                ids = np.sort(np.frombuffer(buffers[0], dtype=np.uint32)).astype(np.int64)
                polygon = tuple((float(x), float(y)) for x, y in message["polygon"])
                act(self.controller.lasso, Lasso(ids, polygon, message["shape"]))
            case "clear":
                act(self.controller.lasso, None)
            case "unsupported":
                act(self._draw_without_webgl)
            case "facts" | "neighbors":
                self._reply(kind, message)

    def _reply(self, kind: str, message: dict[str, Any]) -> None:
        """Answer a question of the page; a question about another cycle than the shown one is out of date."""
        try:
            with self.controller.reading() as state:
                scene = state.frame.scene
                if scene is None or (state.branch, state.cycle) != (message["branch"], message["cycle"]):
                    raise AlvizError("another cycle is shown")
                tell = self._facts if kind == "facts" else self._neighbors
                answer, buffers = tell(scene, message["id"])
        except AlvizError as error:
            answer, buffers = {"error": str(error)}, []
        self.page.send({"kind": "reply", "token": message["token"], **answer}, buffers)

    def _facts(self, scene: Scene, id: int) -> tuple[dict[str, Any], list[bytes]]:
        state = self.controller.state
        told = facts(scene, state.frame.picks, state.compared, id)
        answer: dict[str, Any] = {"title": told.title, "lines": told.lines(), "ink": False}
        if scene.pool is None or not scene.pool.pictured:
            return answer, []
        image = scene.pool.thumbnails([id])
        return {**answer, "ink": is_ink(scene.pool)}, [html.png(image)]

    def _neighbors(self, scene: Scene, id: int) -> tuple[dict[str, Any], list[bytes]]:
        """Return the nearest points of the map, by cosine of the features that it shows."""
        points = self._feed.points
        features = scene.run.snapshot(scene.cycle).features
        if features is None:
            raise AlvizError("this cycle holds no features")
        rows = unit_rows(np.asarray(features[points], dtype=np.float32))
        similarity = rows @ unit_rows(np.asarray(features[[id]], dtype=np.float32))[0]
        similarity[points == id] = -2
        nearest = np.argsort(-similarity, kind="stable")[:_NEIGHBORS]
        return {"ids": True}, [points[nearest].astype(np.uint32).tobytes()]

    # -- without WebGL2 -------------------------------------------------------------------------------

    def _draw_without_webgl(self) -> None:
        """Draw by plotly where the browser has no WebGL2."""
        state = self.controller.state
        if state.frame.scene is None or state.frame.layout is None:
            return
        drawing = plotly_map(state, state.frame.scene, state.frame.layout)
        if self._fallback is None:
            self._fallback = Canvas(drawing, self.controller.reading)
            self._box.children = [self.page, self._fallback, self.empty]
            return
        with self._fallback.batch_update():
            for shown, new in zip(self._fallback.data, drawing.data, strict=True):
                shown.update(x=new.x, y=new.y, customdata=new.customdata, marker=new.marker.to_plotly_json())
            self._fallback.layout.annotations = drawing.layout.annotations
            self._fallback.layout.xaxis.range = drawing.layout.xaxis.range
            self._fallback.layout.yaxis.range = drawing.layout.yaxis.range
