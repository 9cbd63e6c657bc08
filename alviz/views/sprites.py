"""Pictures of examples on their way to a page: many in one file, small, decoded by the page itself."""

from __future__ import annotations

import io
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from alviz.pool import Pool
from alviz.views import html

# Pixels of the longer side of a picture that is looked at alone.
LARGE = 160
# Colored pictures from this height on are photographs: JPEG takes a fraction of what PNG takes.
_PHOTOGRAPH = 48
# How many pictures tell whether a pool holds strokes on black.
_SAMPLE = 16

_ink: WeakKeyDictionary[Pool, bool] = WeakKeyDictionary()


def sprite(pool: Pool, ids: ArrayLike, side: int = 64) -> bytes:
    """Return the pictures of `ids`, one below the other, as one PNG or JPEG; nothing for a pool without any."""
    if not pool.pictured or len(np.atleast_1d(ids)) == 0:
        return b""
    return encoded(pool.thumbnails(ids), side)


def encoded(images: NDArray[np.uint8], side: int | None = None) -> bytes:
    """Return images (k, h, w) or (k, h, w, c), one below the other, as one PNG or JPEG.

    Parameters
    ----------
    images : ndarray of uint8
        At least one.
    side : int, optional
        Larger ones are averaged down to so many pixels at most; by default they stay as they are.
    """
    pictures = html.below_each_other(images, side or max(images.shape[1:3]))
    height = len(pictures) // len(images)
    buffer = io.BytesIO()
    if pictures.ndim == 3 and height >= _PHOTOGRAPH:
        Image.fromarray(pictures).save(buffer, "JPEG", quality=88, subsampling=0)
    else:
        Image.fromarray(pictures).save(buffer, "PNG")
    return buffer.getvalue()


def is_ink(pool: Pool) -> bool:
    """Whether a pool holds small strokes on black, which read better as ink on paper."""
    if pool not in _ink:
        rows = np.unique(np.linspace(0, len(pool) - 1, _SAMPLE).astype(np.int64))
        _ink[pool] = pool.thumbnail_paths is None and pool.pictured and html.is_ink(pool.thumbnails(rows))
    return _ink[pool]
