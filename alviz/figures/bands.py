"""Curves for a paper: a line of means over seeds, and a band of one standard deviation around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.figures.legend import Item, Legend
from alviz.figures.page import LEVEL, LEVELS, RULE, axis, page, pixels, points, strip
from alviz.figures.palette import BRANCHES

# Lines are told apart without color too, and past the palette's end by their dashes.
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "x", "star", "pentagon", "hexagon")
_DASHES = ("solid", "dash", "dot")
_MARKER = 5.0
_SHADE = 0.2
# Values that are ticks, and how often the nearest two fit into the axis without touching.
_MOST_TICKS, _CROWDED = 7, 10
# Pixels around the data, where ticks and titles stand.
_LEFT, _RIGHT, _BELOW, _ABOVE = 44.0, 12.0, 34.0, 5.0
# Half as wide again as high, and on a wide page not higher than a third of it.
_RATIO, _HIGHEST = 0.62, 230.0


@dataclass(frozen=True, eq=False)
class Band:
    """One line.

    Attributes
    ----------
    name : str
    x : sequence, (k,)
        Ascending numbers, or texts.
    mean : ndarray of float64, (k,)
    std : ndarray of float64, (k,)
        Half the height of the band; NaN where a value stands alone.
    """

    name: str
    x: Sequence[float] | Sequence[str]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]


def band_curves(
    bands: Sequence[Band],
    *,
    x_title: str,
    y_title: str,
    levels: Mapping[str, float] | None = None,
    note: str = "",
    width: str | float = "column",
) -> Any:
    """Draw means against numbers, each in its band.

    Parameters
    ----------
    bands : sequence of Band
    x_title, y_title : str
    levels : mapping of str to float, optional
        What is the same everywhere, such as the accuracy with all labels: dashed lines across.
    note : str
        What the legend tells last.
    width : "column", "text" or float
        Inches; see `alviz.figures.page.WIDTHS`.

    Returns
    -------
    plotly.graph_objects.Figure
        For each line, the trace "band-0" (where there is a deviation) and the trace "mean-0"; "level-0", ...; the
        legend.
    """
    import plotly.graph_objects as go

    levels = {} if levels is None else levels
    ends = _padded(np.concatenate([np.asarray(band.x, dtype=np.float64) for band in bands]), 0.03)
    shades = [_shade(i, band) for i, band in enumerate(bands) if np.isfinite(band.std).any()]
    lines = [_line(i, band) for i, band in enumerate(bands)]
    across = [
        go.Scatter(
            uid=f"level-{i}",
            name=escape(name),
            x=list(ends),
            y=[value, value],
            mode="lines",
            line={"color": LEVEL, "width": points(0.8), "dash": LEVELS[i % len(LEVELS)]},
            hovertemplate=f"{escape(name)}: %{{y:.4g}}<extra></extra>",
        )
        for i, (name, value) in enumerate(levels.items())
    ]
    items = [_item(i, band.name) for i, band in enumerate(bands)]
    items += [Item(name, LEVEL, dash=LEVELS[i % len(LEVELS)]) for i, name in enumerate(levels)]
    items += [Item(note)] if note else []
    x = axis(x_title, range=list(ends), tickformat=",", **_ticks(bands))
    y = axis(y_title, range=list(_heights(bands, levels)))
    return _figure([*shades, *across, *lines], x, y, items, pixels(width))


def value_points(bands: Sequence[Band], *, x_title: str, y_title: str, width: str | float = "column") -> Any:
    """Draw means against the values of a parameter, evenly spaced, with bars of one standard deviation.

    Parameters are those of `band_curves`; the `x` of every band are texts, in the order of the first that has them.
    """
    lines = [_line(i, band) for i, band in enumerate(bands)]
    for line, band in zip(lines, bands, strict=True):
        if np.isfinite(band.std).any():
            line.update(error_y={"array": band.std, "thickness": points(0.8), "width": 3, "color": line.line.color})
    items = [_item(i, band.name) for i, band in enumerate(bands)] if len(bands) > 1 else []
    every = list(dict.fromkeys(text for band in bands for text in band.x))
    x = axis(x_title, type="category", categoryorder="array", categoryarray=every)
    y = axis(y_title, range=list(_heights(bands, {})))
    return _figure(lines, x, y, items, pixels(width))


def plot_area(width: float, items: Sequence[Item], height: float) -> tuple[float, Legend, dict[str, Any]]:
    """Return the pixels of a figure's height with that of its data, the legend above, and the domains of the data."""
    # Above the data, or from the page's edge on where that takes fewer lines.
    legends = [Legend([items] if items else [], left, width - 1) for left in (_LEFT, 2.0)]
    legend = min(legends, key=lambda one: one.height)
    whole = round(height + _BELOW + _ABOVE + legend.height)
    x = [_LEFT / width, 1 - _RIGHT / width]
    return whole, legend, {"x": x, "y": [_BELOW / whole, (_BELOW + height) / whole]}


