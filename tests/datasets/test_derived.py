"""Pools made of others as papers describe theirs: which rows, which labels, and the way back from the recipe."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import alviz
from alviz import Pool
from alviz.datasets import from_recipe
from alviz.datasets.derived import first, only, padded, reduced
from alviz.errors import InvalidInput


def small(y: list[int], y_test: list[int] | None = None, classes: tuple[str, ...] = ("cat", "dog", "eel")) -> Pool:
    """Return vectors whose only entry is their row, in the test split 100 more."""
    X = np.arange(len(y), dtype=np.float32)[:, None]
    tested = None if y_test is None else 100 + np.arange(len(y_test), dtype=np.float32)[:, None]
    return alviz.datasets.arrays(X, y, tested, y_test, classes=classes)


def rows(pool: Pool) -> list[int]:
    return pool.X[:, 0].astype(int).tolist()


def test_the_first_rows_stay_in_their_order() -> None:
    pool = first(small([0, 1, 2, 0, 1], [0, 1, 2]), 3)
    assert rows(pool) == [0, 1, 2]
    assert pool.y.tolist() == [0, 1, 2]
    assert pool.X_test is not None
    assert len(pool.X_test) == 3
    with pytest.raises(InvalidInput, match=r"rows is 6, and .* has 5"):
        first(small([0, 1, 2, 0, 1]), 6)


def test_only_some_classes_are_numbered_as_they_are_given() -> None:
    pool = only(small([0, 1, -1, 2, 0, 2, 1], [1, 2, 0, 0]), ["eel", "cat"])
    assert pool.classes == ("eel", "cat")
    assert rows(pool) == [0, 3, 4, 5], "no dog, and nothing of which nobody knows what it is"
    assert pool.y.tolist() == [1, 0, 1, 0]
    assert pool.X_test is not None
    assert pool.y_test is not None
    assert pool.X_test[:, 0].tolist() == [101, 102, 103]
    assert pool.y_test.tolist() == [0, 1, 1]


@pytest.mark.parametrize(("classes", "said"), [(["cat", "fox"], "no class 'fox'"), (["cat", "cat"], "a class twice")])
def test_other_classes_are_refused(classes: list[str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        only(small([0, 1, 2]), classes)


def test_padded_images_stand_in_the_middle() -> None:
    X = np.full((3, 3, 2), 9, dtype=np.uint8)
    pool = padded(alviz.datasets.arrays(X, [0, 1, 0], X[:1], [1]), 6)
    assert pool.X.shape == (3, 6, 6)
    assert np.argwhere(pool.X[0]).min(axis=0).tolist() == [1, 2]
    assert np.argwhere(pool.X[0]).max(axis=0).tolist() == [3, 3]
    assert int(pool.X.sum()) == int(X.sum())
    assert pool.X_test is not None
    assert pool.X_test.shape == (1, 6, 6)
    colored = padded(alviz.datasets.arrays(np.full((2, 3, 2, 3), 9, dtype=np.uint8), [0, 1]), 4)
    assert colored.X.shape == (2, 4, 4, 3)
    assert int((colored.X[0] > 0).sum()) == 3 * 2 * 3
    with pytest.raises(InvalidInput, match="cannot be padded to 2×2"):
        padded(pool, 2)
    with pytest.raises(InvalidInput, match="expected images"):
        padded(small([0, 1]), 32)


def test_a_reduced_pool_keeps_the_shares_of_its_classes() -> None:
    y = [0] * 60 + [1] * 30 + [2] * 7 + [-1] * 3
    pool = reduced(small(y, [0] * 20 + [1] * 10), 20, 3, seed=4)
    # Exactly 12, 6, 1.4 and 0.6: of the remainders 0.6 is the largest.
    assert [int((pool.y == label).sum()) for label in (0, 1, 2, -1)] == [12, 6, 1, 1]
    assert rows(pool) == sorted(set(rows(pool)))
    assert pool.y.tolist() == [y[row] for row in rows(pool)]
    assert pool.y_test is not None
    assert pool.y_test.tolist() == [0, 0, 1]
    assert rows(reduced(small(y), 20, seed=4)) != rows(reduced(small(y), 20, seed=5))
    with pytest.raises(InvalidInput, match="101 rows are wanted, and there are 100"):
        reduced(small(y), 101)


def test_a_recipe_leads_back_to_every_derived_pool() -> None:
    digits = alviz.datasets.digits()
    made = {
        "first": first(digits, 50),
        "only": only(digits, ["7", "3"]),
        "padded": padded(digits, 12),
        "reduced": reduced(digits, 40, 20, seed=1),
        "all": padded(reduced(only(digits, ["7", "3"]), 40, 20), 10),
    }
    for name, pool in made.items():
        assert pool.recipe is not None
        assert from_recipe(pool.recipe).digest == pool.digest, name
    assert len(str(made["first"].recipe)) < 200, "not every id"
    assert only(replace(digits, recipe=None), ["1", "2"]).recipe is None
