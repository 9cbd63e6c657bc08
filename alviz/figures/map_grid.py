"""A grid of maps for a paper: what each sampler picked in each cycle, small, and the same in every panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.figures.legend import Item, Legend
from alviz.figures.page import HAIRLINE, INK, MOST_VECTORS, RULE, TYPE, page, pixels, points, strip
from alviz.figures.palette import LIGHT, UNKNOWN, class_colors
from alviz.figures.selection_map import Coloring

# More class colors than this tell nobody anything: the legend leaves them out.
_MOST_CLASSES = 20
# Pixels between panels, and between them and the legend.
_GAP, _BELOW = 4.0, 3.0


@dataclass(frozen=True, eq=False)
class Panel:
    """One map.

    Attributes
    ----------
    ids : ndarray of int64, (m,)
        Pool rows of the points.
    xy : ndarray of float32, (m, 2)
    classes : ndarray of int64, (m,)
        -1 where the class is not known.
    labeled : ndarray of bool, (m,)
    picked : ndarray of int64, (b,)
        Positions in `ids`, in pick order.
    """

    ids: NDArray[np.int64]
    xy: NDArray[np.float32]
    classes: NDArray[np.int64]
    labeled: NDArray[np.bool_]
    picked: NDArray[np.int64]


def map_grid(
    panels: Sequence[Sequence[Panel]],
    rows: Sequence[str],
    columns: Sequence[str],
    classes: Sequence[str],
    *,
    width: str | float = "column",
) -> Any:
    """Draw panels in rows and columns: unlabeled dots, rings around the labeled, diamonds on what was picked.

    Parameters
    ----------
    panels : sequence of rows of Panel
    rows, columns : sequence of str
        What stands beside each row and above each column.
    classes : sequence of str
        Class names, for the legend below.
    width : "column", "text" or float
        Inches.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces "unlabeled-0-1", "labeled-0-1" and "picked-0-1" of the panel in row 0, column 1, with ids as
        ``customdata``; then the legend. Above `MOST_VECTORS` points they are drawn by WebGL, which is exported as
        a picture inside the vector page.
    """
    import plotly.graph_objects as go

    raster = sum(len(panel.ids) for row in panels for panel in row) > MOST_VECTORS
    frame = _Frame(pixels(width), len(rows), len(columns), _legend(panels, classes))
    box = {"mirror": True, "showline": True, "linecolor": RULE, "linewidth": points(HAIRLINE)}
    box |= {"showgrid": False, "zeroline": False, "ticks": "", "showticklabels": False}
    layout, traces = page(frame.width, frame.height, annotations=frame.titles(rows, columns)), []
    for i, row in enumerate(panels):
        for j, panel in enumerate(row):
            number = str(i * len(columns) + j + 1)
            traces += _panel(panel, f"{i}-{j}", number, frame.side, raster, len(classes))
            x, y = frame.place(i, j)
            middle, half = _square(panel.xy)
            for name, domain, anchor, at in (("xaxis", x, f"y{number}", 0), ("yaxis", y, f"x{number}", 1)):
                ends = [float(middle[at] - half), float(middle[at] + half)]
                layout[f"{name}{number}"] = {**box, "domain": domain, "anchor": anchor, "range": ends}
    last = str(len(rows) * len(columns) + 1)
    layout |= strip(last, frame.width, frame.height, 0, frame.legend.height)
    return go.Figure([*traces, *frame.legend.traces(last, frame.legend.height)], layout)


class _Frame:
    """Where everything stands, in pixels: square panels, titles outside, the legend below."""

    def __init__(self, width: float, rows: int, columns: int, items: Sequence[Sequence[Item]]) -> None:
        self.width = width
        self._left = self._above = points(TYPE) + 6
        self.legend = Legend(items, self._left + 1, width)
        self.side = (width - self._left - 1 - _GAP * (columns - 1)) / columns
        panels = rows * self.side + _GAP * (rows - 1)
        self.height = round(self._above + panels + _BELOW + self.legend.height)

    def place(self, row: int, column: int) -> tuple[list[float], list[float]]:
        """Return the domains of a panel."""
        left = self._left + column * (self.side + _GAP)
        top = self.height - self._above - row * (self.side + _GAP)
        x = [left / self.width, (left + self.side) / self.width]
        return x, [(top - self.side) / self.height, top / self.height]

    def titles(self, rows: Sequence[str], columns: Sequence[str]) -> list[dict[str, Any]]:
        """Return the annotations beside the rows and above the columns."""
        shared = {"xref": "paper", "yref": "paper", "showarrow": False, "borderpad": 0}
        shared |= {"xanchor": "center", "yanchor": "middle"}
        left, top = self._left / 2 / self.width, 1 - self._above / 2 / self.height
        beside = [(name, left, sum(self.place(i, 0)[1]) / 2, -90) for i, name in enumerate(rows)]
        above = [(name, sum(self.place(0, j)[0]) / 2, top, 0) for j, name in enumerate(columns)]
        return [
            {"text": escape(name), "x": x, "y": y, "textangle": angle, **shared} for name, x, y, angle in beside + above
        ]


def _legend(panels: Sequence[Sequence[Panel]], classes: Sequence[str]) -> list[list[Item]]:
    """Return the entries: what the marks mean, and the classes that are there."""
    marks = [
        Item("unlabeled", UNKNOWN, "circle", 3.0),
        Item("labeled", INK, "circle-open", 5.5, edge=1.0),
        Item("picked", UNKNOWN, "diamond", 6.5, edge=0.8),
    ]
    if len(classes) > _MOST_CLASSES:
        return [marks]
    colors = class_colors(len(classes))
    shown = np.unique(np.concatenate([panel.classes for row in panels for panel in row]))
    return [marks, [Item(classes[label], colors[label], "circle") for label in shown if label >= 0]]


def _panel(panel: Panel, place: str, number: str, side: float, raster: bool, classes: int) -> list[Any]:
    import plotly.graph_objects as go

    # As large as leaves the picture its grain: few points may be larger, many have to be small.
    dot = float(np.clip(0.5 * side / np.sqrt(max(len(panel.ids), 1)), 1.0, 3.0))
    unlabeled, rings = ~panel.labeled, panel.labeled.copy()
    unlabeled[panel.picked] = rings[panel.picked] = False
    ring, diamond = (_mark(side, count) for count in (int(rings.sum()), len(panel.picked)))
    groups: list[tuple[str, NDArray[np.int64], dict[str, Any]]] = [
        ("unlabeled", np.flatnonzero(unlabeled), {"size": dot, "opacity": LIGHT.dots, "line": {"width": 0}}),
        ("labeled", np.flatnonzero(rings), {"size": ring, "symbol": "circle-open", "line": {"width": 0.18 * ring}}),
        (
            "picked",
            panel.picked,
            {"size": 1.15 * diamond, "symbol": "diamond", "line": {"width": 0.12 * diamond, "color": INK}},
        ),
    ]
    coloring = Coloring.of_classes(panel.classes, classes)
    colors = {"colorscale": [list(step) for step in coloring.scale], "cmin": coloring.low, "cmax": coloring.high}
    return [
        (go.Scattergl if raster else go.Scatter)(
            uid=f"{name}-{place}",
            name=name,
            mode="markers",
            x=panel.xy[rows, 0],
            y=panel.xy[rows, 1],
            customdata=panel.ids[rows].astype(np.int32),
            marker={**marker, **colors, "color": coloring.values[rows]},
            hovertemplate="id %{customdata}<extra></extra>",
            xaxis=f"x{number}",
            yaxis=f"y{number}",
        )
        for name, rows, marker in groups
    ]


def _mark(side: float, count: int) -> float:
    """Return the size of a mark: a thousand of them have to leave room for each other."""
    return float(np.clip(side / 24, 4.5, 7.5) * np.clip(np.sqrt(80 / max(count, 1)), 0.35, 1.0))


def _square(xy: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """Return the middle and half the side of a square around the points, with some air."""
    if len(xy) == 0:
        return np.zeros(2), 1.0
    low, high = xy.min(axis=0).astype(np.float64), xy.max(axis=0).astype(np.float64)
    return (low + high) / 2, 0.53 * max(float((high - low).max()), 1e-6)
