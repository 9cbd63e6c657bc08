"""The pool: every example that may be labeled, and the one index space of alviz."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.checks import whole
from alviz.errors import InvalidInput
from alviz.examples import blocks, check_examples, read_only
from alviz.memory import check_memory
from alviz.task import Classification
from alviz.thumbnails import read_thumbnails


@dataclass(frozen=True, eq=False)
class Pool:
    """Examples with (possibly missing) labels and an optional test split.

    Any id anywhere in alviz is a row number of `X`. Test rows have no ids: they are never candidates.

    Attributes
    ----------
    X : ndarray
        Images (n, h, w) or (n, h, w, c) as uint8, or vectors (n, d) as float32. Read-only, never copied; a
        memory-mapped array stays on disk.
    y : ndarray of int64, (n,)
        Labels; -1 where missing.
    task : Classification
    X_test, y_test : ndarray or None
        The test split, in the form of `X` and `y`; both or neither.
    name : str
        What figures and run folders call this pool.
    recipe : mapping or None
        How to load the pool again (``{"dataset": "digits", "params": {}}``); None for data in memory.
    row_names : ndarray of str, (n,), or None
        What the data's owner calls each row: file names, or the values of an id column.
    thumbnail_paths : ndarray of str, (n,), or None
        An image file for each row of a pool of vectors.
    pictures : ndarray of uint8, (n, h, w) or (n, h, w, c), or None
        An image for each row of a pool of vectors, to look at; in the place of files.
    """

    X: NDArray[Any]
    y: NDArray[np.int64]
    task: Classification
    X_test: NDArray[Any] | None = None
    y_test: NDArray[np.int64] | None = None
    name: str = "pool"
    recipe: Mapping[str, Any] | None = field(default=None, repr=False)
    row_names: NDArray[np.str_] | None = field(default=None, repr=False)
    thumbnail_paths: NDArray[np.str_] | None = field(default=None, repr=False)
    pictures: NDArray[np.uint8] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        X = check_examples(self.X, "X")
        if len(X) < 2:
            raise InvalidInput(f"A pool needs at least 2 examples to choose from, got {len(X)}.")
        y = self.task.check_targets(self.y, len(X), "y")
        if (self.X_test is None) != (self.y_test is None):
            raise InvalidInput("X_test and y_test go together: give both or neither.")
        X_test = y_test = None
        if self.X_test is not None:
            X_test = check_examples(self.X_test, "X_test")
            if X_test.shape[1:] != X.shape[1:] or X_test.dtype != X.dtype:
                raise InvalidInput(
                    f"X_test has examples of shape {X_test.shape[1:]} ({X_test.dtype}), "
                    f"X of {X.shape[1:]} ({X.dtype}): they must agree."
                )
            y_test = self.task.check_targets(self.y_test, len(X_test), "y_test")
        checked: dict[str, NDArray[Any] | None] = {"X": X, "y": y, "X_test": X_test, "y_test": y_test}
        for name in ("row_names", "thumbnail_paths"):
            given = getattr(self, name)
            if given is not None:
                given = np.asarray(given, dtype=np.str_)
                if given.shape != (len(X),):
                    raise InvalidInput(f"{name} has shape {given.shape}, expected ({len(X)},): one per example.")
            checked[name] = given
        if self.pictures is not None:
            pictures = check_examples(self.pictures, "pictures")
            if pictures.dtype != np.uint8 or pictures.ndim < 3 or len(pictures) != len(X):
                raise InvalidInput(
                    f"pictures has shape {pictures.shape} ({pictures.dtype}), expected uint8 images "
                    f"({len(X)}, height, width): one per example."
                )
            if self.thumbnail_paths is not None:
                raise InvalidInput("pictures and thumbnail_paths stand for each other: give one of them.")
            checked["pictures"] = pictures
        for name, value in checked.items():
            object.__setattr__(self, name, read_only(value))

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
            for _, rows in blocks(array):
                hasher.update(np.ascontiguousarray(rows).data)
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

    @property
    def pictured(self) -> bool:
        """Whether there is something to look at: images, or vectors with `pictures` or `thumbnail_paths`."""
        return self.kind == "image" or self.pictures is not None or self.thumbnail_paths is not None

    def thumbnails(self, ids: ArrayLike) -> NDArray[np.uint8]:
        """Return the pictures of `ids`, uint8 (k, h, w) or (k, h, w, c), for people to look at.

        Of a pool of images these are the images, of a pool of vectors its `pictures`, or the files of
        `thumbnail_paths` brought to one size; one that cannot be read is gray.
        """
        if self.pictures is not None:
            return self.pictures[self.check_ids(ids)]
        if self.thumbnail_paths is None:
            return self.images(ids)
        return read_thumbnails(self.thumbnail_paths[self.check_ids(ids)])

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

    def with_classes(self, classes: Sequence[str]) -> Pool:
        """Return this pool under other class names, further ones included; its digest stays that of the data.

        Raises
        ------
        InvalidInput
            If there are too few: labels would have no class.
        """
        if tuple(classes) == self.classes:
            return self
        needed = int(self.y.max()) + 1
        if len(classes) < needed:
            raise InvalidInput(f"{len(classes)} classes for {self!r}, whose labels need {needed}.")
        named = copy.copy(self)
        object.__setattr__(named, "task", replace(self.task, classes=tuple(classes)))
        named.__dict__["digest"] = self.digest
        return named

    # -- other pools made of this one: rows get new ids ---------------------------------------------

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
        pool = self._of_rows(stay, "split", {"test": float(test), "seed": int(seed)})
        return replace(pool, X_test=self.X[out], y_test=self.y[out])

    def subset(self, rows: int | ArrayLike, seed: int = 0) -> Pool:
        """Return a pool of some rows; the test split stays whole.

        Parameters
        ----------
        rows : int or array of int
            How many to draw at random without replacement (kept in their order), or ids, in the order wanted.
        seed : int
            Of the draw.
        """
        if np.ndim(rows) == 0:
            n = whole("rows", rows, 2)
            if n > len(self):
                raise InvalidInput(f"rows is {n}, and {self!r} has {len(self)}.")
            drawn = np.random.default_rng([int(seed), len(self), n]).choice(len(self), n, replace=False)
            return self._of_rows(np.sort(drawn), "subset", {"rows": n, "seed": int(seed)})
        ids = self.check_ids(rows, "rows")
        return self._of_rows(ids, "subset", {"rows": ids.tolist()})

    def imbalanced(self, keep: Mapping[str | int, int | float], seed: int | None = None) -> Pool:
        """Return a pool in which some classes are rarer; the test split stays whole.

        Parameters
        ----------
        keep : mapping of class to int or float
            How many rows stay of a class given by name or number, or which share of them (a float in 0..1).
            Classes that are not named stay whole, and so do rows without a label.
        seed : int, optional
            Of the draw of the rows that stay; by default the first ones do, as in the protocol of Caramalau et
            al., CVPR 2021: ``pool.imbalanced({0: 500, 2: 500, 4: 500, 6: 500, 8: 500})``.
        """
        stay = np.ones(len(self), dtype=bool)
        told: dict[str, int | float] = {}
        for key, amount in keep.items():
            label = self._label(key)
            rows = np.flatnonzero(self.y == label)
            share = isinstance(amount, float)
            n = round(amount * rows.size) if share and 0 <= amount <= 1 else amount
            if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or not 0 <= n <= rows.size:
                raise InvalidInput(
                    f"keep[{key!r}] is {amount!r}, expected a number of rows from 0 to {rows.size}, or a share "
                    "0.0..1.0."
                )
            if seed is not None:
                rows = np.random.default_rng([int(seed), label, rows.size]).permutation(rows)
            stay[rows[n:]] = False
            told[self.classes[label]] = float(amount) if share else int(amount)
        return self._of_rows(np.flatnonzero(stay), "imbalanced", {"keep": told, "seed": seed})

    def _label(self, key: str | int) -> int:
        """Return the number of a class that is given by name or number."""
        if isinstance(key, str) and key in self.classes:
            return self.classes.index(key)
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool) and 0 <= key < len(self.classes):
            return int(key)
        raise InvalidInput(f"There is no class {key!r}. Classes: {', '.join(self.classes)}.")

    def _of_rows(self, rows: NDArray[np.int64], how: str, params: Mapping[str, Any]) -> Pool:
        """Return this pool with other rows, and the recipe that says how they were chosen."""
        check_memory(
            len(rows),
            self.X[:1].nbytes,
            f"A copy of {len(rows):,} rows of {self!r}",
            "Take fewer, or write them to a file of their own first: numpy.save reads and writes memory-mapped arrays.",
        )
        return replace(
            self,
            X=self.X[rows],
            y=self.y[rows],
            recipe=self.recipe and {how: dict(params), "of": dict(self.recipe)},
            row_names=None if self.row_names is None else self.row_names[rows],
            thumbnail_paths=None if self.thumbnail_paths is None else self.thumbnail_paths[rows],
            pictures=None if self.pictures is None else self.pictures[rows],
        )


def class_names(y: NDArray[Any], classes: Sequence[str] | None) -> tuple[str, ...]:
    """Return the given names, or "0".."C-1" by the largest label in `y`."""
    if classes is not None:
        return tuple(str(name) for name in classes)
    labels = y[np.isfinite(y)] if y.dtype.kind == "f" else y
    return tuple(str(label) for label in range(int(labels.max(initial=-1)) + 1))
