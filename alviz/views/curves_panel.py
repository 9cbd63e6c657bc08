"""The curves: whether it was worth it."""

from __future__ import annotations

from typing import Any

import ipywidgets as w
import numpy as np

from alviz.figures import Curve, accuracy_curves
from alviz.views import html
from alviz.views.branch import Branch, short_names
from alviz.views.canvas import Canvas
from alviz.views.controller import Controller


class CurvesPanel:
    """Test accuracy of every branch in one figure."""

    def __init__(self, controller: Controller) -> None:
        self._state = controller.state
        self.head = w.HTML()
        self.figure = Canvas(self._drawing(), controller.reading)
        self.widget = w.VBox([self.head, self.figure])
        self.widget.add_class("alviz-curves")
        self._state.observe(self._draw, ["branches", "branch", "fitted", "cycle"])
        self._draw()

    def _drawing(self) -> Any:
        state = self._state
        names = short_names(state.branches)
        curves = [_curve(branch, name, state.branches) for branch, name in zip(state.branches, names, strict=True)]
        return accuracy_curves(curves, state.branch, state.cycle if state.fitted else None)

    def _draw(self, _: Any = None) -> None:
        scene = self._state.frame.scene
        words = "this pool has no test split" if scene is not None and scene.accuracy is None else "against labels"
        self.head.value = html.strong("Test accuracy") + " " + html.soft(words)
        drawing = self._drawing()
        with self.figure.batch_update():
            for new in drawing.data[len(self.figure.data) :]:
                self.figure.add_trace(new)
            for shown, new in zip(self.figure.data, drawing.data, strict=True):
                shown.update(new.to_plotly_json())
            layout = self.figure.layout
            layout.annotations, layout.shapes = drawing.layout.annotations, drawing.layout.shapes
            layout.margin, layout.showlegend = drawing.layout.margin, drawing.layout.showlegend
            layout.xaxis, layout.yaxis = drawing.layout.xaxis, drawing.layout.yaxis


def _curve(branch: Branch, name: str, branches: tuple[Branch, ...]) -> Curve:
    records = [branch.run.record(cycle) for cycle in range(branch.run.fitted)]
    shown = {other.run.uid for other in branches}
    # What a fork shares is drawn on its parent's line, if that is there.
    parent_shown = branch.run.parent is not None and branch.run.parent.uid in shown
    return Curve(
        name,
        np.array([record.labeled for record in records], dtype=np.int64),
        np.array([record.metrics.get("accuracy", np.nan) for record in records], dtype=np.float32),
        branch.shared_fits() if parent_shown else 0,
    )
