"""Targets and their score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from alviz import Classification
from alviz.errors import InvalidInput

THREE = Classification(("a", "b", "c"))


@pytest.mark.parametrize("y", [[0, 2, -1], np.array([0, 2, -1], np.int8), [0.0, 2.0, np.nan], [0.0, 2.0, -1.0]])
def test_labels_become_int64_with_minus_one_where_missing(y: Any) -> None:
    labels = THREE.check_targets(y, 3)
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 2, -1]


def test_booleans_are_the_first_two_classes() -> None:
    assert THREE.check_targets(np.array([True, False]), 2).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("y", "told"),
    [
        ([0, 3, 5], r"2 label\(s\) outside the 3 classes, the first in row 1: 3. Expected 0\.\.2"),
        ([0, -2, 1], "the first in row 1: -2"),
        ([0, 1.5, 1], r"y\[1\] is 1\.5"),
        ([0, np.inf, 1], r"y\[1\] is inf"),
        ([np.nan, 1, -np.inf], r"y\[2\] is -inf"),
        ([0, 1], r"shape \(2,\), expected \(3,\)"),
        ([[0], [1], [2]], r"shape \(3, 1\)"),
        (["a", "b", "c"], "dtype <U1"),
        ([None, 1, 2], "dtype object"),
    ],
)
def test_labels_that_are_none_of_the_classes(y: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        THREE.check_targets(y, 3)


def test_the_score_is_the_share_of_known_rows_whose_highest_is_right() -> None:
    probs = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3], [0.9, 0.1, 0.0]])
    assert THREE.score(np.array([0, 2, 0, -1]), probs) == {"accuracy": 2 / 3}
    assert THREE.score(np.array([-1, -1, -1, -1]), probs) == {}


def test_its_metrics_say_which_direction_is_better() -> None:
    assert [(m.name, m.higher_is_better, m.percent) for m in THREE.metrics] == [("accuracy", True, True)]


@pytest.mark.parametrize(("classes", "told"), [((), "at least 2"), (("a",), "at least 2"), (("a", "a"), "differ")])
def test_classes_that_are_none(classes: tuple[str, ...], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        Classification(classes)
