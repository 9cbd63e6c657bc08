"""The map: what is unlabeled, what is labeled, and on top what was picked now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.figures.palette import LIGHT, Scale, Theme, class_colors, class_scale, score_scale

TRACES = ("unlabeled", "labeled", "picked", "focus")
# More marks than this would cover the map.
_MOST_MARKS = 40


@dataclass(frozen=True, eq=False)
class Coloring:
    """One number per point and how numbers become colors.

    Attributes
    ----------
    values : ndarray of float32, (m,)
    scale : color scale
    low, high : float
        The numbers at the scale's ends.
    """

    values: NDArray[np.float32]
    scale: Scale
    low: float
    high: float

    @classmethod
    def of_classes(cls, labels: NDArray[np.int64], n: int) -> Coloring:
        """Color by class, 0..n-1, or -1 where it is not known."""
        return cls(labels.astype(np.float32), *class_scale(n))

    @classmethod
    def of_shares(cls, shares: NDArray[np.float32], theme: Theme) -> Coloring:
        """Color by a share 0..1, or -1 where there is none."""
        return cls(shares.astype(np.float32), *score_scale(theme))


def selection_map(
    ids: NDArray[np.int64],
    xy: NDArray[np.float32],
    coloring: Coloring,
    *,
    labeled: NDArray[np.bool_],
    picked: NDArray[np.int64],
    focus: int | None = None,
    marks: Sequence[tuple[str, str, float, float]] = (),
    theme: Theme = LIGHT,
) -> Any:
    """Draw points told apart by shape and size as well as by color.

    Parameters
    ----------
    ids : ndarray of int64, (m,)
        Pool rows of the points, shown on hover.
    xy : ndarray of float32, (m, 2)
    coloring : Coloring
        Of the m points.
    labeled : ndarray of bool, (m,)
    picked : ndarray of int64, (b,)
        Positions in `ids`, in the order of the picks; drawn on top of everything.
    focus : int, optional
        Position of the point to ring.
    marks : sequence of (text, color, x, y)
        Names of classes, from `class_marks`.
    theme : Theme

    Returns
    -------
    plotly.graph_objects.Figure
        Traces "unlabeled", "labeled", "picked" and "focus", with ids as `customdata`.
    """
    import plotly.graph_objects as go

    unlabeled = ~labeled
    unlabeled[picked] = False
    rings = labeled.copy()
    rings[picked] = False
    groups: dict[str, tuple[NDArray[Any], dict[str, Any]]] = {
        "unlabeled": (np.flatnonzero(unlabeled), {"size": 5, "opacity": theme.dots, "line": {"width": 0}}),
        "labeled": (np.flatnonzero(rings), {"size": 9, "symbol": "circle-open", "line": {"width": 2}}),
        "picked": (
            picked,
            {"size": 11.5, "symbol": "diamond", "line": {"width": 1.6, "color": theme.ink}},
        ),
    }
    traces = [
        _trace(name, ids[rows], xy[rows], {**marker, **_colors(coloring, rows)})
        for name, (rows, marker) in groups.items()
    ]
    ringed = np.array([] if focus is None else [focus], dtype=np.int64)
    ring = {"size": 23, "symbol": "circle-open", "color": theme.accent, "line": {"width": 2.5}}
    traces.append(_trace("focus", ids[ringed], xy[ringed], ring).update(hoverinfo="skip", hovertemplate=None))
    return go.Figure(traces, _layout(xy, marks))


def class_marks(
    xy: NDArray[np.float32], labels: NDArray[np.int64], names: Sequence[str]
) -> list[tuple[str, str, float, float]]:
    """Return (name, color, x, y) at the median of every class that is on the map."""
    if len(names) > _MOST_MARKS:
        return []
    colors = class_colors(len(names))
    marks = []
    for label, name in enumerate(names):
        points = xy[labels == label]
        if len(points):
            x, y = np.median(points, axis=0)
            marks.append((name, colors[label], float(x), float(y)))
    return marks


def _colors(coloring: Coloring, rows: NDArray[np.int64]) -> dict[str, Any]:
    scale = [list(step) for step in coloring.scale]
    return {
        "color": coloring.values[rows],
        "colorscale": scale,
        "cmin": coloring.low,
        "cmax": coloring.high,
    }


def _trace(name: str, ids: NDArray[np.int64], xy: NDArray[np.float32], marker: dict[str, Any]) -> Any:
    import plotly.graph_objects as go

    return go.Scattergl(
        uid=name,
        name=name,
        mode="markers",
        x=np.ascontiguousarray(xy[:, 0]),
        y=np.ascontiguousarray(xy[:, 1]),
        # int64 would be sent as text, number by number
        customdata=ids.astype(np.int32),
        marker=marker,
        hovertemplate="id %{customdata}<extra></extra>",
        showlegend=False,
    )


def _layout(xy: NDArray[np.float32], marks: Sequence[tuple[str, str, float, float]]) -> dict[str, Any]:
    low, high = (xy.min(axis=0), xy.max(axis=0)) if len(xy) else (np.zeros(2), np.ones(2))
    pad = 0.04 * max(float((high - low).max()), 1e-6)
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    return {
        "template": "none",
        "autosize": True,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest",
        "dragmode": "zoom",
        "xaxis": {**hidden, "range": [float(low[0] - pad), float(high[0] + pad)]},
        "yaxis": {
            **hidden,
            "range": [float(low[1] - pad), float(high[1] + pad)],
            "scaleanchor": "x",
        },
        "annotations": [
            {
                "text": f"<b>{escape(text)}</b>",
                "x": x,
                "y": y,
                "showarrow": False,
                "font": {"size": 15, "color": color},
            }
            for text, color, x, y in marks
        ],
    }
