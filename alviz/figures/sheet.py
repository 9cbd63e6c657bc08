"""A sheet of small pictures for a paper, in blocks with a title each."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.figures.page import TYPE, page, pixels, points

# Pixels of a picture's side at least: at a third of an inch that is as fine as print is.
_FINE = 96
# White between two pictures, as a share of one.
_GAP = 1 / 12
WHITE = 255


def sheet(blocks: Mapping[str, NDArray[np.uint8]], *, columns: int = 10, width: str | float = "column") -> Any:
    """Draw blocks of pictures below each other.

    Parameters
    ----------
    blocks : mapping of str to ndarray of uint8, (k, h, w) or (k, h, w, 1 or 3)
        By title; all of one size, in reading order.
    columns : int
        Pictures in a row.
    width : "column", "text" or float
        Inches.

    Returns
    -------
    plotly.graph_objects.Figure
        One image per block, named as it: pixels are enlarged whole, never blurred.
    """
    import plotly.graph_objects as go
    from PIL import Image

    across = pixels(width)
    title, between = points(TYPE) * 1.6, 6.0
    pictures = {name: mosaic(images, columns) for name, images in blocks.items()}
    heights = [across * picture.shape[0] / picture.shape[1] for picture in pictures.values()]
    height = round(sum(heights) + len(heights) * (title + between))
    images, titles, top = [], [], float(height)
    for (name, picture), tall in zip(pictures.items(), heights, strict=True):
        at = {"x": 0, "y": (top - title / 2) / height, "xref": "paper", "yref": "paper"}
        at |= {"xanchor": "left", "yanchor": "middle", "showarrow": False, "borderpad": 0, "borderwidth": 0}
        titles.append({"text": escape(name), **at})
        images.append(
            {
                "name": name,
                "source": Image.fromarray(picture),
                "x": 0,
                "y": (top - title) / height,
                "sizex": 1,
                "sizey": tall / height,
                "sizing": "stretch",
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "top",
            }
        )
        top -= title + tall + between
    hidden = {"visible": False}
    return go.Figure([], page(across, height, images=images, annotations=titles, xaxis=hidden, yaxis=hidden))


def mosaic(images: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Return pictures (k, h, w[, c]) as one (H, W, 3): tiles side by side, white between and after them."""
    images = images if images.ndim == 4 else images[..., None]
    factor = max(1, -(-_FINE // min(images.shape[1:3])))
    tiles = np.broadcast_to(images, (*images.shape[:3], 3)).repeat(factor, axis=1).repeat(factor, axis=2)
    tall, wide = tiles.shape[1:3]
    gap = max(1, round(_GAP * wide))
    rows = max(1, -(-len(tiles) // columns))
    canvas = np.full((rows * (tall + gap) - gap, columns * (wide + gap) - gap, 3), WHITE, dtype=np.uint8)
    for i, tile in enumerate(tiles):
        top, left = i // columns * (tall + gap), i % columns * (wide + gap)
        canvas[top : top + tall, left : left + wide] = tile
    return canvas
