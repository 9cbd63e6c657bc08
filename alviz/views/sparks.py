"""Small plots as SVG: arrays in, markup out; colors come from the style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

# In units of the drawing, which is stretched to the room there is.
WIDTH, HEIGHT = 240.0, 56.0
# More bars than this are a line.
_MOST_BARS = 120
_BINS = 30
# So wide is drawn what holds from the last moment on.
_LAST = 8.0


def bars(values: ArrayLike, titles: Sequence[str] = ()) -> str:
    """Return a bar for each value, from zero; a line where there are very many. NaN leaves a gap."""
    heights = np.asarray(values, dtype=np.float64)
    if len(heights) > _MOST_BARS:
        return line(heights)
    low, high = _ends(heights, zero=True)
    zero = _y(np.zeros(1), low, high)[0]
    tops, step = _y(heights, low, high), WIDTH / max(len(heights), 1)
    drawn = []
    for i in np.flatnonzero(np.isfinite(heights)).tolist():
        top, bottom = min(tops[i], zero), max(tops[i], zero)
        title = titles[i] if titles else f"{i + 1}: {short(heights[i])}"
        drawn.append(_bar(i * step, top, step, bottom - top, "alviz-mark", title))
    return _svg(*drawn)


def line(values: ArrayLike) -> str:
    """Return a line through the values; NaN parts it."""
    heights = np.asarray(values, dtype=np.float64)
    low, high = _ends(heights)
    x = np.linspace(0, WIDTH, max(len(heights), 2))[: len(heights)]
    points, move = [], "M"
    for across, down in zip(x, _y(heights, low, high), strict=True):
        if not np.isfinite(down):
            move = "M"
            continue
        points.append(f"{move}{across:.1f} {down:.1f}")
        move = "L"
    return _svg(f'<path class="alviz-line" d="{"".join(points)}"/>')


def bounds(seconds: ArrayLike, upper: ArrayLike, lower: ArrayLike, titles: Sequence[str] = (), label: str = "") -> str:
    """Return two lines of steps that close in on each other, what lies between them shaded.

    Parameters
    ----------
    seconds : array_like, (m,)
        Ascending, m at least 1. What was known then holds until the next moment, the last to the edge.
    upper, lower : array_like, (m,)
        Finite. Both are drawn in one range: the lowest of all at the bottom, the highest at the top.
    titles : sequence of str
        What is said of each moment where the mouse is between it and the next; of very many, of some.
    label : str
        The whole in words, for who does not see it.
    """
    above, below = np.asarray(upper, dtype=np.float64), np.asarray(lower, dtype=np.float64)
    low, high = _ends(np.concatenate([above, below]))
    x = _across(np.asarray(seconds, dtype=np.float64))
    found, proved = (_steps(x, _y(heights, low, high)) for heights in (above, below))
    return _svg(
        f'<path class="alviz-gap" d="{_path([*found, *reversed(proved)])}Z"/>',
        f'<path class="alviz-line alviz-proved" d="{_path(proved)}"/>',
        f'<path class="alviz-line alviz-found" d="{_path(found)}"/>',
        *_moments(x, titles),
        label=label,
    )


def histogram(groups: Sequence[tuple[str, ArrayLike]]) -> str:
    """Return how often values come in each group, each to its own highest bin, in one range, drawn over each other.

    Parameters
    ----------
    groups : sequence of (name, values)
        Names become the class ``alviz-`` + name of the marks.
    """
    told = [(name, _finite(values)) for name, values in groups]
    everything = np.concatenate([np.zeros(0), *(values for _, values in told)])
    if everything.size == 0:
        return _svg()
    edges = _edges(everything)
    step, drawn = WIDTH / (len(edges) - 1), []
    for name, values in told:
        counts, _ = np.histogram(values, edges)
        heights = counts / max(counts.max(initial=0), 1) * (HEIGHT - 4)
        for i in np.flatnonzero(counts):
            title = f"{name}: {counts[i]:,} from {short(edges[i])} to {short(edges[i + 1])}"
            drawn.append(_bar(i * step, HEIGHT - heights[i], step, heights[i], f"alviz-{name}", title))
    return _svg(*drawn)


def counts(values: Sequence[int], titles: Sequence[str], colors: Sequence[str]) -> str:
    """Return a bar for each count in a color of its own."""
    high, step = max([*values, 1]), WIDTH / max(len(values), 1)
    drawn = []
    for i, (value, title, color) in enumerate(zip(values, titles, colors, strict=True)):
        height = value / high * (HEIGHT - 4)
        drawn.append(_bar(i * step, HEIGHT - height, step, height, "", title, color))
    return _svg(*drawn)


def short(value: float) -> str:
    """Return a number in four digits."""
    return f"{value:.4g}".replace("-", "−")


def _finite(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    return array[np.isfinite(array)]


def _edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = float(values.min()), float(values.max())
    room = max(high - low, 1e-9 * max(abs(low), abs(high), 1.0))
    return np.linspace(low, low + room, _BINS + 1)


def _ends(values: NDArray[np.float64], zero: bool = False) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if zero or finite.size == 0:
        finite = np.append(finite, 0.0)
    return float(finite.min()), float(finite.max())


def _y(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    share = (values - low) / (high - low) if high > low else np.full(len(values), 0.5)
    return np.asarray(HEIGHT - 2 - share * (HEIGHT - 4))


def _across(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where moments lie, the first at the left edge, the last short of the right one: it is seen to hold."""
    length = float(seconds[-1] - seconds[0])
    return np.asarray((seconds - seconds[0]) / (length if length > 0 else 1.0) * (WIDTH - _LAST))


def _steps(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Return the corners of a line that keeps its height from each moment to the next, the last to the edge."""
    corners = np.repeat(np.append(x, WIDTH), 2)[1:-1]
    return list(zip(corners.tolist(), np.repeat(y, 2).tolist(), strict=True))


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{across:.1f} {down:.1f}" for across, down in points)


def _moments(x: NDArray[np.float64], titles: Sequence[str]) -> list[str]:
    """Return an unseen mark for each title, as wide as its moment holds and as high as the picture."""
    some = np.unique(np.linspace(0, len(titles) - 1, min(len(titles), _MOST_BARS)).astype(int))
    ends = np.append(x[some[1:]], WIDTH)
    return [
        f'<rect class="alviz-moment" x="{x[i]:.2f}" y="0" width="{end - x[i]:.2f}" height="{HEIGHT:.0f}">'
        f"<title>{escape(titles[i])}</title></rect>"
        for i, end in zip(some.tolist(), ends.tolist(), strict=True)
    ]


def _bar(x: float, y: float, width: float, height: float, kind: str, title: str, color: str = "") -> str:
    gap = min(1.0, width / 4)
    style = f' style="fill:{escape(color)}"' if color else ""
    where = f'x="{x + gap / 2:.2f}" y="{y:.2f}" width="{width - gap:.2f}" height="{max(height, 0.5):.2f}"'
    return f'<rect class="{escape(kind)}"{style} {where}><title>{escape(title)}</title></rect>'


def _svg(*inside: str, label: str = "") -> str:
    box = f"0 0 {WIDTH:.0f} {HEIGHT:.0f}"
    said = f' aria-label="{escape(label)}"' if label else ""
    drawn = "".join(inside)
    return f'<svg class="alviz-spark" viewBox="{box}" preserveAspectRatio="none" role="img"{said}>{drawn}</svg>'
