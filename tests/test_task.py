"""Targets and their score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from alviz import Classification
from alviz.errors import InvalidInput
from alviz.task import calibration_error, headline

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


def test_the_scores_worked_out_by_hand() -> None:
    # Three known rows: 0 is right with 0.5, 2 right with 0.7, 0 wrong with 0.5; class 1 has no row.
    probs = np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3], [0.9, 0.1, 0.0]])
    scores = THREE.score(np.array([0, 2, 0, -1]), probs)
    assert scores["accuracy"] == 2 / 3
    assert scores["balanced_accuracy"] == 0.75
    np.testing.assert_equal(scores["class_accuracy"], (0.5, np.nan, 1.0))
    # The two of 0.5 share a bin: |1.0 - 1| and |0.7 - 1| over three rows.
    assert scores["calibration_error"] == pytest.approx(0.3 / 3)
    assert THREE.score(np.array([-1, -1, -1, -1]), probs) == {}


def test_the_calibration_error_by_bins_one_at_a_time() -> None:
    rng = np.random.default_rng(0)
    confidence = np.concatenate([rng.random(500), np.arange(16) / 15])  # edges of bins belong to the lower one
    right = rng.random(516) < confidence
    expected = 0.0
    for b in range(15):
        inside = (confidence > b / 15) & (confidence <= (b + 1) / 15) | ((b == 0) & (confidence == 0))
        if inside.any():
            expected += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    assert calibration_error(confidence, right) == pytest.approx(expected, rel=1e-9)
    assert calibration_error(np.ones(4), np.array([True, True, False, False])) == 0.5
    assert calibration_error(np.full(4, 0.5), np.array([True, True, False, False])) == 0


def test_its_metrics_say_which_direction_is_better() -> None:
    assert [(m.name, m.higher_is_better, m.per_class) for m in THREE.metrics] == [
        ("accuracy", True, False),
        ("balanced_accuracy", True, False),
        ("calibration_error", False, False),
        ("class_accuracy", True, True),
        ("cross_validated_accuracy", True, False),
    ]
    # Of the last one a test split knows nothing.
    scored = THREE.score(np.array([0]), np.eye(3)[:1])
    assert scored.keys() == {m.name for m in THREE.metrics if m.tested}
    assert [m.name for m in THREE.metrics if not m.tested] == ["cross_validated_accuracy"]
    assert [m.title for m in THREE.metrics[1::3]] == ["test balanced accuracy", "cross-validated accuracy"]


def test_the_headline_is_the_test_accuracy_where_there_is_one() -> None:
    assert headline(["balanced_accuracy", "accuracy", "cross_validated_accuracy"]) == "accuracy"
    assert headline(["cross_validated_accuracy"]) == "cross_validated_accuracy"
    assert headline([]) == "accuracy"


@pytest.mark.parametrize(("classes", "told"), [((), "at least 2"), (("a",), "at least 2"), (("a", "a"), "differ")])
def test_classes_that_are_none(classes: tuple[str, ...], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        Classification(classes)
