"""One image: what its header says, and its pixels in the form that a pool needs."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from alviz.datasets.image_form import Form, Header

# Only these decoders are tried, whatever a file is called: others of Pillow's start programs or fetch fonts.
_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
_GRAY = frozenset({"1", "L", "LA", "I", "I;16", "I;16B", "I;16L", "I;16N"})
_DEEP = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N"})
# JPEG halves an image for free while decoding; so many times the size asked for are left to the better filter.
_SPARE = 2


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Make Pillow refuse huge images, and keep to itself that it mended something.

    Filters are of the whole process, so this stands around a loop, outside of its threads.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def read_header(stream: BinaryIO) -> Header:
    """Return what the first bytes of an image say.

    Raises
    ------
    Exception
        Of any kind, where the file is damaged; see `why_unreadable`.
    """
    with Image.open(stream, formats=_FORMATS) as image:
        if image.mode == "F":
            raise ValueError("pixels are floats, without a natural range")
        # Not image.getexif(): that of PNG decodes the image to look for a tag behind the pixels.
        turned = Image.Image.getexif(image).get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)
        width, height = image.size
        return Header((width, height) if turned else (height, width), image.mode in _GRAY)


def decode(data: bytes, form: Form) -> NDArray[np.uint8]:
    """Return the pixels, uint8 of `form.shape`.

    Transparent pixels are laid on white; 16-bit gray is scaled to 8 bits; of several frames the first is taken.

    Raises
    ------
    Exception
        Of any kind, where the file is damaged; also where the image has another size than its header said and
        `form.fit` is None.
    """
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        image.draft(None, (_SPARE * max(form.size), _SPARE * max(form.size)))
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        pixels = np.asarray(_fitted(_plain(image, form.channels), form))
    if pixels.shape != form.shape:
        raise ValueError(f"{pixels.shape[0]}×{pixels.shape[1]} once turned upright: pass size=...")
    return pixels


def _plain(image: Image.Image, channels: int) -> Image.Image:
    """Return the image in mode L or RGB."""
    if image.mode in _DEEP:
        image = _to_8_bit(image)
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    if image.mode not in ("1", "L", "RGB"):
        image = image.convert("RGB")
    return image.convert("L" if channels == 1 else "RGB")


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Scale 0..65535 to 0..255; Pillow itself cuts off at 255."""
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65_535:
        raise ValueError("pixels are 32-bit numbers beyond 0..65535, without a natural range")
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def _fitted(image: Image.Image, form: Form) -> Image.Image:
    """Return the image in the asked size, antialiased."""
    height, width = form.size
    if form.fit is None or image.size == (width, height):
        return image
    if form.fit == "stretch":
        return image.resize((width, height), Image.Resampling.BICUBIC)
    bring = ImageOps.fit if form.fit == "crop" else ImageOps.pad
    return bring(image, (width, height), Image.Resampling.BICUBIC)


def why_unreadable(error: Exception) -> str:
    """Return in a few words what a decoder, or the file's place, met."""
    if isinstance(error, UnidentifiedImageError):
        return "no image that Pillow knows"
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return f"more than {Image.MAX_IMAGE_PIXELS:,} pixels, PIL.Image.MAX_IMAGE_PIXELS"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__
