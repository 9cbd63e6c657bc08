"""A picture of what an explorer shows, for a notebook that is read without a kernel: no browser draws it."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from alviz.figures import LIGHT, class_colors
from alviz.figures.palette import BRANCHES, UNKNOWN
from alviz.record import CycleRecord
from alviz.task import headline, metric
from alviz.views.branch import Branch, short_names
from alviz.views.controller import Controller
from alviz.views.state import State
from alviz.views.worker import FEED

# In pixels of the page; drawn twice as large for sharp screens, and twice again for smooth edges.
_WIDTH, _HEIGHT, _CURVES = 860, 400, 280
_SHARP, _SMOOTH = 2, 2
_SCALE = _SHARP * _SMOOTH
_MARGIN = 14
_MOST_DOTS = 10_000
_SOFT, _LINE = "#68717b", "#dfe3e6"


def still(state: State) -> str:
    """Return HTML with one picture and its caption; empty while there is nothing to show."""
    frame = state.frame
    if frame.scene is None or frame.layout is None:
        return ""
    scene, words = frame.scene, f"{frame.layout.title} of cycle {frame.scene.cycle}"
    picks = "" if frame.picks is None else f", {len(frame.picks.selection)} picks of {frame.picks.sampler['name']}"
    text = escape(f"{scene.run.name}: {words}, {scene.record.labeled} labels{picks}. Run the cell to explore.")
    encoded = base64.b64encode(picture(state)).decode()
    return (
        f'<div class="alviz-still"><img width="{_WIDTH}" alt="{text}" src="data:image/png;base64,{encoded}">'
        f"<p><small>{text}</small></p></div>"
    )


def picture(state: State) -> bytes:
    """Return a PNG of the map of the shown cycle and the accuracy of every branch; there must be a layout."""
    canvas = Image.new("RGB", (_WIDTH * _SCALE, _HEIGHT * _SCALE), LIGHT.ground)
    draw = ImageDraw.Draw(canvas, "RGBA")
    _draw_map(draw, state, _WIDTH - _CURVES)
    _draw_curves(draw, state, _WIDTH - _CURVES, short_names(state.branches))
    small = canvas.resize((_WIDTH * _SHARP, _HEIGHT * _SHARP), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.quantize(128, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _draw_map(draw: ImageDraw.ImageDraw, state: State, width: int) -> None:
    """Draw dots for the unlabeled, rings for the labeled, diamonds for the picks, as the map does."""
    scene, layout, picks = state.frame.scene, state.frame.layout, state.frame.picks
    assert scene is not None
    assert layout is not None
    xy = _fit(layout.xy, width, _HEIGHT - 40) + np.array([0, 30])
    colors = [*class_colors(len(scene.classes)), UNKNOWN]
    labels, labeled = scene.truth[layout.ids], scene.labeled_mask()[layout.ids]
    picked = layout.rows([] if picks is None else picks.selection.ids)
    labeled[picked] = False
    plain = ~labeled
    plain[picked] = False
    dots = np.flatnonzero(plain)
    for row in dots[:: -(-len(dots) // _MOST_DOTS) or 1]:
        _disc(draw, xy[row], 1.8, fill=f"{colors[labels[row]]}6b")
    for row in np.flatnonzero(labeled):
        _disc(draw, xy[row], 3.6, outline=colors[labels[row]])
    for row in picked:
        x, y = xy[row]
        corners = [(x, y - 5.5), (x + 5.5, y), (x, y + 5.5), (x - 5.5, y)]
        draw.polygon(_at(corners), fill=colors[labels[row]], outline=LIGHT.ink, width=5)
    draw.text(_at([(_MARGIN, 8)])[0], f"{layout.title} of cycle {layout.cycle}", fill=_SOFT, font=_font(12))


def _draw_curves(draw: ImageDraw.ImageDraw, state: State, left: int, names: Sequence[str]) -> None:
    """Draw the accuracy of every branch against its labels."""
    name = headline(name for branch in state.branches for record in _records(branch) for name in record.metrics)
    curves = [_values(branch, name) for branch in state.branches]
    values = np.concatenate([accuracy for _, accuracy in curves])
    values = values[np.isfinite(values)]
    if not values.size:
        return
    labels = np.concatenate([labels for labels, _ in curves])
    low, high = float(values.min()), float(values.max())
    across = (left + 44, _WIDTH - _MARGIN - 78)
    down = (_HEIGHT - 34, 40)

    def place(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[tuple[float, float]]:
        right = np.interp(x, (labels.min(), max(labels.max(), labels.min() + 1)), across)
        return list(zip(right, np.interp(y, (low, max(high, low + 1e-3)), down), strict=True))

    draw.text(_at([(left + 10, 8)])[0], f"{metric(name).title} by labels".capitalize(), fill=_SOFT, font=_font(12))
    for value in (low, (low + high) / 2, high):
        (_, y), *_ = place(np.zeros(1), np.array([value]))
        draw.line(_at([(across[0], y), (across[1], y)]), fill=_LINE, width=3)
        draw.text(_at([(left + 2, y - 7)])[0], f"{100 * value:.0f} %", fill=_SOFT, font=_font(11))
    for value in (labels.min(), labels.max()):
        ((x, _),) = place(np.array([value]), np.array([low]))
        draw.text(_at([(x - 8, _HEIGHT - 24)])[0], f"{value:.0f}", fill=_SOFT, font=_font(11))
    for index, (labels_of, accuracy) in enumerate(curves):
        there = np.isfinite(accuracy)
        points = place(labels_of[there].astype(np.float64), accuracy[there])
        color = BRANCHES[index % len(BRANCHES)]
        draw.line(_at(points), fill=color, width=9 if index == state.branch else 6, joint="curve")
        if points and index < 12:
            x, y = points[-1]
            draw.text(_at([(x + 6, y - 7)])[0], names[index][:12], fill=color, font=_font(11))
        if index == state.branch and state.cycle < len(accuracy) and np.isfinite(accuracy[state.cycle]):
            _disc(draw, place(labels_of[[state.cycle]], accuracy[[state.cycle]])[0], 4, fill=color)


def _values(branch: Branch, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    records = _records(branch)
    labels = np.array([record.labeled for record in records], dtype=np.float64)
    return labels, np.array([record.metrics.get(name, np.nan) for record in records], dtype=np.float64)


def _records(branch: Branch) -> list[CycleRecord]:
    return [branch.run.record(cycle) for cycle in range(branch.run.fitted)]


def _fit(xy: NDArray[np.float32], width: int, height: int) -> NDArray[np.float64]:
    """Return coordinates in pixels: as large as fits, one scale for both axes, y upwards."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    room = np.array([width, height]) - 2 * _MARGIN
    scale = (room / np.maximum(high - low, 1e-6)).min()
    middle = np.array([width, height]) / 2
    return np.asarray((xy - (low + high) / 2) * scale * (1, -1) + middle, dtype=np.float64)


def _disc(
    draw: ImageDraw.ImageDraw, at: Sequence[float], radius: float, fill: str | None = None, outline: str | None = None
) -> None:
    x, y = at
    draw.ellipse(_at([(x - radius, y - radius), (x + radius, y + radius)]), fill=fill, outline=outline, width=6)


def _at(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(float(x) * _SCALE, float(y) * _SCALE) for x, y in points]


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * _SCALE)


class Still:
    """The picture under an explorer's cell, kept up to date; the page hides it while the explorer lives.

    Parameters
    ----------
    controller : Controller
    """

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._shown: Any = None
        self._html = ""
        controller.state.observe(lambda _: self._draw(), ["frame", "branches", "revision"])

    def show(self) -> None:
        """Put the picture into the output of the cell that runs now."""
        from IPython.display import HTML, display

        self._html = self._html or still(self._controller.state)
        self._shown = display(HTML(self._html), display_id=True) or self._shown

    def _draw(self) -> None:
        if self._shown is not None:
            self._controller.submit("still", FEED, lambda _: still(self._controller.state), self._replace)

    def _replace(self, html: str) -> None:
        from IPython.display import HTML

        if html and html != self._html:
            self._html = html
            self._shown.update(HTML(html))
