"""Small images for the tests of image folders: made, saved, zipped."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def noise(height: int = 6, width: int = 8, channels: int = 3, seed: int = 0) -> NDArray[np.uint8]:
    shape = (height, width) if channels == 1 else (height, width, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def encoded(pixels: NDArray[Any] | Image.Image, form: str = "png", **options: Any) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    stream = io.BytesIO()
    image.save(stream, {"jpg": "jpeg", "tif": "tiff", "pgm": "ppm"}.get(form, form), **options)
    return stream.getvalue()


def write(root: Path, files: Mapping[str, bytes | NDArray[Any]]) -> Path:
    """Write files by their relative paths; arrays as PNG. Return `root`."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else encoded(content))
    return root


def pack(path: Path, files: Mapping[str, bytes | NDArray[Any]], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write files into a zip under exactly the given names. Return `path`."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes) else encoded(content))
    return path


def four(**more: bytes | NDArray[Any]) -> dict[str, bytes | NDArray[Any]]:
    """Return the files of two classes with two images each, and others."""
    return {f"{name}/{k}.png": noise(seed=10 * label + k) for label, name in enumerate("ab") for k in (1, 2)} | more