def _figure(traces: list[Any], x: dict[str, Any], y: dict[str, Any], items: Sequence[Item], width: float) -> Any:
    import plotly.graph_objects as go

    height, legend, domain = plot_area(width, items, min(_RATIO * (width - _LEFT - _RIGHT), _HIGHEST))
    grid = {"showgrid": True, "gridcolor": RULE, "gridwidth": points(0.3)}
    layout = page(width, height, xaxis={**x, "domain": domain["x"]}, yaxis={**y, **grid, "domain": domain["y"]})
    if items:
        layout |= strip("2", width, height, height - legend.height, height)
        traces = [*traces, *legend.traces("2", height)]
    return go.Figure(traces, layout)


def _item(index: int, name: str) -> Item:
    style = line_style(index)
    return Item(name, style["color"], style["symbol"], _MARKER, "white", 0.7, style["dash"])


def line_style(index: int) -> dict[str, str]:
    """Return the color, the mark and the dash of a line by its place."""
    return {
        "color": BRANCHES[index % len(BRANCHES)],
        "symbol": _SYMBOLS[index % len(_SYMBOLS)],
        "dash": _DASHES[index // len(BRANCHES) % len(_DASHES)],
    }


def _line(index: int, band: Band) -> Any:
    import plotly.graph_objects as go

    style = line_style(index)
    color, white = style["color"], {"width": 0.7, "color": "white"}
    numbers = not any(isinstance(x, str) for x in band.x)
    return go.Scatter(
        uid=f"mean-{index}",
        name=escape(band.name),
        x=np.asarray(band.x, dtype=np.float64) if numbers else list(band.x),
        y=band.mean,
        mode="lines+markers",
        line={"color": color, "width": points(1.1), "dash": style["dash"]},
        marker={"color": color, "size": _MARKER, "symbol": style["symbol"], "line": white},
        customdata=band.std,
        hovertemplate=f"{escape(band.name)}<br>%{{x}}: %{{y:.4g}} ± %{{customdata:.3g}}<extra></extra>",
    )


def _shade(index: int, band: Band) -> Any:
    import plotly.graph_objects as go

    red, green, blue = (int(BRANCHES[index % len(BRANCHES)][at : at + 2], 16) for at in (1, 3, 5))
    x, half = np.asarray(band.x, dtype=np.float64), np.nan_to_num(band.std)
    return go.Scatter(
        uid=f"band-{index}",
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([band.mean + half, (band.mean - half)[::-1]]),
        mode="lines",
        fill="toself",
        fillcolor=f"rgba({red},{green},{blue},{_SHADE})",
        line={"width": 0},
        hoverinfo="skip",
    )


def _ticks(bands: Sequence[Band]) -> dict[str, list[float]]:
    """Return ticks where the values are, if they are few and stand apart; else plotly finds round numbers."""
    values = np.unique(np.concatenate([np.asarray(band.x, dtype=np.float64) for band in bands]))
    apart = 1 < len(values) <= _MOST_TICKS and np.diff(values).min() * _CROWDED >= np.ptp(values)
    return {"tickvals": values.tolist()} if apart else {}


def _heights(bands: Sequence[Band], levels: Mapping[str, float]) -> tuple[float, float]:
    """Return the ends of the y axis: all lines, bands and levels with some air."""
    edges = [band.mean + side * np.nan_to_num(band.std) for band in bands for side in (-1, 1)]
    return _padded(np.concatenate([*edges, np.array(list(levels.values()), dtype=np.float64)]), 0.05)


def _padded(values: NDArray[np.float64], share: float) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    pad = share * (high - low) or 0.5
    return low - pad, high + pad
