"""How far samplers are the same: a matrix of each two, and the ranks of two of them point by point."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.figures.bands import plot_area
from alviz.figures.legend import Item
from alviz.figures.page import MOST_VECTORS, RULE, axis, page, pixels, points, strip
from alviz.figures.palette import BRANCHES, LIGHT, Theme, ranks

# The share of examples that the paper's Fig 5 shows.
SHARE = 0.05
# Pixels of the data's height in print.
_HIGHEST = 330.0


def agreement_matrix(names: Sequence[str], values: NDArray[np.floating], *, theme: Theme = LIGHT) -> Any:
    """Draw shares 0..1 of each two samplers, such as Jaccard's or pseudo-labels that agree, in percent.

    Parameters
    ----------
    names : sequence of str, (m,)
    values : ndarray, (m, m)
        Row i against column j; NaN stays empty.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    import plotly.graph_objects as go

    percent = 100 * np.asarray(values, dtype=np.float64)
    labels = [escape(name) for name in names]
    words = [["" if np.isnan(value) else f"{value:.0f}" for value in row] for row in percent]
    heat = go.Heatmap(
        x=labels,
        y=labels,
        z=percent.astype(np.float32),
        zmin=0,
        zmax=100,
        colorscale=[(at, color) for at, color in theme.scale],
        showscale=False,
        text=words,
        texttemplate="%{text}",
        xgap=2,
        ygap=2,
        hovertemplate="%{y} against %{x}: %{z:.1f} %<extra></extra>",
    )
    longest = max((len(name) for name in names), default=0)
    return go.Figure(
        heat,
        {
            "template": "none",
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": {"l": 20 + 7 * longest, "r": 10, "t": 34, "b": 10},
            "width": 60 + 7 * longest + 64 * len(names),
            "height": 60 + 34 * len(names),
            "xaxis": {"side": "top", "ticks": "", "showgrid": False, "zeroline": False},
            "yaxis": {"autorange": "reversed", "ticks": "", "showgrid": False, "zeroline": False},
        },
    )


def rank_scatter(
    scores: tuple[NDArray[np.floating], NDArray[np.floating]],
    names: tuple[str, str],
    picks: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    share: float = SHARE,
    seed: int = 0,
    theme: Theme = LIGHT,
    width: str | float | None = None,
) -> Any:
    """Draw the ranks of the candidates under two samplers (Rethinking, Fig 5), and the picks of both.

    Parameters
    ----------
    scores : two ndarrays, (n,)
        NaN where an example was no candidate.
    names : two str
    picks : two ndarrays of int64
        Ids; all of them are drawn, whatever the share.
    share : float
        How many of the other candidates are drawn, 0..1.
    seed : int
        Of which.
    width : "column", "text" or float, optional
        For a paper of that many inches; for the screen by default.

    Returns
    -------
    plotly.graph_objects.Figure
        Ranks as shares: 1 is the most wanted.
    """
    import plotly.graph_objects as go

    both, (others, first, second, shared) = split_candidates(scores, picks)
    x, y = (ranks(np.where(both, values, np.nan)) for values in scores)
    rng = np.random.default_rng([seed, len(others)])
    drawn = np.sort(rng.choice(others, round(share * len(others)), replace=False))
    groups = [
        ("candidates", drawn, theme.scale[1][1], "circle", 4),
        (f"picked by {names[0]}", first, BRANCHES[0], "diamond", 9),
        (f"picked by {names[1]}", second, BRANCHES[1], "square", 8),
        ("picked by both", shared, BRANCHES[2], "star", 11),
    ]
    scale = 1.0 if width is None else 0.6
    kind = go.Scatter if sum(len(rows) for _, rows, *_ in groups) <= MOST_VECTORS else go.Scattergl
    traces = [
        kind(
            x=x[rows],
            y=y[rows],
            customdata=rows.astype(np.int32),
            name=escape(name),
            mode="markers",
            marker={
                "color": color,
                "symbol": symbol,
                "size": scale * size,
                "opacity": 0.5 if name == "candidates" else 1,
            },
            hovertemplate="id %{customdata}<br>%{x:.3f}, %{y:.3f}<extra></extra>",
        )
        for name, rows, color, symbol, size in groups
    ]
    titles = tuple(f"rank under {name}" for name in names)
    if width is None:
        return go.Figure(traces, _screen(titles))
    told = {"candidates": f"other candidates ({share:.0%})"}
    items = [
        Item(told.get(name, name), color, symbol, max(scale * size, 3.5))
        for name, rows, color, symbol, size in groups
        if len(rows)
    ]
    return _print(traces, titles, items, pixels(width))


def split_candidates(
    scores: tuple[NDArray[np.floating], NDArray[np.floating]], picks: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> tuple[NDArray[np.bool_], list[NDArray[np.int64]]]:
    """Return what is a candidate of both (n,), and of these the ids that none, one, the other and both picked."""
    both = np.isfinite(scores[0]) & np.isfinite(scores[1])
    first, second = (np.isin(np.arange(len(both)), ids) & both for ids in picks)
    groups = (both & ~first & ~second, first & ~second, second & ~first, first & second)
    return both, [np.flatnonzero(group) for group in groups]


def _screen(titles: Sequence[str]) -> dict[str, Any]:
    ends = {"range": [-0.02, 1.03], "zeroline": False, "tickformat": ".0%", "gridcolor": "rgba(127,127,127,0.2)"}
    return {
        "template": "none",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "width": 560,
        "height": 460,
        "margin": {"l": 60, "r": 10, "t": 10, "b": 50},
        "xaxis": {**ends, "title": {"text": escape(titles[0])}},
        "yaxis": {**ends, "title": {"text": escape(titles[1])}},
        "legend": {"orientation": "h", "y": -0.18},
    }


def _print(traces: list[Any], titles: Sequence[str], items: Sequence[Item], width: float) -> Any:
    import plotly.graph_objects as go

    height, legend, domain = plot_area(width, items, min(0.8 * width, _HIGHEST))
    ends = {"range": [-0.02, 1.03], "tickformat": ".0%", "dtick": 0.2}
    ends |= {"showgrid": True, "gridcolor": RULE, "gridwidth": points(0.3)}
    layout = page(
        width,
        height,
        xaxis=axis(titles[0], domain=domain["x"], **ends),
        yaxis=axis(titles[1], domain=domain["y"], **ends),
    )
    layout |= strip("2", width, height, height - legend.height, height)
    return go.Figure([*traces, *legend.traces("2", height)], layout)
