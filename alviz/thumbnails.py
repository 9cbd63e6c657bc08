"""Images for people to look at: brought to one size, small, never fatal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 64
_UNREADABLE = 160  # gray


def read_thumbnails(paths: Iterable[str], side: int = SIDE) -> NDArray[np.uint8]:
    """Return images (k, side, side, 3), fitted into a white square; a file that cannot be read is gray."""
    from PIL import Image, ImageOps

    paths = list(paths)
    tiles = np.full((len(paths), side, side, 3), _UNREADABLE, dtype=np.uint8)
    for tile, path in zip(tiles, paths, strict=True):
        try:
            with Image.open(path) as image:
                image.draft("RGB", (side, side))  # a large JPEG is decoded at a smaller size
                upright = ImageOps.exif_transpose(image).convert("RGB")
            tile[:] = np.asarray(ImageOps.pad(upright, (side, side), color="white"))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            continue  # a picture is missing, nothing else depends on it
    return tiles


def unreadable(tiles: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the mask (k,) of what `read_thumbnails` could not read: those that are all of its gray."""
    return (tiles == _UNREADABLE).all(axis=(1, 2, 3))


def reduced(images: NDArray[np.uint8], side: int = SIDE) -> NDArray[np.uint8]:
    """Return images (k, h, w) or (k, h, w, c), averaged down to `side` pixels at most; gray ones as (k, h', w')."""
    from PIL import Image

    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    step = max(1, -(-max(images.shape[1:3]) // side))
    if step == 1 or not len(images):
        return images
    return np.stack([np.asarray(Image.fromarray(np.ascontiguousarray(image)).reduce(step)) for image in images])


def is_ink(images: NDArray[Any]) -> bool:
    """Whether these are small strokes on black, which read better as ink on paper."""
    gray = images.ndim == 3 or images.shape[3] == 1
    if not gray or max(images.shape[1:3]) > 32:
        return False
    edge = [images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]]
    return bool(np.median(np.concatenate([part.ravel() for part in edge])) < 32)
