"""The stopping hint: worked out by hand on small predictions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from alviz.analysis.stabilization import Hint, cohens_kappa, stopping_hint
from alviz.errors import InvalidInput

Predictions = list[NDArray[np.int64]]


def test_kappa_by_hand() -> None:
    # Cohen 1960's arithmetic: 20 + 15 of 50 agree, chance is 25/50 · 30/50 + 25/50 · 20/50 = 0.5, (0.7 - 0.5) / 0.5.
    a = np.repeat([0, 0, 1, 1], [20, 5, 10, 15])
    b = np.repeat([0, 1, 0, 1], [20, 5, 10, 15])
    assert cohens_kappa(a, b) == pytest.approx(0.4)
    assert cohens_kappa(b, a) == pytest.approx(0.4)


def test_kappa_in_the_limits() -> None:
    a = np.array([0, 1, 2, 3] * 5)
    assert cohens_kappa(a, a) == 1
    assert cohens_kappa(a, (a + 1) % 4) == pytest.approx(-1 / 3)
    # Every pair of classes equally often: as chance would have it.
    assert cohens_kappa(np.repeat([0, 1], 8), np.tile([0, 1], 8)) == pytest.approx(0)
    assert math.isnan(cohens_kappa(np.full(9, 2), np.full(9, 2)))
    # One and another class everywhere: nothing agrees, and nothing would by chance.
    assert cohens_kappa(np.full(9, 2), np.full(9, 1)) == 0


def test_kappa_of_a_class_that_one_of_both_does_not_know() -> None:
    assert cohens_kappa(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 5])) == pytest.approx((3 / 4 - 3 / 8) / (5 / 8))


def test_kappa_is_of_the_same_examples() -> None:
    with pytest.raises(InvalidInput, match=r"got \(3,\) and \(4,\)"):
        cohens_kappa(np.zeros(3, int), np.zeros(4, int))
    with pytest.raises(InvalidInput, match=r"got \(0,\)"):
        cohens_kappa(np.zeros(0, int), np.zeros(0, int))


def fits(*changes: int, n: int = 1000) -> Predictions:
    """Return predictions of four equal classes; between one and the next so many rows change, others each time."""
    told = [np.arange(n) % 4]
    start = 0
    for count in changes:
        after = told[-1].copy()
        after[start : start + count] = (after[start : start + count] + 1) % 4
        told.append(after)
        start += count
    return told


def test_what_has_settled_is_said_with_its_numbers() -> None:
    hint = stopping_hint(fits(4, 0, 8), 60, [0.95, 0.951, 0.953, 0.949], 0.012, "cross-validated accuracy")
    assert hint is not None
    # Of four equal classes chance is 1/4: a share c of changes leaves 1 - c / 0.75.
    assert hint.kappas == pytest.approx((1 - 0.004 / 0.75, 1, 1 - 0.008 / 0.75), abs=1e-6)
    assert hint.changed == (0.004, 0, 0.008)
    assert hint.moved == pytest.approx(0.004)
    assert hint.text == (
        "Predictions changed on at most 0.8 % of the unlabeled examples in each of the last 3 steps, 60 labels in all "
        "(mean kappa 0.995), and the cross-validated accuracy moved by less than its standard error (1.2 %): more "
        "labels of this kind may change little."
    )


def test_without_an_accuracy_the_predictions_speak_alone() -> None:
    assert stopping_hint(fits(0, 0, 0), 15) == Hint((1, 1, 1), (0, 0, 0), 15)
    assert Hint((1, 1, 1), (0, 0, 0), 15).text == (
        "Predictions did not change in each of the last 3 steps, 15 labels in all (mean kappa 1.000): more labels of "
        "this kind may change little."
    )


def test_the_mean_of_three_kappas_decides() -> None:
    # 22.5 changes in a thousand, in all three together, are a mean kappa of 0.99.
    assert stopping_hint(fits(20, 1, 1), 60) is not None
    assert stopping_hint(fits(21, 1, 1), 60) is None
    # Only the last three comparisons: what was long ago does not count.
    assert stopping_hint(fits(500, 1, 1, 1), 60) is not None
    assert stopping_hint(fits(1, 1, 1, 500), 60) is None


@pytest.mark.parametrize(
    ("accuracies", "error"),
    [
        ([0.90, 0.95, 0.95, 0.95], 0.01),
        ([0.95, 0.95, 0.95, 0.90], 0.01),
        ([0.95, 0.90, 0.95, 0.95], 0.01),
        ([float("nan"), 0.95, 0.95, 0.95], 0.01),
        ([0.95, 0.95, 0.95, 0.95], float("nan")),
    ],
    ids=["rose at first", "fell at last", "dipped", "is not known", "its error is not known"],
)
def test_an_accuracy_that_moved_is_no_time_for_a_hint(accuracies: list[float], error: float) -> None:
    assert stopping_hint(fits(1, 1, 1), 60, accuracies, error) is None


@pytest.mark.parametrize(
    "predictions",
    [[], fits(0, 0), fits(0, 0, 0, n=99), [np.ones(1000, dtype=np.int64)] * 4],
    ids=["no fit", "three fits", "few examples", "one class for all"],
)
def test_too_little_is_no_ground_for_a_hint(predictions: Predictions) -> None:
    assert stopping_hint(predictions, 60) is None
