"""Names at the lines that they name: no legend to look up."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from alviz.figures.curve import Curve, Level, ends_of
from alviz.figures.palette import BRANCHES

# Longer names are cut at the line's end; the hover tells them whole.
LONGEST = 14
QUIET = "#8a919a"  # readable on both grounds
# Lines of text that fit below each other in the figure's height.
_ROWS = 13
# How wide a name is, as a share of the axis.
_NAME_WIDTH = 0.2


def level_name(level: Level | None, x: float, values: tuple[float, float], scale: float) -> list[dict[str, Any]]:
    """Return the words at the level's line, if that is in view."""
    if level is None or not values[0] <= scale * level.value <= values[1]:
        return []
    # Below a line at the top, above one at the bottom.
    upper = scale * level.value > sum(values) / 2
    return [
        {
            "text": escape(level.name),
            "x": x,
            "y": scale * level.value,
            "xanchor": "left",
            "yanchor": "top" if upper else "bottom",
            "showarrow": False,
            "font": {"size": 10.5, "color": QUIET},
        }
    ]


def line_names(curves: Sequence[Curve], shown: int, low: float, high: float, scale: float) -> list[dict[str, Any]]:
    """Return each line's name at its end, moved where names would cover each other."""
    ends = []
    for i, curve in enumerate(curves):
        there = np.flatnonzero(np.isfinite(curve.values))
        if there.size:
            ends.append((scale * float(curve.values[there[-1]]), i, float(curve.labels[there[-1]])))
    first, last = ends_of(curves)
    names: list[dict[str, Any]] = []
    for beside in _beside(sorted(ends, key=lambda end: end[2]), _NAME_WIDTH * (last - first)):
        places = _spread([value for value, _, _ in sorted(beside)], low, high)
        for (_, i, label), y in zip(sorted(beside), places, strict=True):
            name = curves[i].name
            text = escape(name if len(name) <= LONGEST else name[: LONGEST - 1] + "…")
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


def _beside(ends: list[tuple[float, int, float]], width: float) -> list[list[tuple[float, int, float]]]:
    """Return ends, ascending by labels, in groups that are nearer to each other than a name is wide."""
    groups: list[list[tuple[float, int, float]]] = []
    for end in ends:
        if groups and end[2] - groups[-1][-1][2] <= width:
            groups[-1].append(end)
        else:
            groups.append([end])
    return groups


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
