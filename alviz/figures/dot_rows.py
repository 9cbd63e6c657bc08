"""Numbers with their intervals, a row each: the mean as a mark, what is known of it as a bar, the seeds as dots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.figures.bands import line_style
from alviz.figures.page import RULE, SMALL, TYPE, Text, axis, page, pixels, points, strip, text_width, texts

# Pixels of a row, around the data, and between the data and what stands beside it.
_ROW, _ABOVE, _BELOW, _AIR = 17.0, 5.0, 36.0, 8.0
# Of a line of words below, the mark, a dot, and the bar.
_LINE, _MEAN, _SEED, _BAR = 13.0, 7.5, 3.5, 6.0
_SHADE = 0.28
# Between words and the page's edge.
_EDGE = 3.0


@dataclass(frozen=True, eq=False)
class DotRow:
    """One row.

    Attributes
    ----------
    name : str
    mean, low, high : float
        The mark and the ends of its bar; NaN for none.
    points : ndarray of float64, (seeds,)
        NaN where a seed has none.
    text : str
        What stands at the right end.
    style : int
        Which of the palette's colors and marks, as in `band_curves`.
    open : bool
        Whether there is more beyond the end of the axis: an arrow says so.
    """

    name: str
    mean: float
    low: float
    high: float
    points: NDArray[np.float64]
    text: str = ""
    style: int = 0
    open: bool = False


def dot_rows(
    rows: Sequence[DotRow], *, x_title: str, note: str = "", end: float | None = None, width: str | float = "column"
) -> Any:
    """Draw rows from the top down.

    Parameters
    ----------
    rows : sequence of DotRow
    x_title : str
    note : str
        A line below: what mark, bar and dots are.
    end : float, optional
        Up to where the axis goes at the least.
    width : "column", "text" or float
        Inches.

    Returns
    -------
    plotly.graph_objects.Figure
        For each row the traces "bar-0", "seeds-0" and "mean-0", and "open-0" for an arrow; then "names".
    """
    import plotly.graph_objects as go

    across = pixels(width)
    below = _BELOW + (_LINE if note else 0.0)
    height = round(_ROW * len(rows) + _ABOVE + below)
    left = max((text_width(row.name, SMALL) for row in rows), default=0.0) + _AIR + _EDGE
    right = max((text_width(row.text, SMALL) for row in rows), default=0.0) + _AIR + _EDGE
    ends = _ends(rows, end)
    traces = [trace for i, row in enumerate(rows) for trace in _row(i, row, ends[1])]
    middles = [height - _ABOVE - _ROW * (i + 0.5) for i in range(len(rows))]
    lines = [Text(row.name, left - _AIR, y, "left") for row, y in zip(rows, middles, strict=True)]
    lines += [Text(row.text, across - _EDGE, y, "left") for row, y in zip(rows, middles, strict=True)]
    inner = {"x": [left / across, 1 - right / across], "y": [below / height, 1 - _ABOVE / height]}
    grid = {"showgrid": True, "gridcolor": RULE, "gridwidth": points(0.3)}
    x = axis("", range=list(ends), domain=inner["x"], tickformat=",", **{**grid, "nticks": 6})
    y = {"visible": False, "range": [len(rows) - 0.5, -0.5], "domain": inner["y"], "fixedrange": True}
    layout = page(across, height, xaxis=x, yaxis=y) | strip("2", across, height, 0, height)
    lines.append(_below(x_title, 9.0 + below - _BELOW, left, right, across, TYPE))
    if note:
        lines.append(_below(note, 7.0, left, right, across, SMALL))
    return go.Figure([*traces, texts(lines, "2", "names")], layout)


def _below(text: str, y: float, left: float, right: float, across: float, size: float) -> Text:
    """Return a line of words below the middle of the axis, or as near to it as the page's edges let them."""
    room = text_width(text, size) / 2 + _EDGE
    center = min(max((left + across - right) / 2, room), max(across - room, across / 2))
    return Text(text, center, y, "center", size)


def _row(index: int, row: DotRow, end: float) -> list[Any]:
    import plotly.graph_objects as go

    style = line_style(row.style)
    color, name = style["color"], escape(row.name)
    there = row.points[np.isfinite(row.points)]
    told = f"{name}<br>%{{x:.4g}}<extra></extra>"
    found = []
    if np.isfinite(row.low):
        shade = {"color": color, "width": _BAR}
        ends = {"x": [row.low, row.high], "y": [index, index], "mode": "lines", "line": shade, "opacity": _SHADE}
        found.append(go.Scatter(uid=f"bar-{index}", hoverinfo="skip", **ends))
    dots = {"color": color, "size": _SEED, "line": {"width": 0}}
    level = np.full(len(there), index)
    found.append(
        go.Scatter(uid=f"seeds-{index}", name=name, x=there, y=level, mode="markers", marker=dots, hovertemplate=told)
    )
    if np.isfinite(row.mean):
        mark = {"color": color, "size": _MEAN, "symbol": style["symbol"], "line": {"width": 0.8, "color": "white"}}
        found.append(
            go.Scatter(
                uid=f"mean-{index}",
                name=name,
                x=[row.mean],
                y=[index],
                mode="markers",
                marker=mark,
                hovertemplate=told,
                cliponaxis=False,
            )
        )
    if row.open:
        mark = {"color": color, "size": _MEAN, "symbol": "triangle-right-open", "line": {"width": 1}}
        found.append(
            go.Scatter(
                uid=f"open-{index}",
                name=name,
                x=[end],
                y=[index],
                mode="markers",
                marker=mark,
                hovertemplate=f"{name}<br>{escape(row.text)}<extra></extra>",
                cliponaxis=False,
            )
        )
    return found


def _ends(rows: Sequence[DotRow], end: float | None) -> tuple[float, float]:
    """Return the ends of the axis: all seeds and means, and bars as far as they are not wider than all of that.

    A bar of two seeds is 13 deviations long: it runs out of the picture, and what it is of stays to be seen.
    """
    core = np.concatenate([*(row.points for row in rows), [row.mean for row in rows], [] if end is None else [end]])
    core = core[np.isfinite(core)]
    low, high = (float(core.min()), float(core.max())) if core.size else (0.0, 1.0)
    span = high - low or 1.0
    bars = np.array([edge for row in rows for edge in (row.low, row.high) if np.isfinite(edge)])
    if bars.size:
        low, high = max(min(low, bars.min()), low - span / 2), min(max(high, bars.max()), high + span / 2)
    pad = 0.04 * (high - low)
    return low - pad, high + pad
