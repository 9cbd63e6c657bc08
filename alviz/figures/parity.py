"""Published numbers and ours, one above the other: a dot and its deviation each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from alviz.figures.legend import Item, Legend
from alviz.figures.page import INK, LEVEL, LEVELS, RULE, SMALL, axis, page, pixels, points, strip, text_width
from alviz.figures.palette import BRANCHES, UNKNOWN

_OURS = BRANCHES[0]
_SIZE = 6.0
# Pixels of a row, and how far from its middle the two dots stand, as a share of it.
_ROW, _OFF = 26.0, 0.17
_BELOW, _ABOVE, _RIGHT, _GAP = 34.0, 5.0, 12.0, 8.0


@dataclass(frozen=True)
class Pair:
    """A published number and ours; NaN where there is none.

    Attributes
    ----------
    name : str
    published, published_std : float
    ours, ours_std : float
    comparable : bool
        Whether ours was made in the same way.
    """

    name: str
    published: float
    published_std: float
    ours: float
    ours_std: float
    comparable: bool = True


def parity_dots(
    pairs: Sequence[Pair],
    *,
    x_title: str,
    levels: Mapping[str, float] | None = None,
    note: str = "",
    width: str | float = "text",
) -> Any:
    """Draw a row per pair: the published number above, ours below, each with one deviation to both sides.

    Parameters
    ----------
    pairs : sequence of Pair
    x_title : str
    levels : mapping of str to float, optional
        What is the same for all rows, such as the accuracy with all labels: dashed lines.
    note : str
        What the legend tells last.
    width : "column", "text" or float
        Inches; see `alviz.figures.page.WIDTHS`.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces "published", "ours" and "ours-apart" (what is not comparable: gray), "level-0", ..., the legend.
    """
    import plotly.graph_objects as go

    across, levels = pixels(width), {} if levels is None else levels
    left = max((text_width(pair.name, SMALL) for pair in pairs), default=0.0) + 2 * _GAP
    left = min(left, across / 2)
    apart = [pair for pair in pairs if not pair.comparable and not math.isnan(pair.ours)]
    items = [Item("published", INK, "circle-open", _SIZE, edge=1.2)]
    if any(pair.comparable and not math.isnan(pair.ours) for pair in pairs):
        items.append(Item("ours", _OURS, "circle", _SIZE))
    items += [Item("ours, not comparable", UNKNOWN, "circle", _SIZE)] if apart else []
    items += [Item(name, LEVEL, dash=LEVELS[i % len(LEVELS)]) for i, name in enumerate(levels)]
    items += [Item(note)] if note else []
    legend = Legend([items], 2.0, across - 1)
    height = round(_ROW * max(len(pairs), 1) + _BELOW + _ABOVE + legend.height)
    top, low = height - legend.height - _ABOVE, _BELOW
    rows = range(len(pairs))
    x = axis(x_title, domain=[left / across, 1 - _RIGHT / across], range=list(_ends(pairs, levels)))
    y = axis(
        "",
        domain=[low / height, top / height],
        range=[len(pairs) - 0.5, -0.5] if pairs else [0.5, -0.5],
        tickvals=list(rows),
        ticktext=[escape(pair.name) for pair in pairs],
        ticks="",
    )
    grid = {"showgrid": True, "gridcolor": RULE, "gridwidth": points(0.3)}
    drawn = [
        *(_level(i, name, value, len(pairs)) for i, (name, value) in enumerate(levels.items())),
        _dots("published", pairs, [True] * len(pairs), -_OFF, INK, "circle-open"),
        _dots("ours", pairs, [pair.comparable for pair in pairs], _OFF, _OURS, "circle"),
        _dots("ours-apart", pairs, [not pair.comparable for pair in pairs], _OFF, UNKNOWN, "circle"),
        *legend.traces("2", height),
    ]
    layout = page(across, height, xaxis={**x, **grid}, yaxis=y)
    return go.Figure(drawn, layout | strip("2", across, height, height - legend.height, height))


def _dots(name: str, pairs: Sequence[Pair], shown: Sequence[bool], off: float, color: str, symbol: str) -> Any:
    """Return the dots of one kind, with bars of one deviation."""
    import plotly.graph_objects as go

    published = name == "published"
    rows = [(i, *((p.published, p.published_std) if published else (p.ours, p.ours_std))) for i, p in enumerate(pairs)]
    rows = [row for row, there in zip(rows, shown, strict=True) if there and not math.isnan(row[1])]
    said = ["" if math.isnan(std) else f" ± {std:.2f}" for _, _, std in rows]
    return go.Scatter(
        uid=name,
        name=name,
        x=[value for _, value, _ in rows],
        y=[i + off for i, _, _ in rows],
        mode="markers",
        marker={"size": _SIZE, "color": color, "symbol": symbol, "opacity": 1, "line": {"width": 1.2, "color": color}},
        error_x={
            # None where there is no deviation: 0 would draw a stroke through the dot.
            "array": [None if math.isnan(std) else std for _, _, std in rows],
            "color": color,
            "thickness": points(0.8),
            "width": 3,
        },
        text=[
            f"{escape(pairs[i].name)}<br>{name.partition('-')[0]} {value:.2f}{std}"
            for (i, value, _), std in zip(rows, said, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
    )


def _level(index: int, name: str, value: float, rows: int) -> Any:
    import plotly.graph_objects as go

    return go.Scatter(
        uid=f"level-{index}",
        name=escape(name),
        x=[value, value],
        y=[-0.5, max(rows, 1) - 0.5],
        mode="lines",
        line={"color": LEVEL, "width": points(0.8), "dash": LEVELS[index % len(LEVELS)]},
        hovertemplate=f"{escape(name)}: %{{x:.4g}}<extra></extra>",
    )


def _ends(pairs: Sequence[Pair], levels: Mapping[str, float]) -> tuple[float, float]:
    """Return the ends of the axis: all dots with their bars, and all levels, with some air."""
    sides = [(p.published, p.published_std) for p in pairs] + [(p.ours, p.ours_std) for p in pairs]
    sides += [(value, 0.0) for value in levels.values()]
    edges = [
        value + side * (0.0 if math.isnan(std) else std)
        for value, std in sides
        for side in (-1, 1)
        if not math.isnan(value)
    ]
    low, high = (min(edges), max(edges)) if edges else (0.0, 1.0)
    air = 0.05 * (high - low) or 0.5
    return low - air, high + air
