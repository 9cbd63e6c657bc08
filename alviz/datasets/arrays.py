"""A pool from arrays in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from alviz.errors import InvalidInput
from alviz.pool import Pool, class_names
from alviz.task import Classification


def arrays(
    X: Any,
    y: ArrayLike | None = None,
    X_test: Any = None,
    y_test: ArrayLike | None = None,
    *,
    classes: Sequence[str] | None = None,
    name: str = "arrays",
    pictures: Any = None,
) -> Pool:
    """Make a pool of images or vectors.

    Parameters
    ----------
    X : array
        Images (n, h, w) or (n, h, w, 1 or 3) as uint8, or vectors (n, d) of any number type.
    y : array of int, (n,), optional
        Labels 0..C-1; -1 or NaN where missing. Without it every label is missing and `classes` is needed.
    X_test, y_test : array, optional
        A test split, both or neither.
    classes : sequence of str, optional
        Class names; by default "0".."C-1" by the largest label.
    name : str
        What figures and run folders call this pool.
    pictures : array of uint8, (n, h, w) or (n, h, w, 1 or 3), optional
        An image for each row of vectors, for people to look at.

    Returns
    -------
    Pool

    Raises
    ------
    InvalidInput
        For NaN or infinite values, labels outside the classes, lengths that differ, fewer than 2 examples.
    """
    X = np.asanyarray(X)
    if X.ndim == 0:
        raise InvalidInput(f"X is {X!r}, expected an array of images or vectors.")
    y = np.full(len(X), -1) if y is None else np.asarray(y)
    if y.dtype.kind not in "iufb":
        raise InvalidInput(f"y has dtype {y.dtype}: labels are whole numbers 0..C-1, with names in classes=[...].")
    seen = y if y_test is None else np.concatenate([y.ravel(), np.asarray(y_test).ravel()])
    names = class_names(seen, classes)
    if len(names) < 2:
        raise InvalidInput(
            f"The labels show {len(names)} class(es); at least 2 are needed. Pass classes=[...] to name them all."
        )
    y_test = None if y_test is None else np.asarray(y_test)
    return Pool(X, y, Classification(names), X_test, y_test, name=name, pictures=pictures)
