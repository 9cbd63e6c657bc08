"""Curves as arrays: a metric against labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.errors import InvalidInput


def checked_curve(labels: ArrayLike, values: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return labels (k,) and values (..., k) as float64.

    Raises
    ------
    InvalidInput
        If they do not fit each other, are empty, or the labels do not ascend.
    """
    x, y = np.asarray(labels, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or not x.size or y.ndim < 1 or y.shape[-1] != x.size:
        raise InvalidInput(f"A curve is labels (k,) and values (..., k), got {x.shape} and {y.shape}.")
    if not (np.diff(x) > 0).all():
        raise InvalidInput(f"Numbers of labels ascend along a curve, got {x.tolist()}.")
    return x, y
