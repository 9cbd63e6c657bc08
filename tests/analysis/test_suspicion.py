"""Suspicion: worked out by hand on a circle, and in its limits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from alviz.analysis.suspicion import Votes, neighbor_votes, suspicion
from alviz.errors import InvalidInput


def at(*degrees: float) -> NDArray[np.float32]:
    """Return points of the unit circle: the similarity of two is the cosine of the angle between them."""
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def cos(*degrees: float) -> list[float]:
    return np.cos(np.deg2rad(degrees)).tolist()


# Five points in two groups, the third of which has the other group's label.
CIRCLE = at(0, 10, 30, 80, 95)
LABELS = np.array([0, 0, 1, 1, 1])


def test_the_votes_of_neighbors_by_hand() -> None:
    votes = neighbor_votes(CIRCLE, LABELS, 3)
    # Class 0 has one other label, class 1 two: so many neighbors are asked.
    assert votes.asked.tolist() == [1, 1, 2, 2, 2]
    assert votes.agree.tolist() == [1, 1, 0, 2, 2]
    ten, twenty = cos(30)[0], cos(20)[0]  # from 30° to 0° and to 10°
    assert ten < twenty
    np.testing.assert_allclose(votes.shares[:3], [[1, 0, 0], [1, 0, 0], [1, 0, 0]])
    np.testing.assert_allclose(votes.shares[3:], [[0, 1, 0], [0, 1, 0]])


def test_neighbors_count_by_their_similarity_up_to_k() -> None:
    features, labels = at(0, 20, 40, 70, 75), np.array([0, 1, 0, 0, 1])
    votes = neighbor_votes(features, labels, 2)
    # Of the first, class 0, two are asked: 20° of class 1 and 40° of class 0.
    near, far = cos(20, 40)
    np.testing.assert_allclose(votes.shares[0], [far / (near + far), near / (near + far)], rtol=1e-6)
    assert votes.agree[0] == 1
    assert neighbor_votes(features, labels, 2, k=1).shares[0].tolist() == [0, 1]


def test_neighbors_do_not_depend_on_the_length_of_the_features() -> None:
    stretched = CIRCLE * np.float32([[1e-3], [1], [7], [1e4], [2]])
    np.testing.assert_allclose(
        neighbor_votes(stretched, LABELS, 2).shares, neighbor_votes(CIRCLE, LABELS, 2).shares, rtol=1e-5
    )


def test_a_twin_is_a_neighbor_and_an_example_is_not_its_own() -> None:
    votes = neighbor_votes(at(0, 0, 90, 90), np.array([0, 1, 0, 1]), 2, k=1)
    assert votes.agree.tolist() == [0, 0, 0, 0]


def test_neighbors_without_similarity_count_alike() -> None:
    votes = neighbor_votes(np.float32([[0, 0], [1, 0], [0, 1], [1, 1]]), np.array([0, 0, 1, 0]), 2)
    assert votes.shares[0].sum() == pytest.approx(1)
    assert set(votes.shares[0].tolist()) <= {0, 0.5, 1}


def test_the_only_label_of_its_class_asks_nobody() -> None:
    votes = neighbor_votes(CIRCLE, np.array([0, 0, 2, 1, 1]), 3)
    assert votes.asked.tolist() == [1, 1, 0, 1, 1]
    assert votes.shares[2].tolist() == [0, 0, 0]
    alone = neighbor_votes(at(0, 10), np.array([0, 1]), 2)
    assert alone.asked.tolist() == [0, 0]


def test_the_margin_of_predictions_by_hand() -> None:
    probs = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.45, 0.45, 0.1], [1, 0, 0], [0, 0, 1]])
    found = suspicion(np.array([0, 0, 1, 1, 2]), probs=probs)
    # (1 - (p_given - p_other)) / 2; the last is the only label of its class: nothing can be said.
    np.testing.assert_allclose(found.predictions, [0.25, 0.85, 0.5, 1, np.nan])
    np.testing.assert_allclose(found.values, [0.25, 0.85, 0.5, 1, 0.5])
    assert found.suggested.tolist() == [1, 2, 0, 0, -1]
    assert np.isnan(found.neighbors).all()


def test_both_pieces_of_evidence_count_alike() -> None:
    shares = np.array([[0.9, 0.1, 0], [0.25, 0.75, 0], [0, 0, 0], [0.4, 0.6, 0]])
    asked = np.array([2, 2, 0, 2])
    votes = Votes(shares, asked, np.zeros(4, dtype=np.int64))
    probs = np.array([[0.6, 0, 0.4], [0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [np.nan] * 3])
    found = suspicion(np.array([0, 0, 1, 1]), votes, probs)
    # Neighbors 0.1, 0.75, none, 0.4; predictions (1 - 0.2) / 2, (1 - 0.2) / 2, (1 + 0.7) / 2, none.
    np.testing.assert_allclose(found.neighbors, [0.1, 0.75, np.nan, 0.4])
    np.testing.assert_allclose(found.predictions, [0.4, 0.4, 0.85, np.nan])
    np.testing.assert_allclose(found.values, [0.25, 0.575, 0.85, 0.4])
    # The first: 0.4 for class 2 from the model outweighs 0.1 for class 1 from the neighbors.
    assert found.suggested.tolist() == [2, 1, 2, 0]


def test_a_class_that_the_model_does_not_know_is_judged_by_neighbors_alone() -> None:
    labels = np.array([0, 0, 2, 2])
    votes = neighbor_votes(at(0, 5, 90, 95), labels, 3)
    probs = np.array([[0.9, 0.1], [0.8, 0.2], [0.5, 0.5], [0.1, 0.9]])
    found = suspicion(labels, votes, probs)
    np.testing.assert_allclose(found.values, [0.05, 0.1, 0, 0], atol=1e-7)
    assert np.isnan(found.predictions[2:]).all()


def test_nothing_against_a_label_and_everything() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1, 0])
    features, probs = at(0, 1, 2, 90, 91, 92, 93), np.eye(2)[[0, 0, 0, 1, 1, 1, 1]]
    found = suspicion(labels, neighbor_votes(features, labels, 2, k=2), probs)
    assert found.values[[0, 1, 2]].tolist() == [0, 0, 0]
    assert found.values[6] == 1
    assert found.suggested[6] == 1
    assert found.suggested[0] == -1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "needs the votes of neighbors, or out-of-fold probabilities"),
        ({"probs": np.ones((4, 2)) / 2}, "probs are of 4 examples, expected 5"),
        ({"votes": neighbor_votes(CIRCLE[:4], LABELS[:4], 2)}, "votes are of 4 examples, expected 5"),
    ],
)
def test_evidence_of_other_labels_is_refused(arguments: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        suspicion(LABELS, **arguments)  # type: ignore[arg-type]


def test_features_of_other_labels_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"features have shape \(5, 2\), expected \(4, d\)"):
        neighbor_votes(CIRCLE, LABELS[:4], 2)
