"""A table for a paper: text and three rules, as books set them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alviz.figures.page import INK, SMALL, Text, page, pixels, points, strip, text_width, texts

# Pixels of a line, above and below the table, and between the ends of its rules and its text.
_LINE, _EDGE, _INSET = 15.0, 2.0, 2.0
_HEAVY, _LIGHT = points(0.8), points(0.4)


def booktabs(
    header: Sequence[str],
    sections: Sequence[tuple[str, Sequence[Sequence[str]]]],
    *,
    groups: Sequence[tuple[str, int, int]] = (),
    width: str | float = "column",
) -> Any:
    """Draw a table: the first column flush left, all others right, under a header in two levels.

    Parameters
    ----------
    header : sequence of str, (m,)
    sections : sequence of (title, rows)
        Rows of m texts each; a title "" takes no line.
    groups : sequence of (text, first, last)
        What stands above columns first..last, over a rule of its own.
    width : "column", "text" or float
        Inches.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    import plotly.graph_objects as go

    across = pixels(width)
    body = sum(len(rows) + bool(title) for title, rows in sections)
    height = round((body + 1 + bool(groups)) * _LINE + 2 * _EDGE)
    ends = _columns(header, sections, across)
    lines: list[Text] = []
    shapes: list[dict[str, Any]] = []

    def write(row: Sequence[str], line: float) -> None:
        y = height - _EDGE - (line + 0.5) * _LINE
        lines.append(Text(row[0], _INSET, y))
        lines.extend(Text(text, end, y, "left") for text, end in zip(row[1:], ends[1:], strict=True))

    def rule(line: float, weight: float, start: float = 0.0, end: float = across) -> None:
        y = height - _EDGE - line * _LINE
        drawn = {"color": INK, "width": weight}
        shapes.append({"type": "line", "line": drawn, "x0": start, "x1": end, "y0": y, "y1": y})

    at = 0.0
    rule(at, _HEAVY)
    for text, first, last in groups:
        start, end = ends[first] - _room(header, sections, first), ends[last]
        lines.append(Text(text, (start + end) / 2, height - _EDGE - 0.5 * _LINE, "center"))
        rule(1, _LIGHT, start, end)
    at += bool(groups)
    write(header, at)
    at += 1
    for title, rows in sections:
        rule(at, _LIGHT)
        if title:
            lines.append(Text(title, _INSET, height - _EDGE - (at + 0.5) * _LINE, bold=True))
            at += 1
        for row in rows:
            write(row, at)
            at += 1
    rule(at, _HEAVY)
    layout = page(across, height, shapes=shapes) | strip("", across, height, 0, height)
    return go.Figure(texts(lines, "", "table"), layout)


def _room(header: Sequence[str], sections: Sequence[tuple[str, Sequence[Sequence[str]]]], column: int) -> float:
    """Return the pixels that the longest text of a column takes."""
    cells = [row[column] for _, rows in sections for row in rows]
    return max(text_width(text, SMALL) for text in (header[column], *cells))


def _columns(
    header: Sequence[str], sections: Sequence[tuple[str, Sequence[Sequence[str]]]], across: float
) -> list[float]:
    """Return the right end of every column in pixels: what is left over stands between them."""
    rooms = [_room(header, sections, i) for i in range(len(header))]
    air = max(4.0, (across - 2 * _INSET - sum(rooms)) / max(len(rooms) - 1, 1))
    ends, at = [], _INSET
    for room in rooms:
        at += room
        ends.append(at)
        at += air
    return ends
