"""A legend in small type, line by line outside of the data: plotly's own takes columns of one width and much room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alviz.figures.page import INK, SMALL, Text, points, text_width, texts

LINE = 15.0
_STROKE, _MARK, _GAP, _AIR = 18.0, 8.0, 3.0, 9.0


@dataclass(frozen=True)
class Item:
    """One entry: a marker, a stroke with or without one, or text alone.

    Attributes
    ----------
    name : str
    color : str
    symbol : str, optional
    size : float
        Of the marker, in pixels.
    outline : str
        The color of its edge.
    edge : float
        Its width; 0 for none.
    dash : str, optional
        Of the stroke; None for none.
    """

    name: str
    color: str = INK
    symbol: str | None = None
    size: float = 5.5
    outline: str = INK
    edge: float = 0.0
    dash: str | None = None

    @property
    def sample(self) -> float:
        """Pixels of what stands before the name."""
        return _STROKE if self.dash else _MARK if self.symbol else 0.0

    @property
    def room(self) -> float:
        """Pixels of the whole entry."""
        return self.sample + _GAP + text_width(self.name, SMALL) + _AIR


class Legend:
    """Entries in lines of a given width; each group begins a line unless all fit on one.

    Parameters
    ----------
    groups : sequence of sequences of Item
    left, right : float
        Pixels between which the lines stand.
    """

    def __init__(self, groups: Sequence[Sequence[Item]], left: float, right: float) -> None:
        self._left = left
        width = right - left + _AIR
        every = [item for group in groups for item in group]
        if sum(item.room for item in every) <= width:
            groups = [every]
        self.lines: list[list[Item]] = []
        for group in groups:
            used = width + 1
            for item in group:
                if used + item.room > width:
                    self.lines.append([])
                    used = 0.0
                self.lines[-1].append(item)
                used += item.room

    @property
    def height(self) -> float:
        """Pixels of all lines."""
        return LINE * len(self.lines)

    def traces(self, number: str, top: float) -> list[Any]:
        """Return the legend in the axes of a `strip`, its first line below `top`."""
        import plotly.graph_objects as go

        axes = {"xaxis": f"x{number}", "yaxis": f"y{number}", "hoverinfo": "skip", "cliponaxis": False}
        strokes, marks, names = [], [], []
        for row, line in enumerate(self.lines):
            x, y = self._left, top - LINE * (row + 0.5)
            for item in line:
                middle = x + item.sample / 2
                if item.dash:
                    stroke = {"color": item.color, "width": points(1.1), "dash": item.dash}
                    strokes.append(go.Scatter(x=[x, x + item.sample], y=[y, y], mode="lines", line=stroke, **axes))
                if item.symbol:
                    marks.append((middle, y, item))
                names.append(Text(item.name, x + item.sample + _GAP, y))
                x += item.room
        marker = {
            "symbol": [item.symbol for _, _, item in marks],
            "color": [item.color for _, _, item in marks],
            "size": [item.size for _, _, item in marks],
            "line": {"width": [item.edge for _, _, item in marks], "color": [item.outline for _, _, item in marks]},
            "opacity": 1,
        }
        drawn = go.Scatter(
            x=[x for x, _, _ in marks], y=[y for _, y, _ in marks], mode="markers", marker=marker, **axes
        )
        return [*strokes, drawn.update(name="legend-marks"), texts(names, number, "legend")]
