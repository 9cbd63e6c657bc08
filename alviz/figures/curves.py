"""Accuracy against labels, a line per branch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.figures.palette import BRANCHES

# Names stand beside their lines while there is room for so many.
_MOST_NAMES = 7
# Longer names are cut at the line's end; the hover tells them whole.
_LONGEST = 14
_MOST_TICKS = 6
# Lines of text that fit below each other in the figure's height.
_ROWS = 13


@dataclass(frozen=True, eq=False)
class Curve:
    """One branch.

    Attributes
    ----------
    name : str
    labels : ndarray of int64, (k,)
        How many labels each fit learned from.
    values : ndarray of float32, (k,)
        The metric, 0..1; NaN where it was not measured.
    shared : int
        How many leading fits are its parent's, and drawn there.
    """

    name: str
    labels: NDArray[np.int64]
    values: NDArray[np.float32]
    shared: int = 0


def accuracy_curves(curves: Sequence[Curve], shown: int = 0, at: int | None = None) -> Any:
    """Draw every branch; a fork leaves its parent's line at a small ring.

    Parameters
    ----------
    curves : sequence of Curve
    shown : int
        The branch that is looked at: its line is stronger.
    at : int, optional
        The fit of it that is looked at: a dashed line and a dot.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces "branch-0", ..., and "here"; values in percent.
    """
    import plotly.graph_objects as go

    traces = [_line(i, curve, strong=i == shown) for i, curve in enumerate(curves)]
    here = curves[shown] if curves and at is not None and at < len(curves[shown].labels) else None
    x = [] if here is None else [int(here.labels[at])]
    y = [] if here is None else [100 * float(here.values[at])]
    dot = {"size": 9, "color": BRANCHES[shown % len(BRANCHES)]}
    traces.append(
        go.Scatter(uid="here", name="here", x=x, y=y, mode="markers", marker=dot, hoverinfo="skip", showlegend=False)
    )
    return go.Figure(traces, _layout(curves, shown, None if here is None else x[0]))


def _line(index: int, curve: Curve, strong: bool) -> Any:
    import plotly.graph_objects as go

    color = BRANCHES[index % len(BRANCHES)]
    start = max(curve.shared - 1, 0)  # the last shared fit, from which the fork leaves
    count = len(curve.labels) - start
    forks = curve.shared > 0
    return go.Scatter(
        uid=f"branch-{index}",
        name=escape(curve.name),
        x=curve.labels[start:].astype(np.int32),
        y=(100 * curve.values[start:]).astype(np.float32),
        mode="lines+markers",
        line={"color": color, "width": 2.6 if strong else 1.7},
        marker={
            "color": color,
            "size": [9 if forks and i == 0 else 4 for i in range(count)],
            "symbol": ["circle-open" if forks and i == 0 else "circle" for i in range(count)],
            "opacity": 1,
            "line": {"width": 1.6, "color": color},
        },
        opacity=1 if strong else 0.85,
        hovertemplate=f"{escape(curve.name)}<br>%{{x}} labels · %{{y:.1f}} %<extra></extra>",
    )


def _layout(curves: Sequence[Curve], shown: int, at: int | None) -> dict[str, Any]:
    finite = [100 * curve.values[np.isfinite(curve.values)] for curve in curves]
    values = np.concatenate([*finite, np.zeros(0)])
    low, high = (values.min(), values.max()) if values.size else (0.0, 100.0)
    pad = max(0.06 * (high - low), 1.0)
    low, high = low - pad, min(high + pad, 101.0)
    labels = np.concatenate([*(curve.labels for curve in curves), np.zeros(0)])
    first, last = (labels.min(), labels.max()) if labels.size else (0, 1)
    room = max((last - first) * 0.03, 1.0)
    named = len(curves) <= _MOST_NAMES
    longest = max((min(len(curve.name), _LONGEST) for curve in curves), default=0) if named else 0
    axis = {"zeroline": False, "ticks": "", "nticks": 5, "tickfont": {"size": 11}, "showline": False}
    return {
        "template": "none",
        "autosize": True,
        "margin": {"l": 44, "r": 14 + 7 * longest, "t": 8, "b": 26},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest",
        "dragmode": False,
        "showlegend": not named,
        "xaxis": {
            **axis,
            "range": [float(first - room), float(last + room)],
            "showgrid": False,
            "tickvals": _ticks(labels),
        },
        "yaxis": {**axis, "range": [float(low), float(high)], "ticksuffix": " %"},
        "annotations": _names(curves, shown, float(low), float(high)) if named else [],
        "shapes": []
        if at is None
        else [
            {
                "type": "line",
                "x0": at,
                "x1": at,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "layer": "below",
                "line": {"width": 1, "dash": "dot", "color": "#7d858f"},
            }
        ],
    }


def _names(curves: Sequence[Curve], shown: int, low: float, high: float) -> list[dict[str, Any]]:
    """Return each line's name at its end, moved where names would cover each other."""
    ends = []
    for i, curve in enumerate(curves):
        there = np.flatnonzero(np.isfinite(curve.values))
        if there.size:
            ends.append((100 * float(curve.values[there[-1]]), i, float(curve.labels[there[-1]])))
    names: list[dict[str, Any]] = []
    places = _spread([value for value, _, _ in sorted(ends)], low, high)
    for (_, i, label), y in zip(sorted(ends), places, strict=True):
        name = curves[i].name
        text = escape(name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…")
        names.append(
            {
                "text": f"<b>{text}</b>" if i == shown else text,
                "x": label,
                "y": y,
                "xanchor": "left",
                "xshift": 7,
                "showarrow": False,
                "font": {"size": 11, "color": BRANCHES[i % len(BRANCHES)]},
            }
        )
    return names


def _ticks(labels: NDArray[Any]) -> list[int]:
    """Return numbers of labels at which there are fits, few enough to be read."""
    fits = np.unique(labels).astype(int)
    return fits[:: -(-len(fits) // _MOST_TICKS) or 1].tolist()


def _spread(values: list[float], low: float, high: float) -> list[float]:
    """Return ascending values moved apart by a line of text, and kept between the ends of the axis."""
    line = (high - low) / _ROWS
    places: list[float] = []
    for value in values:
        places.append(max(value, places[-1] + line) if places else value)
    ceiling = high - line / 2  # plotly leaves out what stands beyond the axis
    for i in reversed(range(len(places))):
        places[i] = min(places[i], ceiling)
        ceiling = places[i] - line
    return places
