"""Columns of numbers as text in a page: deflated, in base64, and no finer than a screen shows."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Raw deflate: what browsers call "deflate-raw".
_RAW = -15
# The largest code of a place; the one above it is for points without a place.
_FINEST = 65534
_NOWHERE = 65535


class Columns:
    """The columns of a page by key, packed as they come.

    Attributes
    ----------
    told : dict
        What the page is told: ``{key: {"kind", "data", ...}}`` with kind ``"u1"``, ``"u2"``, ``"u4"`` or ``"xy"``.
    size : int
        Bytes of all data as they stand in the page.
    """

    def __init__(self) -> None:
        self.told: dict[str, dict[str, Any]] = {}
        self.size = 0

    def __contains__(self, key: str) -> bool:
        return key in self.told

    def add(self, key: str, column: NDArray[Any]) -> None:
        """Keep a column of uint8, uint16 or uint32."""
        self._keep(key, {"kind": column.dtype.str[1:], "data": packed(column)})

    def add_places(self, key: str, xy: NDArray[np.float32], about: dict[str, Any]) -> None:
        """Keep coordinates (n, 2), NaN for points without a place, as steps of 1/65534 of the longer side."""
        codes, frame = quantized(xy)
        self._keep(key, {"kind": "xy", "data": packed(codes), "frame": frame, "about": about})

    def _keep(self, key: str, told: dict[str, Any]) -> None:
        self.told[key] = told
        self.size += len(told["data"])


def packed(column: NDArray[Any]) -> str:
    """Return the bytes of a column, little-endian, deflated, in base64."""
    little = np.ascontiguousarray(column, dtype=column.dtype.newbyteorder("<"))
    squeezer = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    return base64.b64encode(squeezer.compress(little.tobytes()) + squeezer.flush()).decode("ascii")


def quantized(xy: NDArray[np.float32]) -> tuple[NDArray[np.uint16], list[float]]:
    """Return codes (n, 2) and the frame [x0, y0, step] in which ``x = x0 + step * code``."""
    there = np.isfinite(xy).all(axis=1)
    placed = xy[there].astype(np.float64)
    low = placed.min(axis=0) if len(placed) else np.zeros(2)
    longest = float(np.ptp(placed, axis=0).max()) if len(placed) else 0.0
    step = longest / _FINEST or 1.0
    codes = np.full(xy.shape, _NOWHERE, dtype=np.uint16)
    codes[there] = np.rint((placed - low) / step).astype(np.uint16)
    return codes, [float(low[0]), float(low[1]), step]
