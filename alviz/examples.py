"""Examples as arrays: what a pool may hold, checked without a copy where that is possible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput

# Bytes per step of a whole-array pass, so that a large array is never copied, or read from disk, at once.
BLOCK = 2**23


def blocks(X: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield (first row, rows) over the whole of `X`."""
    step = max(1, BLOCK // max(1, X[:1].nbytes))
    for start in range(0, len(X), step):
        yield start, X[start : start + step]


def check_examples(X: Any, what: str) -> NDArray[Any]:
    """Return `X` as uint8 images or finite float32 vectors, without a copy where that is possible.

    Raises
    ------
    InvalidInput
        Naming `what`, its shape and dtype, or its first row that is not finite.
    """
    X = np.asanyarray(X)
    if X.ndim == 2:
        if X.dtype.kind not in "fiub":
            raise InvalidInput(f"{what} has dtype {X.dtype}: vectors are numbers (n, d).")
        with np.errstate(over="ignore"):  # what float32 cannot hold is reported as infinite below
            X = X if X.dtype == np.float32 else X.astype(np.float32)
        if X.shape[1] == 0:
            raise InvalidInput(f"{what} has shape {X.shape}: a vector needs at least one number.")
        check_finite(X, what)
        return X
    if X.ndim not in (3, 4) or (X.ndim == 4 and X.shape[3] not in (1, 3)) or 0 in X.shape[1:]:
        raise InvalidInput(
            f"{what} has shape {X.shape}: expected images (n, h, w) or (n, h, w, 1 or 3), or vectors (n, d)."
        )
    if X.dtype != np.uint8:
        if X.dtype.kind == "f":
            check_finite(X, what)
        raise InvalidInput(
            f"{what} holds images of dtype {X.dtype}: expected uint8, 0..255. "
            "Scale floats in 0..1 with (X * 255).round().astype('uint8')."
        )
    return X


def not_finite(X: NDArray[Any]) -> NDArray[np.bool_]:
    """Return the mask (n,) of rows with NaN or infinite values."""
    bad = np.zeros(len(X), dtype=bool)
    for start, rows in blocks(X):
        bad[start : start + len(rows)] = ~np.isfinite(rows).reshape(len(rows), -1).all(axis=1)
    return bad


def check_finite(X: NDArray[Any], what: str) -> None:
    """Refuse rows with NaN or infinite values, saying how many and which is the first."""
    bad = not_finite(X)
    if bad.any():
        raise InvalidInput(
            f"{what} holds NaN or infinite values (as float32) in {int(bad.sum())} row(s), "
            f"the first is row {int(bad.argmax())}. Remove or fill them before making a pool."
        )


def read_only(array: NDArray[Any] | None) -> NDArray[Any] | None:
    """Return a view that cannot be written, on the same memory."""
    if array is None:
        return None
    view = array.view()
    view.flags.writeable = False
    return view
