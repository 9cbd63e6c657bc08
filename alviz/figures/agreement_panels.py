"""Agreement and ranks of samplers as small panels: without room to spare, drawn into again as answers come."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.figures.agreement import split_candidates
from alviz.figures.palette import BRANCHES, LIGHT, Theme

MARKS = ("diamond", "triangle-up", "square", "triangle-down", "star", "cross", "hourglass", "circle")
"""Symbols of samplers side by side, as the map draws them: the chosen one's, then the others' in their order."""

PAIR = (
    ("only the first", BRANCHES[0], "diamond"),
    ("only the second", BRANCHES[1], "triangle-up"),
    ("both", BRANCHES[2], "square"),
)
"""Name, color and symbol of the picks of two samplers that are told apart."""

# Names of columns are written out up to this many, and rows up to this many letters.
_MOST_NAMES, _LONGEST = 4, 16
_LETTER = 6.1
# With more than this many the cells become narrow.
_ROOMY = 6
# What the symbols take beside the cells, as a share of all cells: about 18 pixels.
_BESIDE, _ABOVE = 0.08, 0.1
# From opposite order over nothing in common to the same.
_SCALES = {
    True: ((0.0, "#e9a774"), (0.5, "#e9f2f3"), (1.0, "#559ba9")),
    False: ((0.0, "#a35a24"), (0.5, "#1a262a"), (1.0, "#2c8899")),
}
_QUIET = {
    "template": "none",
    "autosize": True,
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "dragmode": False,
    "showlegend": False,
}


def agreement_panel(
    names: Sequence[str],
    values: NDArray[np.floating],
    *,
    percent: bool = True,
    pair: tuple[int, int] | None = None,
    theme: Theme = LIGHT,
) -> Any:
    """Draw how far each two samplers are the same, -1..1, as a table of tinted cells.

    Parameters
    ----------
    names : sequence of str, (m,)
        The first is the chosen sampler's.
    values : ndarray, (m, m)
        NaN stays empty.
    percent : bool
        Whether cells read "42" for 0.42.
    pair : two ints, optional
        The rows of two samplers whose cells are framed.

    Returns
    -------
    plotly.graph_objects.Figure
        A heatmap, whose x and y are the numbers of column and row, and the samplers' symbols beside it.
    """
    import plotly.graph_objects as go

    values = np.asarray(values, dtype=np.float64)
    places = np.arange(len(names), dtype=np.int32)
    short = [_short(name) for name in names]
    spelled = len(names) <= _MOST_NAMES and all(len(name) <= 11 for name in short)
    hover = [[f"{escape(a)} and {escape(b)}: {_told(v, percent, long=True)}" for b, v in zip(names, row, strict=True)]
             for a, row in zip(names, values, strict=True)]  # fmt: skip
    heat = go.Heatmap(
        x=places,
        y=places,
        z=[[None if np.isnan(value) else float(value) for value in row] for row in values],  # JSON knows no NaN
        zmin=-1,
        zmax=1,
        colorscale=[list(stop) for stop in _SCALES[theme is LIGHT]],
        showscale=False,
        text=[["" if i == j else _told(v, percent) for j, v in enumerate(row)] for i, row in enumerate(values)],
        texttemplate="%{text}",
        textfont={"size": 11 if len(names) <= _ROOMY else 10, "color": theme.ink},
        hovertext=hover,
        hoverinfo="text",
        hoverongaps=False,
        xgap=2,
        ygap=2,
    )
    longest = max((len(name) for name in short), default=0)
    start, end = -0.5, max(len(names), 1) - 0.5
    axis = {"showgrid": False, "zeroline": False, "ticks": "", "showline": False, "fixedrange": True}
    axis |= {"tickmode": "array", "tickvals": places, "tickfont": {"size": 11}, "tickangle": 0}
    left, above = start - _BESIDE * len(names), start - (0 if spelled else _ABOVE * len(names))
    heads = _safe(short) if spelled else [""] * len(short)
    return go.Figure(
        [heat, _marks(len(names), columns=not spelled, color=theme.ink)],
        {
            **_QUIET,
            "margin": {"l": 4 + round(_LETTER * (longest + 1)), "r": 2, "t": 18 if spelled else 2, "b": 2},
            "xaxis": {**axis, "side": "top", "range": [left, end], "ticktext": heads},
            "yaxis": {**axis, "range": [end, above], "ticktext": _safe(short)},
            "shapes": [] if pair is None else [_frame(*pair), _frame(*pair[::-1])],
        },
    )


def rank_panel(
    scores: tuple[NDArray[np.floating], NDArray[np.floating]],
    names: tuple[str, str],
    picks: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    most: int = 2000,
    theme: Theme = LIGHT,
) -> Any:
    """Draw the ranks of the candidates under two samplers (Rethinking, Fig 5), and the picks of both.

    Parameters
    ----------
    scores : two ndarrays, (n,)
        NaN where an example was no candidate.
    names : two str
    picks : two ndarrays of int64
        Ids; all are drawn.
    most : int
        How many of the other candidates are drawn; which, is the same at every call.

    Returns
    -------
    plotly.graph_objects.Figure
        Ranks as shares: 1 is the most wanted, ties share the mean. Four traces: candidates, then as in `PAIR`.
    """
    import plotly.graph_objects as go

    both, (others, *picked) = split_candidates(scores, picks)
    if len(others) > most:
        others = np.sort(np.random.default_rng(len(others)).choice(others, most, replace=False))
    groups = [others, *picked]
    looks = [("candidates", theme.scale[1][1], "circle"), *PAIR]
    ordered = [np.sort(values[both]) for values in scores]
    traces = [
        go.Scatter(
            x=_ranks(scores[0][rows], ordered[0]),
            y=_ranks(scores[1][rows], ordered[1]),
            customdata=rows.astype(np.int32),
            name=name,
            mode="markers",
            marker={
                "color": color,
                "symbol": symbol,
                "size": 3 if name == "candidates" else 7,
                "opacity": 0.35 if name == "candidates" else 0.95,
                "line": {"width": 0 if name == "candidates" else 0.8, "color": theme.ground},
            },
            hovertemplate=f"id %{{customdata}}<br>{escape(names[0])} %{{x:.1%}}<br>"
            f"{escape(names[1])} %{{y:.1%}}<extra></extra>",
        )
        for (name, color, symbol), rows in zip(looks, groups, strict=True)
    ]
    axis = {"range": [-0.03, 1.04], "zeroline": False, "showline": False, "ticks": "", "fixedrange": True}
    axis |= {"tickvals": [0, 0.5, 1], "ticktext": ["0", "50 %", "100 %"], "tickfont": {"size": 10}}
    titles = [{"text": escape(_short(name, 24)), "font": {"size": 11}, "standoff": 4} for name in names]
    return go.Figure(
        traces,
        {
            **_QUIET,
            "hovermode": "closest",
            "margin": {"l": 52, "r": 6, "t": 4, "b": 34},
            "xaxis": {**axis, "title": titles[0]},
            "yaxis": {**axis, "title": titles[1]},
        },
    )


def _marks(n: int, *, columns: bool, color: str) -> Any:
    """Return the samplers' symbols before the rows, and above the columns where no names stand there."""
    import plotly.graph_objects as go

    places = list(range(n))
    heads = places if columns else []
    return go.Scatter(
        x=[-0.5 - 0.55 * _BESIDE * n] * n + heads,
        y=places + [-0.5 - 0.5 * _ABOVE * n] * len(heads),
        name="marks",
        mode="markers",
        marker={
            "symbol": [_symbol(i) for i in places + heads],
            "size": 9,
            "color": color,
            "line": {"width": 1.4, "color": color},
        },
        hoverinfo="skip",
        cliponaxis=False,
    )


