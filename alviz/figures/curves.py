"""A number against labels: a line per branch, a band around the mean of several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.figures.curve import Curve, Level, ends_of
from alviz.figures.line_names import LONGEST, QUIET, level_name, line_names
from alviz.figures.palette import BRANCHES

# Names stand beside their lines while there is room for so many.
_MOST_NAMES = 7
_MOST_TICKS = 6
_SHADE = 0.16


def accuracy_curves(
    curves: Sequence[Curve],
    shown: int = 0,
    at: int | None = None,
    *,
    percent: bool = True,
    level: Level | None = None,
    own: Curve | None = None,
) -> Any:
    """Draw every curve in its band; a fork leaves its parent's line at a small ring.

    Parameters
    ----------
    curves : sequence of Curve
    shown : int
        The curve that is looked at: its line is stronger.
    at : int, optional
        The number of labels that is looked at: a dotted line, and a dot on the curve.
    percent : bool
        Whether values are shares 0..1, written as percentages.
    level : Level, optional
    own : Curve, optional
        The one seed of the shown curve that is looked at: a thin line, which has the dot.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces "level", then "band-0", "branch-0", ..., then "own" and "here".
    """
    import plotly.graph_objects as go

    scale = 100.0 if percent else 1.0
    low, high = _range(curves, level, scale, percent)
    first, last = ends_of(curves)
    traces = [_level(level, (first, last), scale)]
    for i, curve in enumerate(curves):
        traces += [_band(i, curve, scale), _line(i, curve, i == shown, scale, percent)]
    looked_at = own if own is not None else curves[shown] if curves else None
    traces += [_own(own, shown, scale, percent), here_point(looked_at, shown, at, percent=percent)]
    return go.Figure(traces, _layout(curves, shown, at, level, (first, last), (low, high), scale, percent))


def _level(level: Level | None, ends: tuple[float, float], scale: float) -> Any:
    import plotly.graph_objects as go

    return go.Scatter(
        uid="level",
        name="level",
        x=[] if level is None else list(ends),
        y=[] if level is None else [scale * level.value] * 2,
        mode="lines",
        line={"color": QUIET, "width": 1.2, "dash": "dash"},
        hoverinfo="skip",
        showlegend=False,
    )


def _band(index: int, curve: Curve, scale: float) -> Any:
    import plotly.graph_objects as go

    x, y = _outline(curve, scale)
    return go.Scatter(
        uid=f"band-{index}",
        name=escape(curve.name),
        x=x,
        y=y,
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=_translucent(BRANCHES[index % len(BRANCHES)]),
        hoverinfo="skip",
        showlegend=False,
    )


def _outline(curve: Curve, scale: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the outlines of a band's pieces, apart by NaN: it is there where two seeds or more are."""
    std = np.full(len(curve.labels), np.nan) if curve.std is None else curve.std
    x, low, high = (
        part[curve.start :].astype(np.float32)
        for part in (curve.labels, scale * (curve.values - std), scale * (curve.values + std))
    )
    there = np.flatnonzero(np.isfinite(low))
    gap = np.full(1, np.nan, dtype=np.float32)
    xs, ys = [], []
    for piece in np.split(there, np.flatnonzero(np.diff(there) > 1) + 1):
        if piece.size:
            xs += [x[piece], x[piece][::-1], gap]
            ys += [high[piece], low[piece][::-1], gap]
    return np.concatenate([*xs[:-1], gap[:0]]), np.concatenate([*ys[:-1], gap[:0]])


def _line(index: int, curve: Curve, strong: bool, scale: float, percent: bool) -> Any:
    import plotly.graph_objects as go

    color = BRANCHES[index % len(BRANCHES)]
    start = curve.start
    count = len(curve.labels) - start
    forks = curve.shared > 0
    return go.Scatter(
        uid=f"branch-{index}",
        name=escape(curve.name),
        x=curve.labels[start:].astype(np.int32),
        y=(scale * curve.values[start:]).astype(np.float32),
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
        text=_words(curve, percent)[start:],
        customdata=None if curve.places is None else curve.places[start:],
        hovertemplate="%{text}<extra></extra>",
    )


