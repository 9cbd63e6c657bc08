"""The pool: what it refuses, what it never copies, and the one index space."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import alviz
from alviz import Classification, Pool
from alviz.datasets import arrays
from alviz.errors import InvalidInput

TWO = Classification(("cat", "dog"))


def vectors(n: int = 6, d: int = 3) -> np.ndarray:
    return np.arange(n * d, dtype=np.float32).reshape(n, d)


def images(n: int = 6) -> np.ndarray:
    return np.arange(n * 12, dtype=np.uint8).reshape(n, 4, 3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_rows_that_are_not_finite_are_counted_and_the_first_is_named(value: float, dtype: Any) -> None:
    X = vectors().astype(dtype)
    X[[2, 4], 1] = value
    with pytest.raises(InvalidInput, match=r"X holds NaN or infinite values .*in 2 row\(s\), the first is row 2"):
        Pool(X, np.zeros(6), TWO)
    with pytest.raises(InvalidInput, match=r"X_test holds NaN .*in 2 row"):
        Pool(vectors(), np.zeros(6), TWO, X, np.zeros(6))


def test_a_row_beyond_the_first_block_is_found() -> None:
    X = np.zeros((70_000, 1), dtype=np.float32)
    X[66_000] = np.nan
    with pytest.raises(InvalidInput, match=r"in 1 row\(s\), the first is row 66000"):
        Pool(X, np.zeros(70_000), TWO)


def test_numbers_that_float32_cannot_hold_are_infinite() -> None:
    X = vectors().astype(np.float64)
    X[3, 0] = 1e300
    with pytest.raises(InvalidInput, match="the first is row 3"):
        Pool(X, np.zeros(6), TWO)


def test_images_with_nan_are_told_as_that_and_other_floats_how_to_become_uint8() -> None:
    X = images().astype(np.float32)
    with pytest.raises(InvalidInput, match=r"expected uint8, 0\.\.255"):
        Pool(X, np.zeros(6), TWO)
    X[5, 0, 0] = np.nan
    with pytest.raises(InvalidInput, match=r"1 row\(s\), the first is row 5"):
        Pool(X, np.zeros(6), TWO)


@pytest.mark.parametrize(
    ("X", "told"),
    [
        (np.zeros(5), r"shape \(5,\)"),
        (np.zeros((5, 2, 2, 2), np.uint8), "1 or 3"),
        (np.zeros((5, 2, 2, 3, 1), np.uint8), "images"),
        (np.zeros((5, 0), np.float32), "at least one number"),
        (np.zeros((5, 0, 3), np.uint8), "images"),
        (np.zeros((5, 2), complex), "dtype complex128"),
        (np.array([["a", "b"]] * 5), "dtype"),
        (np.zeros((5, 2, 2), np.int64), "dtype int64"),
    ],
)
def test_examples_of_a_form_that_no_pool_has(X: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        Pool(X, np.zeros(5), TWO)


@pytest.mark.parametrize("n", [0, 1])
def test_a_pool_of_nothing_to_choose_from(n: int) -> None:
    for X in (vectors(n), images(n)):
        with pytest.raises(InvalidInput, match=f"at least 2 examples to choose from, got {n}"):
            Pool(X, np.zeros(n), TWO)
        with pytest.raises(InvalidInput):
            arrays(X, np.zeros(n), classes=["a", "b"])


def test_lengths_and_forms_that_do_not_agree() -> None:
    X, y = vectors(), np.zeros(6)
    cases: list[tuple[Any, str]] = [
        ((X, np.zeros(5), TWO), r"y has shape \(5,\), expected \(6,\)"),
        ((X, np.zeros((6, 1)), TWO), r"y has shape \(6, 1\)"),
        ((X, y, TWO, X), "go together"),
        ((X, y, TWO, None, y), "go together"),
        ((X, y, TWO, X[:, :2], y), "must agree"),
        ((X, y, TWO, images(), y), "must agree"),
        ((X, y, TWO, X, y[:3]), r"y_test has shape \(3,\)"),
    ]
    for given, told in cases:
        with pytest.raises(InvalidInput, match=told):
            Pool(*given)


def test_missing_labels_are_holes_of_the_mask() -> None:
    for y in ([0, 1, -1, 0, -1, 1], [0.0, 1.0, np.nan, 0.0, np.nan, 1.0]):
        pool = Pool(vectors(), np.array(y), TWO)
        assert pool.known.tolist() == [True, True, False, True, False, True]
        assert pool.y.dtype == np.int64
        assert pool.y.tolist() == [0, 1, -1, 0, -1, 1]


def test_float32_and_uint8_are_not_copied_and_nothing_can_be_written() -> None:
    X = vectors()
    pool = Pool(X, np.zeros(6), TWO)
    assert np.shares_memory(pool.X, X)
    pictures = images()
    assert np.shares_memory(Pool(pictures, np.zeros(6), TWO).X, pictures)
    for array in (pool.X, pool.y):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    X[0, 0] = 7  # the owner's array stays the owner's
    assert Pool(X.astype(np.float64), np.zeros(6), TWO).X.dtype == np.float32


def test_the_digest_changes_with_any_content_and_with_nothing_else() -> None:
    def make(**change: Any) -> Pool:
        given = {
            "X": vectors(),
            "y": np.array([0, 1, 0, 1, -1, 0]),
            "task": TWO,
            "X_test": vectors(4) + 1,
            "y_test": np.array([0, 1, 0, -1]),
        }
        return Pool(**{**given, **change})

    base = make().digest
    assert make().digest == base
    assert make(name="other", recipe={"dataset": "digits", "params": {}}).digest == base
    assert make(X=np.asfortranarray(vectors())).digest == base
    changed = vectors()
    changed[5, 2] += 1e-6 * 17
    last = np.array([0, 1, 0, 1, -1, 1])
    others = [
        make(X=changed),
        make(X=vectors()[::-1]),
        make(y=last),
        make(task=Classification(("cat", "dogs"))),
        make(task=Classification(("dog", "cat"))),
        make(task=Classification(("cat", "dog", "bird"))),
        make(X_test=vectors(4) + 2),
        make(y_test=np.array([0, 1, 0, 0])),
        make(X_test=None, y_test=None),
        make(X=vectors(3, 6).astype(np.float32), y=np.array([0, 1, 0]), X_test=None, y_test=None),
    ]
    digests = [base, *(pool.digest for pool in others)]
    assert len(set(digests)) == len(digests)


def test_equal_bytes_of_another_shape_are_another_pool() -> None:
    flat = np.arange(24, dtype=np.uint8)
    pools = [Pool(flat.reshape(shape), np.zeros(2), TWO) for shape in ((2, 3, 4), (2, 4, 3), (2, 4, 3, 1))]
    assert len({pool.digest for pool in pools}) == 3


def test_images_are_rows_by_id_and_vectors_have_none() -> None:
    pool = Pool(images(), np.zeros(6), TWO)
    np.testing.assert_array_equal(pool.images([4, 0]), images()[[4, 0]])
    assert pool.kind == "image"
    with pytest.raises(InvalidInput, match="outside the pool, the first is 6"):
        pool.images([6])
    with pytest.raises(InvalidInput, match="holds vectors, not images"):
        Pool(vectors(), np.zeros(6), TWO).images([0])


@pytest.mark.parametrize(
    ("ids", "told"),
    [
        ([0, 6], r"1 id\(s\) outside the pool, the first is 6. An id is a row number, 0\.\.5"),
        ([-1, 9], r"2 id\(s\) outside the pool, the first is -1"),
        ([1, 2, 1, 2], r"2 id\(s\) more than once, the first is 1"),
        ([1.0], "whole numbers, got float64"),
        ([True, False], "whole numbers, got bool"),
        (3, r"shape \(\)"),
        ([[1]], r"shape \(1, 1\)"),
        (["1"], "whole numbers"),
        ({1, 2}, "whole numbers"),
    ],
)
def test_ids_are_rows_and_none_twice(ids: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        Pool(vectors(), np.zeros(6), TWO).check_ids(ids)


def test_checked_ids_keep_their_order() -> None:
    pool = Pool(vectors(), np.zeros(6), TWO)
    for ids in ([5, 0, 3], (5, 0, 3), np.array([5, 0, 3], dtype=np.uint8)):
        checked = pool.check_ids(ids)
        assert checked.dtype == np.int64
        assert checked.tolist() == [5, 0, 3]
    assert pool.check_ids([]).tolist() == []


# -- the split ------------------------------------------------------------------------------------


def test_a_split_is_stratified_seeded_and_takes_known_rows_only() -> None:
    y = np.array([0] * 40 + [1] * 10 + [-1] * 50)
    pool = Pool(np.arange(100, dtype=np.float32)[:, None], y, TWO)
    split = pool.split(test=0.2, seed=1)
    assert split.X_test is not None
    assert split.y_test is not None
    assert np.bincount(split.y_test).tolist() == [8, 2]
    assert len(split) == 90
    assert int((~split.known).sum()) == 50
    rows, test = split.X[:, 0].astype(int), split.X_test[:, 0].astype(int)
    assert sorted([*rows, *test]) == list(range(100))
    np.testing.assert_array_equal(split.y, y[rows])
    np.testing.assert_array_equal(split.y_test, y[test])
    assert pool.split(test=0.2, seed=1).digest == split.digest
    assert pool.split(test=0.2, seed=2).digest != split.digest


@pytest.mark.parametrize("test", [0, 1, -0.1, 1.5, float("nan")])
def test_a_share_that_is_none(test: float) -> None:
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        Pool(vectors(), np.array([0, 1] * 3), TWO).split(test=test)


def test_a_split_that_leaves_no_test_row_or_would_be_the_second() -> None:
    pool = Pool(vectors(), np.array([0, 1] * 3), TWO)
    with pytest.raises(InvalidInput, match="leaves no test row"):
        pool.split(test=0.1)
    with pytest.raises(InvalidInput, match="has a test split already"):
        pool.split(test=0.4).split(test=0.4)


def test_a_split_is_loaded_again_by_its_recipe(digits: Pool) -> None:
    whole = replace(digits, X_test=None, y_test=None)
    split = whole.split(test=np.float64(0.25), seed=np.int64(3))  # type: ignore[arg-type]
    assert split.recipe == {
        "split": {"test": 0.25, "seed": 3},
        "of": {"dataset": "digits", "params": {}},
    }
    json.dumps(split.recipe)
    assert Pool(vectors(), np.array([0, 1] * 3), TWO).split(test=0.4).recipe is None


# -- subsets and imbalance ------------------------------------------------------------------------


def numbered(n: int = 60, **given: Any) -> Pool:
    """A pool of which row i holds the number i."""
    y = np.arange(n) % 3
    names = np.array([f"row {i}" for i in range(n)])
    pool = Pool(np.arange(n, dtype=np.float32)[:, None], y, Classification(("a", "b", "c")), row_names=names, **given)
    return replace(pool, recipe={"dataset": "numbered", "params": {}})


def test_a_subset_by_number_is_a_seeded_draw_without_replacement() -> None:
    pool = numbered(X_test=np.zeros((4, 1), np.float32), y_test=np.arange(4) % 3)
    small = pool.subset(20, seed=1)
    rows = small.X[:, 0].astype(int)
    assert len(set(rows)) == 20
    assert rows.tolist() == sorted(rows)
    np.testing.assert_array_equal(small.y, pool.y[rows])
    assert small.row_names is not None
    assert small.row_names.tolist() == [f"row {i}" for i in rows]
    assert small.X_test is not None
    assert len(small.X_test) == 4
    assert pool.subset(20, seed=1).digest == small.digest
    assert pool.subset(20, seed=2).digest != small.digest
    drawn = np.concatenate([pool.subset(20, seed=seed).X[:, 0] for seed in range(200)])
    assert np.bincount(drawn.astype(int), minlength=60).min() > 30  # 67 expected of each: none is left out


def test_a_subset_by_ids_keeps_their_order() -> None:
    small = numbered().subset([7, 3, 50])
    assert small.X[:, 0].tolist() == [7, 3, 50]
    assert small.y.tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("rows", "told"),
    [(61, "rows is 61, and .* has 60"), (1, "at least 2"), ([3, 3], "more than once"), ([60], "outside the pool")],
)
def test_subsets_that_are_none(rows: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        numbered().subset(rows)


def test_imbalance_keeps_the_first_rows_of_a_class_or_drawn_ones() -> None:
    pool = numbered()
    few = pool.imbalanced({"a": 3, 2: 0.5})
    kept = few.X[:, 0].astype(int)
    expected = [i for i in range(60) if i % 3 == 1 or (i % 3 == 0 and i < 9) or (i % 3 == 2 and i < 30)]
    assert kept.tolist() == expected
    drawn = pool.imbalanced({"a": 3, 2: 0.5}, seed=0)
    assert np.bincount(drawn.y).tolist() == np.bincount(few.y).tolist() == [3, 20, 10]
    assert drawn.X[:, 0].tolist() != few.X[:, 0].tolist()
    assert pool.imbalanced({"a": 3, 2: 0.5}, seed=0).digest == drawn.digest
    unlabeled = Pool(np.zeros((6, 1), np.float32), np.array([0, 0, 1, 1, -1, -1]), TWO)
    assert unlabeled.imbalanced({0: 0}).y.tolist() == [1, 1, -1, -1]


@pytest.mark.parametrize(
    ("keep", "told"),
    [
        ({"d": 1}, "no class 'd'. Classes: a, b, c"),
        ({3: 1}, "no class 3"),
        ({True: 1}, "no class True"),
        ({"a": 21}, "from 0 to 20, or a share"),
        ({"a": -1}, "from 0 to 20"),
        ({"a": 1.5}, "from 0 to 20"),
        ({"a": "all"}, "keep.'a'. is 'all'"),
    ],
)
def test_imbalances_that_are_none(keep: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        numbered().imbalanced(keep)


def test_derived_pools_are_loaded_again_by_their_recipe(digits: Pool) -> None:
    made = digits.imbalanced({"3": 10, "5": 0.25}).subset(200, seed=4).subset([5, 3, 9, 100, 0])
    recipe = json.loads(json.dumps(made.recipe))
    assert alviz.datasets.from_recipe(recipe).digest == made.digest


def test_row_names_are_one_per_row() -> None:
    with pytest.raises(InvalidInput, match=r"row_names has shape \(2,\), expected \(6,\)"):
        Pool(vectors(), np.zeros(6), TWO, row_names=np.array(["a", "b"]))


def test_it_says_what_it_is(digits: Pool) -> None:
    assert repr(digits) == "Pool('digits', 1297 images of 8×8, 10 classes, test 500)"
    assert repr(Pool(vectors(), np.zeros(6), TWO)) == "Pool('pool', 6 vectors of 3, 2 classes, no test split)"
    assert len(alviz.datasets.digits()) == 1297


def test_vectors_may_have_pictures_to_look_at() -> None:
    X, pictures = np.eye(6, 3, dtype=np.float32), np.arange(6 * 4, dtype=np.uint8).reshape(6, 2, 2)
    pool = arrays(X, np.arange(6) % 2, pictures=pictures)
    assert pool.pictured
    assert pool.kind == "vector"
    np.testing.assert_array_equal(pool.thumbnails([4, 1]), pictures[[4, 1]])
    np.testing.assert_array_equal(pool.subset([5, 0, 2]).thumbnails([0]), pictures[[5]])
    assert pool.digest == arrays(X, np.arange(6) % 2).digest, "what is only looked at changes no run"
    assert not arrays(X, np.arange(6) % 2).pictured
    for wrong in (pictures[:5], pictures.astype(np.float32), pictures.reshape(6, 4)):
        with pytest.raises(InvalidInput, match="pictures"):
            arrays(X, np.arange(6) % 2, pictures=wrong)
    with pytest.raises(InvalidInput, match="give one of them"):
        replace(pool, thumbnail_paths=np.array(["a.png"] * 6))
