"""What is labeled before the first cycle."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import alviz
from alviz import Pool
from alviz.errors import AlvizWarning, InvalidInput
from alviz.initial import initial_ids, warn_missing_classes


def pool(counts: list[int], unknown: int = 0) -> Pool:
    y = np.concatenate([np.full(count, label) for label, count in enumerate(counts)] + [np.full(unknown, -1)])
    classes = [str(label) for label in range(len(counts))]
    return alviz.datasets.arrays(np.arange(len(y), dtype=np.float32)[:, None], y, classes=classes)


@pytest.mark.parametrize(
    ("counts", "number", "expected"),
    [
        ([50, 30, 20], 10, [5, 3, 2]),
        ([50, 30, 20], 20, [10, 6, 4]),
        ([90, 9, 1], 10, [9, 1, 0]),
        ([10, 10], 19, None),
        ([1, 99], 99, [1, 98]),
    ],
)
def test_a_number_is_stratified_by_largest_remainders(counts: list[int], number: int, expected: list[int]) -> None:
    p = pool(counts)
    for seed in range(5):
        ids = initial_ids(p, number, seed)
        taken = np.bincount(p.y[ids], minlength=len(counts))
        assert taken.sum() == number == len(set(ids.tolist()))
        assert np.all(np.diff(ids) > 0)
        exact = np.array(counts) * number / sum(counts)
        assert np.all(np.abs(taken - exact) < 1)
        if expected is not None:
            assert taken.tolist() == expected


def test_the_draw_is_of_the_seed_alone_and_every_row_has_its_chance() -> None:
    p = pool([20, 20])
    np.testing.assert_array_equal(initial_ids(p, 8, 3), initial_ids(p, 8, 3))
    seen = np.zeros(40)
    for seed in range(400):
        seen[initial_ids(p, 8, seed)] += 1
    # 80 expected per row, standard deviation 8.
    assert 40 < seen.min() <= seen.max() < 120


def test_balanced_is_one_of_each_class() -> None:
    p = pool([90, 9, 1])
    ids = initial_ids(p, "balanced", 0)
    assert p.y[ids].tolist() == [0, 1, 2]
    with pytest.raises(InvalidInput, match="Class '1' has 0 known examples, 1 are wanted"):
        initial_ids(pool([5, 0, 5]), "balanced", 0)


def test_ids_are_taken_as_they_are() -> None:
    assert initial_ids(pool([5, 5]), [7, 2, 4], 0).tolist() == [2, 4, 7]
    assert initial_ids(pool([5, 5]), np.array([1]), 0).tolist() == [1]


def test_none_is_none() -> None:
    for nothing in (0, []):
        ids = initial_ids(pool([5, 5]), nothing, 0)
        assert ids.dtype == np.int64
        assert ids.tolist() == []


def test_of_a_pool_with_holes_known_examples_are_taken_stratified() -> None:
    p = pool([8, 4], unknown=500)
    ids = initial_ids(p, 6, 1)
    assert np.bincount(p.y[ids]).tolist() == [4, 2]
    with pytest.raises(InvalidInput, match="initial is 13, the pool knows the labels of 12"):
        initial_ids(p, 13, 1)


def test_of_a_pool_without_truth_any_example_may_be_first() -> None:
    p = pool([0, 0], unknown=30)
    ids = initial_ids(p, 6, 1)
    assert len(set(ids.tolist())) == 6
    assert not np.array_equal(ids, initial_ids(p, 6, 2))


def test_one_example_has_to_stay() -> None:
    assert len(initial_ids(pool([5, 5]), 9, 0)) == 9
    for number in (10, 11, -1):
        with pytest.raises(InvalidInput, match="expected 0 to 9"):
            initial_ids(pool([5, 5]), number, 0)


def test_classes_that_no_initial_label_shows_are_named() -> None:
    p = pool([5, 5, 5])
    with pytest.warns(AlvizWarning, match=r"misses 2 of 3 classes \(0, 2\)"):
        warn_missing_classes(p, np.array([1, 1]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_missing_classes(p, np.array([0, 1, 2]))
        warn_missing_classes(p, np.array([], dtype=np.int64))