def _symbol(position: int) -> str:
    if position == 0:
        return MARKS[0]
    dotted = "-dot" if position >= len(MARKS) or position % len(MARKS) == len(MARKS) - 1 else ""
    mark = MARKS[1 + (position - 1) % (len(MARKS) - 1)]
    # plotly has no hourglass with a dot: a filled one stands for it.
    return mark if dotted and mark == "hourglass" else f"{mark}-open{dotted}"


def _ranks(values: NDArray[np.floating], ordered: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return where values stand among all, 0..1; equal ones at their middle."""
    middle = (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") - 1) / 2
    return np.asarray(middle / max(len(ordered) - 1, 1), dtype=np.float32)


def _told(value: float, percent: bool, *, long: bool = False) -> str:
    if np.isnan(value):
        return "not known" if long else ""
    if percent:
        return f"{100 * value:.1f} %" if long else f"{100 * value:.0f}"
    digits = 3 if long else 2
    text = f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")  # + 0.0: no minus before a zero
    return text if long else text.replace("0.", ".", 1)


def _short(name: str, most: int = _LONGEST) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _safe(texts: Sequence[str]) -> list[str]:
    return [escape(text) for text in texts]


def _frame(row: int, column: int) -> dict[str, Any]:
    return {
        "type": "rect",
        "x0": column - 0.5,
        "x1": column + 0.5,
        "y0": row - 0.5,
        "y1": row + 0.5,
        "line": {"width": 2},
    }
