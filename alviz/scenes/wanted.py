"""How wanted each pick was, as a length that can be drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alviz.selection import Selection


def wanted(selection: Selection) -> NDArray[np.float32]:
    """Return how wanted each pick was, 0..1: by its gain where picks were made jointly, else by its score.

    NaN where there is neither. Gains count from 0, or from the lowest where that is less. Scores count from the
    middle of all candidates: the best of hundreds differ little from each other.
    """
    gain = selection.extra.get("gain")
    if gain is not None and np.shape(gain) == selection.ids.shape and len(selection):
        return _between(np.asarray(gain, dtype=np.float32), min(0.0, float(np.min(gain))), float(np.max(gain)))
    finite = selection.scores[np.isfinite(selection.scores)]
    values = np.asarray(selection.scores[selection.ids], dtype=np.float32)
    return _between(values, float(np.median(finite)), float(finite.max())) if finite.size else values


def _between(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    """Return values as shares of the way from `low` to `high`; 1 for all where there is no way."""
    if high <= low:
        return np.where(np.isnan(values), values, 1).astype(np.float32)
    return ((values - low) / (high - low)).clip(0, 1).astype(np.float32)
