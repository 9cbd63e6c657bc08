"""The pool: every example that may be labeled, and the one index space of alviz."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.errors import InvalidInput
from alviz.task import Classification

# Rows per step of a whole-array check, so that a large array is never copied at once.
_BLOCK = 65_536


@dataclass(frozen=True, eq=False)
class Pool:
    """Examples with (possibly missing) labels and an optional test split.

    Any id anywhere in alviz is a row number of `X`. Test rows have no ids: they are never candidates.

    Attributes
    ----------
    X : ndarray
        Images (n, h, w) or (n, h, w, c) as uint8, or vectors (n, d) as float32. Read-only, never copied.
    y : ndarray of int64, (n,)
        Labels; -1 where missing.
    task : Classification
    X_test, y_test : ndarray or None
        The test split, in the form of `X` and `y`; both or neither.
    name : str
        What figures and run folders call this pool.
    recipe : mapping or None
        How to load the pool again (``{"dataset": "digits", "params": {}}``); None for data in memory.
    """

    X: NDArray[Any]
    y: NDArray[np.int64]
    task: Classification
    X_test: NDArray[Any] | None = None
    y_test: NDArray[np.int64] | None = None
    name: str = "pool"
    recipe: Mapping[str, Any] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        X = _check_examples(self.X, "X")
        if len(X) < 2:
            raise InvalidInput(f"A pool needs at least 2 examples to choose from, got {len(X)}.")
        y = self.task.check_targets(self.y, len(X), "y")
        if (self.X_test is None) != (self.y_test is None):
            raise InvalidInput("X_test and y_test go together: give both or neither.")
        X_test = y_test = None
        if self.X_test is not None:
            X_test = _check_examples(self.X_test, "X_test")
            if X_test.shape[1:] != X.shape[1:] or X_test.dtype != X.dtype:
                raise InvalidInput(
                    f"X_test has examples of shape {X_test.shape[1:]} ({X_test.dtype}), "
                    f"X of {X.shape[1:]} ({X.dtype}): they must agree."
                )
            y_test = self.task.check_targets(self.y_test, len(X_test), "y_test")
        for name, value in {"X": X, "y": y, "X_test": X_test, "y_test": y_test}.items():
            object.__setattr__(self, name, _read_only(value))

    def __len__(self) -> int:
        return len(self.X)

    def __repr__(self) -> str:
        test = "no test split" if self.X_test is None else f"test {len(self.X_test)}"
        shape = "×".join(map(str, self.X.shape[1:]))
        return f"Pool({self.name!r}, {len(self)} {self.kind}s of {shape}, {len(self.classes)} classes, {test})"

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of the labels."""
        return self.task.classes

    @property
    def kind(self) -> str:
        """``"image"`` or ``"vector"``."""
        return "vector" if self.X.ndim == 2 else "image"

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """The mask (n,) of examples whose true label is known."""
        return self.task.known(self.y)

    @cached_property
    def digest(self) -> str:
        """A hash of everything that a run depends on: examples, labels, classes and the test split."""
        hasher = hashlib.sha256()
        hasher.update("\x00".join(self.classes).encode())
        for array in (self.X, self.y, self.X_test, self.y_test):
            if array is None:
                hasher.update(b"none")
                continue
            hasher.update(f"{array.dtype.str}{array.shape}".encode())
            for start in range(0, len(array), _BLOCK):
                hasher.update(np.ascontiguousarray(array[start : start + _BLOCK]).data)
        return hasher.hexdigest()

    def images(self, ids: ArrayLike) -> NDArray[np.uint8]:
        """Return the images of `ids`, uint8 (k, h, w) or (k, h, w, c).

        Raises
        ------
        InvalidInput
            If the pool holds vectors, or an id is out of range.
        """
        if self.kind != "image":
            raise InvalidInput(f"{self!r} holds vectors, not images.")
        return self.X[self.check_ids(ids)]

    def check_ids(self, ids: ArrayLike, what: str = "ids") -> NDArray[np.int64]:
        """Return `ids` as int64 (k,), each a row of the pool and none twice."""
        given = np.asarray(ids)
        if given.size == 0:
            return np.zeros(0, dtype=np.int64)
        if given.ndim != 1 or given.dtype.kind not in "iu":
            raise InvalidInput(f"{what} must be a list of whole numbers, got {given.dtype} of shape {given.shape}.")
        rows = given.astype(np.int64)
        outside = rows[(rows < 0) | (rows >= len(self))]
        if outside.size:
            raise InvalidInput(
                f"{what} holds {outside.size} id(s) outside the pool, the first is {outside[0]}. "
                f"An id is a row number, 0..{len(self) - 1}."
            )
        unique, counts = np.unique(rows, return_counts=True)
        if unique.size != rows.size:
            twice = unique[counts > 1]
            raise InvalidInput(f"{what} holds {twice.size} id(s) more than once, the first is {twice[0]}.")
        return rows

    def split(self, test: float = 0.2, seed: int = 0) -> Pool:
        """Return a pool with a test split taken from this one, stratified by the known classes.

        Rows get new ids, since test rows have none. Only rows with a known label go to the test split.

        Parameters
        ----------
        test : float
            The share of the known rows of each class, between 0 and 1.
        seed : int
        """
        if self.X_test is not None:
            raise InvalidInput(f"{self!r} has a test split already.")
        if not 0 < test < 1:
            raise InvalidInput(f"test is the share of rows to set aside, between 0 and 1, got {test}.")
        rng = np.random.default_rng([int(seed), len(self)])
        held: list[NDArray[np.int64]] = []
        for label in range(len(self.classes)):
            rows = np.flatnonzero(self.y == label)
            held.append(rng.permutation(rows)[: round(test * rows.size)])
        out = np.sort(np.concatenate(held))
        stay = np.setdiff1d(np.arange(len(self)), out)
        if out.size == 0:
            raise InvalidInput(f"test={test} of {int(self.known.sum())} labeled rows leaves no test row.")
        recipe = self.recipe and {"split": {"test": float(test), "seed": int(seed)}, "of": dict(self.recipe)}
        return replace(
            self, X=self.X[stay], y=self.y[stay], X_test=self.X[out], y_test=self.y[out], recipe=recipe or None
        )


