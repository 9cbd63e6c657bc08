"""plotly's FigureWidget, as views use it: drawn into again and again, from one side only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

# plotly asks sys.modules for pandas whenever it is given an array, and fails on one that another thread has
# half imported: the worker's libraries import it when they are first used.
import pandas  # noqa: F401
import plotly.graph_objects as go
import traitlets as t


class Canvas(go.FigureWidget):
    """A FigureWidget that does not read back what the page made of it.

    After each drawing the page reports every default and computed value. plotly 7.1 takes that report while
    the next drawing may be under way: the report then holds pieces of arrays, on which it raises. Views have
    no use for it; clicks and zooms come by other messages.

    Parameters
    ----------
    figure : plotly Figure
    lock : callable
        Returns the lock, as a context manager, under which the views draw.
    **config
        plotly's own settings of the page's side.
    """

    def __init__(self, figure: Any, lock: Callable[[], AbstractContextManager[Any]], **config: Any) -> None:
        self._lock = lock
        super().__init__(figure)
        self._config = {"displayModeBar": False, "responsive": True, "showTips": False, **config}
        self.add_class("alviz-figure")

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the page sends, but never while another thread draws.

        traitlets holds back and merges all notifications of a widget meanwhile: plotly sends a drawing by
        setting a trait and clearing it again, which merges to nothing, and the page would miss the drawing.
        """
        with self._lock():
            super().set_state(sync_data)

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
