"""Colors: ten classes that stay apart for every eye, and two grounds to show them on.

The class colors keep a CIELAB distance of 12.5 or more from each other, also as simulated for people without
red, green or blue cones (Machado et al. 2009), and a contrast of 2.3 or more on both grounds.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

CLASSES = (
    "#516795",
    "#e49b00",
    "#2f9d61",
    "#d07fb4",
    "#4cb3e9",
    "#d45c00",
    "#8568c3",
    "#938e89",
    "#b5a144",
    "#15767c",
)
# Lines of branches, thin and few: brighter than a class's dots need to be, the first ones most different.
BRANCHES = (
    "#0f8fa6",
    "#d45c00",
    "#8568c3",
    "#e49b00",
    "#2f9d61",
    "#d07fb4",
    "#4cb3e9",
    "#516795",
    "#b5a144",
    "#938e89",
)
UNKNOWN = "#9aa0a8"

Scale = tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Theme:
    """A ground and what stands out from it, for what is drawn in WebGL, which knows no CSS.

    Attributes
    ----------
    ground, ink, accent : str
        Background, outlines, and what is in focus.
    dots : float
        Opacity of unlabeled points.
    scale : tuple of (float, str)
        From what recedes to what stands out, for scores.
    """

    ground: str
    ink: str
    accent: str
    dots: float
    scale: Scale


LIGHT = Theme("#ffffff", "#1b1f24", "#0b7285", 0.42, ((0, "#d3dae1"), (0.5, "#5fa8b8"), (1, "#0b4a6f")))
DARK = Theme("#14181c", "#f4f6f8", "#3bc9db", 0.5, ((0, "#3a444e"), (0.5, "#2f8fa3"), (1, "#9cf0fa")))
THEMES = {"light": LIGHT, "dark": DARK}


def class_colors(n: int) -> tuple[str, ...]:
    """Return a color for each of `n` classes.

    Past ten no palette keeps all colors apart: hues go once around the circle in three lightnesses, and
    the classes' marks on the map tell which is which.
    """
    if n <= len(CLASSES):
        return CLASSES[:n]
    around = [colorsys.hls_to_rgb(i / n, (0.40, 0.52, 0.62)[i % 3], 0.6) for i in range(n)]
    return tuple("#" + "".join(f"{round(255 * part):02x}" for part in color) for color in around)


def class_scale(n: int) -> tuple[Scale, float, float]:
    """Return the stepped color scale of `n` classes and its ends: class c is the number c, -1 is unknown."""
    colors = (UNKNOWN, *class_colors(n))
    steps = [((i + end) / len(colors), color) for i, color in enumerate(colors) for end in (0, 1)]
    return tuple(steps), -1.5, n - 0.5


def score_scale(theme: Theme) -> tuple[Scale, float, float]:
    """Return the scale of shares 0..1 and its ends; -1 is what has no score."""
    start = 0.04
    ramp = [(start + (1 - start) * at, color) for at, color in theme.scale]
    return ((0, UNKNOWN), (start, UNKNOWN), *ramp), -start / (1 - start), 1.0


def ranks(values: ArrayLike) -> NDArray[np.float32]:
    """Return the rank of each value as a share 0..1, ties by their mean; -1 where there is no value.

    Scores of samplers have any scale and often a long tail; ranks show an order on every map.
    """
    given = np.asarray(values, dtype=np.float64)
    shares = np.full(given.shape, -1, dtype=np.float32)
    there = np.isfinite(given)
    _, inverse, counts = np.unique(given[there], return_inverse=True, return_counts=True)
    if counts.size:
        middles = np.cumsum(counts) - (counts + 1) / 2
        shares[there] = middles[inverse] / max(there.sum() - 1, 1)
    return shares