def _own(own: Curve | None, shown: int, scale: float, percent: bool) -> Any:
    """Draw one seed among the mean of all."""
    import plotly.graph_objects as go

    start = 0 if own is None else own.start
    return go.Scatter(
        uid="own",
        name="" if own is None else escape(own.name),
        x=[] if own is None else own.labels[start:].astype(np.int32),
        y=[] if own is None else (scale * own.values[start:]).astype(np.float32),
        mode="lines",
        line={"color": BRANCHES[shown % len(BRANCHES)], "width": 1, "dash": "dot"},
        text=[] if own is None else _words(own, percent)[start:],
        customdata=None if own is None or own.places is None else own.places[start:],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def here_point(curve: Curve | None, shown: int, at: int | None, *, percent: bool = True) -> Any:
    """Return the trace "here" of `accuracy_curves`: a dot where `curve` has `at` labels."""
    import plotly.graph_objects as go

    scale = 100.0 if percent else 1.0
    value = float("nan")
    if curve is not None and at is not None and at in curve.labels:
        value = scale * float(curve.values[curve.labels == at][0])
    there = np.isfinite(value)
    return go.Scatter(
        uid="here",
        name="here",
        x=[at] if there else [],
        y=[value] if there else [],
        mode="markers",
        marker={"size": 9, "color": BRANCHES[shown % len(BRANCHES)]},
        hoverinfo="skip",
        showlegend=False,
    )


def _words(curve: Curve, percent: bool) -> list[str]:
    """Return what the hover tells of each point."""
    told = []
    for i, (labels, value) in enumerate(zip(curve.labels.tolist(), curve.values.tolist(), strict=True)):
        std = None if curve.std is None or not np.isfinite(curve.std[i]) else float(curve.std[i])
        words = written(value, percent, std)
        if curve.seeds is not None and (curve.seeds > 1).any():
            n = int(curve.seeds[i])
            words += f" · {n} seed{'s' if n != 1 else ''}"
        told.append(f"{escape(curve.name)}<br>{labels:,} labels · {words}")
    return told


def written(value: float, percent: bool, std: float | None = None) -> str:
    """Return a value as it is read, with its deviation: a share as a percentage, else with three decimals."""
    numbers = [value] if std is None else [value, std]
    return " ± ".join(f"{100 * n:.1f}" if percent else f"{n:.3f}" for n in numbers) + (" %" if percent else "")


def _translucent(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_SHADE})"


def _range(curves: Sequence[Curve], level: Level | None, scale: float, percent: bool) -> tuple[float, float]:
    """Return the ends of the axis of values: all lines, all bands, and the level where it is near."""
    parts = [np.zeros(0)]
    for curve in curves:
        std = np.zeros(len(curve.values)) if curve.std is None else np.nan_to_num(curve.std)
        parts += [scale * (curve.values - std), scale * (curve.values + std)]
    values = np.concatenate(parts)
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, scale)
    if level is not None and np.isfinite(level.value):
        stretched = min(low, scale * level.value), max(high, scale * level.value)
        if level.always or stretched[1] - stretched[0] <= 2 * (high - low):
            low, high = stretched
    pad = max(0.06 * (high - low), 0.01 * scale)
    bottom, top = low - pad, high + pad
    if percent:  # no room is needed for shares that cannot be
        bottom, top = max(bottom, min(low, -0.01 * scale)), min(top, max(high, 1.01 * scale))
    return bottom, top


def _layout(
    curves: Sequence[Curve],
    shown: int,
    at: int | None,
    level: Level | None,
    ends: tuple[float, float],
    values: tuple[float, float],
    scale: float,
    percent: bool,
) -> dict[str, Any]:
    room = max((ends[1] - ends[0]) * 0.03, 1.0)
    named = len(curves) <= _MOST_NAMES
    longest = max((min(len(curve.name), LONGEST) for curve in curves), default=0) if named else 0
    axis = {"zeroline": False, "ticks": "", "nticks": 5, "tickfont": {"size": 11}, "showline": False}
    labels = np.concatenate([*(curve.labels for curve in curves), np.zeros(0)])
    notes = line_names(curves, shown, *values, scale) if named else []
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
            "range": [ends[0] - room, ends[1] + room],
            "showgrid": False,
            "tickvals": _ticks(labels),
        },
        "yaxis": {**axis, "range": list(values), "ticksuffix": " %" if percent else ""},
        "annotations": notes + level_name(level, ends[0], values, scale),
        "shapes": cycle_line(at),
    }


def cycle_line(at: int | None) -> list[dict[str, Any]]:
    """Return the shapes of `accuracy_curves`: a dotted line where the cycle is."""
    if at is None:
        return []
    line = {"width": 1, "dash": "dot", "color": "#7d858f"}
    return [{"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "layer": "below", "line": line}]


def _ticks(labels: NDArray[Any]) -> list[int]:
    """Return numbers of labels at which there are fits, few enough to be read."""
    fits = np.unique(labels).astype(int)
    return fits[:: -(-len(fits) // _MOST_TICKS) or 1].tolist()
