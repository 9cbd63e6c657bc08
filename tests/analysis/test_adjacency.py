"""Adjacency accuracy, by hand and at its limits."""

import numpy as np
import pytest

from alviz.analysis import adjacency_accuracy
from alviz.errors import InvalidInput
from alviz.graphs import Graph, knn_graph


def by_hand() -> Graph:
    """0 → 1, 1 → 0, 2 → 0, 3 → 2, two with a similarity of 0.5, one of 0.25 and one below 0."""
    return Graph(np.arange(5), np.array([1, 0, 0, 2]), np.array([0.5, 0.5, 0.25, -0.1], dtype=np.float32))


def test_by_hand() -> None:
    found = adjacency_accuracy(by_hand(), np.array([0, 0, 1, 1]), 3)
    assert found.plain == 3 / 4
    assert found.weighted == pytest.approx(1 / 1.25)  # the edge below 0 has no weight
    np.testing.assert_array_equal(found.per_class, [1, 0.5, np.nan])
    assert found.chance == 0.5
    assert found.k == 1


def test_edges_at_nodes_of_unknown_class_do_not_count() -> None:
    found = adjacency_accuracy(by_hand(), np.array([0, -1, 1, 1]), 2)
    assert found.plain == 1 / 2
    np.testing.assert_array_equal(found.per_class, [np.nan, 0.5])
    assert found.chance == pytest.approx(1 / 9 + 4 / 9)
    with pytest.raises(InvalidInput, match="1 of 4 classes are known"):
        adjacency_accuracy(by_hand(), np.array([0, -1, -1, -1]), 2)
    with pytest.raises(InvalidInput, match=r"y has shape \(3,\), expected \(4,\)"):
        adjacency_accuracy(by_hand(), np.zeros(3, dtype=np.int64), 2)


def test_one_hot_features_are_1_and_random_ones_are_chance() -> None:
    rng = np.random.default_rng(0)
    y = rng.choice(4, 3000, p=[0.4, 0.3, 0.2, 0.1])
    one_hot = adjacency_accuracy(knn_graph(np.eye(4, dtype=np.float32)[y], 20), y, 4)
    assert one_hot.plain == one_hot.weighted == 1
    noise = adjacency_accuracy(knn_graph(rng.normal(size=(3000, 8)).astype(np.float32), 20), y, 4)
    assert noise.chance == pytest.approx(0.3, abs=0.02)
    assert noise.plain == pytest.approx(noise.chance, abs=0.01)
    np.testing.assert_allclose(noise.per_class, np.bincount(y) / 3000, atol=0.03)
