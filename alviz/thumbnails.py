"""Image files for people to look at: brought to one size, never fatal."""

from __future__ import annotations

from collections.abc import Iterable

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