def class_names(y: NDArray[Any], classes: Sequence[str] | None) -> tuple[str, ...]:
    """Return the given names, or "0".."C-1" by the largest label in `y`."""
    if classes is not None:
        return tuple(str(name) for name in classes)
    labels = y[np.isfinite(y)] if y.dtype.kind == "f" else y
    return tuple(str(label) for label in range(int(labels.max(initial=-1)) + 1))


def _check_examples(X: Any, what: str) -> NDArray[Any]:
    """Return `X` as uint8 images or finite float32 vectors, without a copy where that is possible."""
    X = np.asanyarray(X)
    if X.ndim == 2:
        if X.dtype.kind not in "fiub":
            raise InvalidInput(f"{what} has dtype {X.dtype}: vectors are numbers (n, d).")
        with np.errstate(over="ignore"):  # what float32 cannot hold is reported as infinite below
            X = X if X.dtype == np.float32 else X.astype(np.float32)
        if X.shape[1] == 0:
            raise InvalidInput(f"{what} has shape {X.shape}: a vector needs at least one number.")
        _check_finite(X, what)
        return X
    if X.ndim not in (3, 4) or (X.ndim == 4 and X.shape[3] not in (1, 3)) or 0 in X.shape[1:]:
        raise InvalidInput(
            f"{what} has shape {X.shape}: expected images (n, h, w) or (n, h, w, 1 or 3), or vectors (n, d)."
        )
    if X.dtype != np.uint8:
        if X.dtype.kind == "f":
            _check_finite(X, what)
        raise InvalidInput(
            f"{what} holds images of dtype {X.dtype}: expected uint8, 0..255. "
            "Scale floats in 0..1 with (X * 255).round().astype('uint8')."
        )
    return X


def _check_finite(X: NDArray[Any], what: str) -> None:
    bad = np.zeros(len(X), dtype=bool)
    for start in range(0, len(X), _BLOCK):
        block = X[start : start + _BLOCK]
        bad[start : start + _BLOCK] = ~np.isfinite(block).reshape(len(block), -1).all(axis=1)
    if bad.any():
        raise InvalidInput(
            f"{what} holds NaN or infinite values (as float32) in {int(bad.sum())} row(s), "
            f"the first is row {int(bad.argmax())}. Remove or fill them before making a pool."
        )


def _read_only(array: NDArray[Any] | None) -> NDArray[Any] | None:
    if array is None:
        return None
    view = array.view()
    view.flags.writeable = False
    return view
