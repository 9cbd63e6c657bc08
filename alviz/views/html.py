"""Small pieces of HTML; every text from data is escaped here."""

from __future__ import annotations

import io
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alviz.thumbnails import is_ink as is_ink
from alviz.thumbnails import reduced

# Pixels of a thumbnail's longer side: larger images are averaged down.
_THUMBNAIL = 64


def tag(name: str, *inside: str, kind: str = "", style: str = "", title: str = "") -> str:
    """Return an element; `inside` is HTML, the attributes are text."""
    attributes = {"class": kind, "style": style, "title": title}
    written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items() if value)
    return f"<{name}{written}>{''.join(inside)}</{name}>"


def soft(text: str) -> str:
    """Return text that stands back."""
    return tag("span", escape(text), kind="alviz-soft")


def strong(text: str) -> str:
    """Return text that stands out."""
    return tag("b", escape(text))


def percent(share: float | None) -> str:
    """Return a share 0..1 as a percentage, or a dash."""
    return "–" if share is None else f"{100 * share:.1f} %"


def png(images: NDArray[np.uint8], side: int = _THUMBNAIL) -> bytes:
    """Return images (k, h, w) or (k, h, w, c), one below the other, as one PNG of at most `side` pixels across."""
    buffer = io.BytesIO()
    Image.fromarray(below_each_other(images, side)).save(buffer, "PNG")
    return buffer.getvalue()


def below_each_other(images: NDArray[np.uint8], side: int = _THUMBNAIL) -> NDArray[np.uint8]:
    """Return images (k, h, w) or (k, h, w, c) as one (k·h', w') or (k·h', w', 3), averaged down to `side` pixels."""
    small = reduced(images, side)
    return np.ascontiguousarray(small.reshape(-1, *small.shape[2:]))
