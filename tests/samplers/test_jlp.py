import numpy as np
import pytest
from samplers.helpers import ask

from alviz.errors import MissingNeeds
from alviz.graphs import knn_graph
from alviz.graphs.joint import joint_label_propagation
from alviz.graphs.propagate import similarity
from alviz.samplers import JLP

FEATURES = np.random.default_rng(0).gamma(1, size=(120, 5)).astype(np.float32)
SCATTERED = [3, 40, 41, 119]


@pytest.mark.parametrize("symmetrize", ["union", "mutual"])
def test_it_is_joint_propagation_on_the_graph_of_the_whole_pool(symmetrize: str) -> None:
    candidates = np.setdiff1d(np.arange(0, 120, 2), SCATTERED)
    query = ask(9, SCATTERED, features=FEATURES, candidates=candidates)
    selection = JLP(k=7, alpha=0.9, symmetrize=symmetrize).select(query)
    W = similarity(knn_graph(FEATURES, 7), symmetrize=symmetrize)
    expected = joint_label_propagation(W, SCATTERED, candidates, 9, alpha=0.9)
    assert selection.ids.tolist() == expected.picks.tolist()
    np.testing.assert_allclose(selection.scores[candidates], -expected.start[candidates], rtol=1e-6)
    np.testing.assert_allclose(selection.extra["gain"], -expected.heights, rtol=1e-6)
    assert selection.extra["residual"] <= 1e-6
    assert np.nanargmax(selection.scores) == selection.ids[0]


def test_labels_spread_over_rows_that_are_no_candidates() -> None:
    # A chain of angles: 0 labeled, its neighbor no candidate, yet the way to the two that are.
    angles = np.deg2rad([0, 20, 41, 63, 200])
    chain = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    selection = JLP(k=1, symmetrize="union").select(ask(2, [0], features=chain, candidates=[2, 3]))
    assert selection.ids.tolist() == [3, 2]
    assert (selection.scores[[2, 3]] < 0).all(), "reached"
    far = JLP(k=1).select(ask(2, [0], features=chain))
    assert far.ids.tolist() == [4, 3], "the lone row is out of reach and comes first"
    assert far.scores[4] == 0


def test_one_pick_per_group_that_has_no_label_comes_first() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(6), 20)
    features = np.abs(10 * np.eye(6)[group] + 0.3 * rng.normal(size=(120, 6))).astype(np.float32)
    selection = JLP(k=8).select(ask(5, [5], features=features))
    assert sorted(group[selection.ids]) == [1, 2, 3, 4, 5]


def test_more_neighbors_than_rows_are_all_rows() -> None:
    selection = JLP(k=1000).select(ask(3, SCATTERED, features=FEATURES))
    assert selection.ids.tolist() == JLP(k=119).select(ask(3, SCATTERED, features=FEATURES)).ids.tolist()
    few = JLP(k=1000).select(ask(2, SCATTERED, features=FEATURES, candidates=[7, 8, 9]))
    np.testing.assert_array_equal(few.scores[[7, 8, 9]], selection.scores[[7, 8, 9]])


def test_without_labels_it_refuses() -> None:
    with pytest.raises(MissingNeeds, match="initial of at least 1"):
        JLP().select(ask(3, features=FEATURES))
