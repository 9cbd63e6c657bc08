"""What figures for a paper have in common: their width on the page, type in points, a white ground.

Browsers, and with them plotly and what it exports, count 96 pixels to the inch: at that scale every number below
is a size on paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from numbers import Real
from typing import Any

from alviz.errors import InvalidInput
from alviz.figures.palette import LIGHT

PIXELS_PER_INCH = 96
# Inches, of the two-column pages of most conferences: one column, and both with the gap between them.
WIDTHS: Mapping[str, float] = {"column": 3.25, "text": 6.75}
# Above so many points a file of vectors is slow to draw and large: points become a picture inside the axes.
MOST_VECTORS = 5_000
_NARROWEST, _WIDEST = 1.0, 40.0

# Points. What is read first, and what is read next.
TYPE, SMALL = 8.0, 7.0
FAMILY = "Helvetica, Arial, Liberation Sans, sans-serif"
INK, RULE = LIGHT.ink, "#c4c9cf"
HAIRLINE = 0.5
# Levels: lines across that are the same for all that is drawn, told apart by their dashes.
LEVEL = "#5b636d"
LEVELS = ("3px,2px", "1px,2px", "5px,2px,1px,2px")

# Advance widths of Helvetica in thousandths of an em; what is not listed is as wide as a digit.
_ADVANCES = {
    **dict.fromkeys("ijl'|", 222),
    **dict.fromkeys("ft.,:;!/()[] ", 278),
    **dict.fromkeys("r-", 333),
    **dict.fromkeys("cksvxyz", 500),
    **dict.fromkeys("=+<>", 584),
    **dict.fromkeys("FTZ", 611),
    **dict.fromkeys("ABEKPSVXY&", 667),
    **dict.fromkeys("wCDHNRU", 722),
    **dict.fromkeys("GOQ", 778),
    **dict.fromkeys("mM", 833),
    **dict.fromkeys("%@W→", 1000),
}
_ADVANCE = 556


def points(size: float) -> float:
    """Return a size in points as pixels."""
    return size * PIXELS_PER_INCH / 72


def pixels(width: str | float) -> float:
    """Return the width of a figure, ``"column"``, ``"text"`` or a number of inches, in pixels.

    Raises
    ------
    InvalidInput
        For anything else.
    """
    if isinstance(width, str) and width in WIDTHS:
        return WIDTHS[width] * PIXELS_PER_INCH
    number = isinstance(width, Real) and not isinstance(width, bool)
    if not number or not _NARROWEST <= float(width) <= _WIDEST:
        names = " or ".join(f"{name!r} ({inches} in)" for name, inches in WIDTHS.items())
        raise InvalidInput(
            f"width is {width!r}, expected {names}, or a number of inches from {_NARROWEST:g} to {_WIDEST:g}."
        )
    return float(width) * PIXELS_PER_INCH


def text_width(text: str, size: float = TYPE) -> float:
    """Return about how many pixels a line of text takes: there is no font to ask here."""
    return sum(_ADVANCES.get(char, _ADVANCE) for char in text) / 1000 * points(size)


def page(width: float, height: float, **more: Any) -> dict[str, Any]:
    """Return the layout of a figure of that many pixels, without margins and with nothing of plotly's templates."""
    return {
        "template": "none",
        "autosize": False,
        "width": width,
        "height": height,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0, "pad": 0},
        "paper_bgcolor": "white",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FAMILY, "size": points(TYPE), "color": INK},
        "hovermode": "closest",
        "showlegend": False,
        **more,
    }


def axis(title: str, **more: Any) -> dict[str, Any]:
    """Return a thin axis line with ticks outside and its title, which is text and not markup."""
    return {
        "title": {"text": escape(title), "font": {"size": points(TYPE)}, "standoff": 4},
        "tickfont": {"size": points(SMALL)},
        "showline": True,
        "linecolor": INK,
        "linewidth": points(HAIRLINE),
        "ticks": "outside",
        "ticklen": 3,
        "tickwidth": points(HAIRLINE),
        "tickcolor": INK,
        "showgrid": False,
        "zeroline": False,
        "nticks": 8,
        **more,
    }


def strip(number: str, width: float, height: float, low: float, high: float) -> dict[str, Any]:
    """Return invisible axes over the whole width and from `low` to `high` pixels above the bottom, in pixels."""
    hidden = {"visible": False, "fixedrange": True}
    ends = [low / height, high / height]
    return {
        f"xaxis{number}": {**hidden, "domain": [0, 1], "anchor": f"y{number}", "range": [0, width]},
        f"yaxis{number}": {**hidden, "domain": ends, "anchor": f"x{number}", "range": [low, high]},
    }


@dataclass(frozen=True)
class Text:
    """A line of text and where it stands, in pixels; `side` is where of that place: left, right or center."""

    text: str
    x: float
    y: float
    side: str = "right"
    size: float = SMALL
    bold: bool = False


def texts(lines: Sequence[Text], number: str, name: str) -> Any:
    """Return lines of text, which are text and not markup, in the axes of a `strip`.

    A trace and not annotations, whose places plotly rounds to pixels: rows would stand unevenly.
    """
    import plotly.graph_objects as go

    places = {"right": "middle right", "left": "middle left", "center": "middle center"}
    return go.Scatter(
        uid=name,
        name=name,
        x=[line.x for line in lines],
        y=[line.y for line in lines],
        text=[escape(line.text) for line in lines],
        mode="text",
        textposition=[places[line.side] for line in lines],
        textfont={
            "size": [points(line.size) for line in lines],
            "color": INK,
            "weight": ["bold" if line.bold else "normal" for line in lines],
        },
        cliponaxis=False,
        hoverinfo="skip",
        xaxis=f"x{number}",
        yaxis=f"y{number}",
    )
