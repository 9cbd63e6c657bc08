"""plotly's FigureWidget, as views use it: drawn into again and again, from one side only."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import traitlets as t


class Canvas(go.FigureWidget):
    """A FigureWidget that does not read back what the page made of it.

    After each drawing the page reports every default and computed value. plotly 7.1 takes that report while
    the next drawing may be under way: the report then holds pieces of arrays, on which it raises. Views have
    no use for it; clicks and zooms come by other messages.
    """

    def __init__(self, figure: Any = None, **config: Any) -> None:
        super().__init__(figure)
        self._config = {"displayModeBar": False, "responsive": True, "showTips": False, **config}
        self.add_class("alviz-figure")

    @t.observe("_js2py_traceDeltas")
    def _handler_js2py_traceDeltas(self, change: Any) -> None:  # noqa: N802 - plotly's name
        if change.new:
            self._trace_edit_in_process = False
            self._js2py_traceDeltas = None

    @t.observe("_js2py_layoutDelta")
    def _handler_js2py_layoutDelta(self, change: Any) -> None:  # noqa: N802 - plotly's name
        if change.new:
            self._layout_edit_in_process = False
            self._js2py_layoutDelta = None
