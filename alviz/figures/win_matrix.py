"""Who beats whom: BADGE's pairwise penalty matrix with its averages below (Ash et al. 2020, Fig 4)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.figures.page import INK, SMALL, Text, page, pixels, points, strip, text_width, texts

# From nothing to always.
_SCALE = ((0.0, "#f1f4f6"), (0.5, "#7fb9c4"), (1.0, "#0b4a6f"))
# Pixels of the narrowest cell that its number fits into.
_NARROWEST = 19.0
# Pixels around cells, of the highest cell, between the matrix and the averages, and of a line below.
_AIR, _HIGHEST, _GAP, _LINE = 6.0, 24.0, 5.0, 12.0
# Between words and the page's edge.
_EDGE = 3.0
_AVERAGE = "average"


def win_matrix(
    names: Sequence[str],
    penalties: NDArray[np.floating],
    averages: NDArray[np.floating],
    *,
    budgets: int,
    width: str | float = "column",
) -> Any:
    """Draw shares 0..1 at which the row beats the column.

    Parameters
    ----------
    names : sequence of str, (m,)
    penalties : ndarray, (m, m)
    averages : ndarray, (m,)
        Of the columns: lower is better.
    budgets : int
        At how many numbers of labels they were compared.
    width : "column", "text" or float
        Inches.

    Returns
    -------
    plotly.graph_objects.Figure
        The traces "wins" and "averages", and "names" with all texts.
    """
    import plotly.graph_objects as go

    across, count = pixels(width), len(names)
    left = max(text_width(name, SMALL) for name in (*names, _AVERAGE)) + _AIR + _EDGE
    step = (across - left - 1) / max(count, 1)
    cell = min(_HIGHEST, max(step, 12.0))
    # Names above the columns lie flat where they fit, else they stand upright.
    longest = max((text_width(name, SMALL) for name in names), default=0.0)
    flat = longest + 4 <= step
    above = (_LINE if flat else longest + _EDGE) + _AIR
    words = _words(budgets, across)
    below = _LINE * len(words) + _AIR
    height = round(above + cell * (count + 1) + _GAP + below)
    shares = np.asarray(penalties, dtype=np.float64).copy()
    np.fill_diagonal(shares, np.nan)
    matrix = [above / height, (above + cell * count) / height]
    footer = [(above + cell * count + _GAP) / height, (above + cell * (count + 1) + _GAP) / height]
    side = [left / across, 1 - 1 / across]
    hidden = {"visible": False, "fixedrange": True}
    layout = page(
        across,
        height,
        xaxis={**hidden, "domain": side, "range": [-0.5, count - 0.5]},
        yaxis={**hidden, "domain": [1 - matrix[1], 1 - matrix[0]], "range": [count - 0.5, -0.5]},
        yaxis3={**hidden, "domain": [1 - footer[1], 1 - footer[0]], "range": [-0.5, 0.5], "anchor": "x"},
    )
    layout |= strip("2", across, height, 0, height)
    centers = [left + step * (i + 0.5) for i in range(count)]
    rows = [height - above - cell * (i + 0.5) for i in range(count)]
    foot = height - above - cell * (count + 0.5) - _GAP
    lines = [Text(name, left - _AIR, y, "left") for name, y in zip(names, rows, strict=True)]
    lines.append(Text(_AVERAGE, left - _AIR, foot, "left", bold=True))
    if flat:
        lines += [Text(name, x, height - _LINE / 2, "center") for name, x in zip(names, centers, strict=True)]
    else:
        layout["annotations"] = [
            _upright(name, x, height - above + _AIR / 2) for name, x in zip(names, centers, strict=True)
        ]
    lines += [Text(line, across / 2, below - _AIR - _LINE * (i + 0.5), "center") for i, line in enumerate(words)]
    cells = [
        _cells("wins", shares, names, "y", step),
        _cells("averages", np.asarray(averages, dtype=np.float64)[None], names, "y3", step),
    ]
    return go.Figure([*cells, texts(lines, "2", "names")], layout)


def _cells(uid: str, shares: NDArray[np.float64], names: Sequence[str], y: str, step: float) -> Any:
    """Return colored cells with their numbers, where there is room for these."""
    import plotly.graph_objects as go

    told = "average of %{customdata[1]}" if uid == "averages" else "%{customdata[0]} beats %{customdata[1]}"
    pairs = np.array([[(escape(row), escape(column)) for column in names] for row in names[: len(shares)]])
    # What never happens is a plain 0: the eye goes to the others.
    words = [["" if np.isnan(one) else "0" if one == 0 else f"{one:.2f}" for one in row] for row in shares]
    return go.Heatmap(
        uid=uid,
        z=shares,
        zmin=0,
        zmax=1,
        colorscale=list(_SCALE),
        showscale=False,
        xgap=1.5,
        ygap=1.5,
        text=words,
        customdata=pairs,
        texttemplate="%{text}" if step >= _NARROWEST else None,
        textfont={"size": points(SMALL)},
        hoverongaps=False,
        hovertemplate=f"{told}: %{{z:.2f}}<extra></extra>",
        yaxis=y,
    )


def _upright(name: str, x: float, y: float) -> dict[str, Any]:
    """Return a name that reads upward from a place in pixels."""
    return {
        "text": escape(name),
        "x": x,
        "y": y,
        "xref": "x2",
        "yref": "y2",
        "textangle": -90,
        "xanchor": "center",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": points(SMALL), "color": INK},
    }


def _words(budgets: int, width: float) -> list[str]:
    """Return what the numbers are, in as many lines as they take."""
    counts = f"{budgets} number{'s' if budgets > 1 else ''} of labels"
    words = [f"share of {counts} at which the row beats the column", "(paired t-test, 95 %); average: lower is better"]
    whole = " ".join(words)
    return [whole] if text_width(whole, SMALL) <= width else words
