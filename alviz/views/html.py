"""Small pieces of HTML; every text from data is escaped here."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Pixels of a thumbnail's longer side: larger images are thinned out.
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


def png(images: NDArray[np.uint8]) -> bytes:
    """Return images (k, h, w) or (k, h, w, c), one below the other, as one PNG of at most 64 pixels across."""
    step = max(1, -(-max(images.shape[1:3]) // _THUMBNAIL))
    thinned = images[:, ::step, ::step]
    if thinned.ndim == 4 and thinned.shape[3] == 1:
        thinned = thinned[..., 0]
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(thinned.reshape(-1, *thinned.shape[2:]))).save(buffer, "PNG")
    return buffer.getvalue()


def is_ink(images: NDArray[Any]) -> bool:
    """Whether these are small strokes on black, which read better as ink on paper."""
    gray = images.ndim == 3 or images.shape[3] == 1
    if not gray or max(images.shape[1:3]) > 32:
        return False
    edge = [images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]]
    return bool(np.median(np.concatenate([part.ravel() for part in edge])) < 32)


def image(images: NDArray[np.uint8]) -> str:
    """Return one image (1, h, w) or (1, h, w, c) as an element."""
    kind = "alviz-image alviz-ink" if is_ink(images) else "alviz-image"
    return f'<img class="{kind}" alt="" src="data:image/png;base64,{base64.b64encode(png(images)).decode()}">'
