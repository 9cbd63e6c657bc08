"""Pools made of other pools as papers describe theirs; each writes into the recipe how it was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.checks import whole
from alviz.errors import InvalidInput
from alviz.pool import Pool
from alviz.task import Classification


def first(pool: Pool, rows: int) -> Pool:
    """Return the pool's first rows, in their order; the test split stays whole."""
    count = whole("rows", rows, 2)
    if count > len(pool):
        raise InvalidInput(f"rows is {count}, and {pool!r} has {len(pool)}.")
    return _of_rows(pool, np.arange(count), "first", {"rows": count})


def only(pool: Pool, classes: Sequence[str]) -> Pool:
    """Return the rows of some classes, in the test split too; their labels are 0, 1, ... in the order given.

    Rows without a known label are left out.
    """
    names = [str(name) for name in classes]
    unknown = [name for name in names if name not in pool.classes]
    if unknown or len(set(names)) < len(names):
        wrong = f"no class {unknown[0]!r}" if unknown else "a class twice"
        raise InvalidInput(f"classes is {names}: {wrong} in {pool!r}. Classes: {', '.join(pool.classes)}.")
    numbers = np.full(len(pool.classes) + 1, -1, dtype=np.int64)  # the last entry is what -1 reads
    numbers[[pool.classes.index(name) for name in names]] = np.arange(len(names))
    rows = np.flatnonzero(numbers[pool.y] >= 0)
    made = _of_rows(pool, rows, "only", {"classes": names})
    X_test, y_test = pool.X_test, pool.y_test
    if X_test is not None and y_test is not None:
        tested = np.flatnonzero(numbers[y_test] >= 0)
        X_test, y_test = X_test[tested], numbers[y_test[tested]]
    return replace(made, task=Classification(tuple(names)), y=numbers[made.y], X_test=X_test, y_test=y_test)


def padded(pool: Pool, size: int) -> Pool:
    """Return the images in the middle of black squares of `size` pixels; the test split too."""
    if pool.kind != "image" or max(pool.X.shape[1:3]) > size:
        raise InvalidInput(f"{pool!r} cannot be padded to {size}×{size}: expected images that are not larger.")

    def pad(X: NDArray[Any]) -> NDArray[Any]:
        edges = [((size - side) // 2, size - side - (size - side) // 2) for side in X.shape[1:3]]
        return np.pad(X, [(0, 0), *edges, *[(0, 0)] * (X.ndim - 3)])

    X_test = None if pool.X_test is None else pad(pool.X_test)
    return replace(pool, X=pad(pool.X), X_test=X_test, recipe=_told(pool, "padded", {"size": size}))


def reduced(pool: Pool, rows: int, test_rows: int | None = None, seed: int = 0) -> Pool:
    """Return a smaller pool with the same shares of the classes, in the test split too; rows stay in their order.

    Parameters
    ----------
    rows : int
        How many stay; of each class its share, the largest remainders first. Rows without a known label are one
        class more.
    test_rows : int, optional
        How many rows of the test split stay; all by default.
    seed : int
        Of the draw within each class.
    """
    count = whole("rows", rows, 2)
    rng = np.random.default_rng([int(seed), len(pool), count])
    made = _of_rows(
        pool, _shared(pool.y, count, rng), "reduced", {"rows": count, "test_rows": test_rows, "seed": int(seed)}
    )
    if test_rows is None or pool.X_test is None or pool.y_test is None:
        return made
    tested = _shared(pool.y_test, whole("test_rows", test_rows, 1), rng)
    return replace(made, X_test=pool.X_test[tested], y_test=pool.y_test[tested])


DERIVED: Mapping[str, Callable[..., Pool]] = {"first": first, "only": only, "padded": padded, "reduced": reduced}


def _shared(y: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return `count` rows, ascending, of each label in `y` its share."""
    if count > len(y):
        raise InvalidInput(f"{count} rows are wanted, and there are {len(y)}.")
    labels, sizes = np.unique(y, return_counts=True)
    exact = sizes * (count / len(y))
    shares = np.floor(exact).astype(np.int64)
    # Stable, so that of equal remainders the lower label's comes first.
    shares[np.argsort(shares - exact, kind="stable")[: count - shares.sum()]] += 1
    drawn = [rng.choice(np.flatnonzero(y == label), n, replace=False) for label, n in zip(labels, shares, strict=True)]
    return np.sort(np.concatenate(drawn))


def _of_rows(pool: Pool, rows: NDArray[np.int64], how: str, params: Mapping[str, Any]) -> Pool:
    """Return the pool with these rows, which `Pool.subset` takes, and a recipe in fewer words than all their ids."""
    return replace(pool.subset(rows), recipe=_told(pool, how, params))


def _told(pool: Pool, how: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return pool.recipe and {how: dict(params), "of": dict(pool.recipe)}
