"""UncertainGCN and CoreGCN: what they pick of what the network says, on which nodes, and at what cost."""

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from samplers.helpers import ask
from torch.utils._python_dispatch import TorchDispatchMode

from alviz.errors import InvalidInput, MissingNeeds
from alviz.samplers import CoreGCN, Coreset, UncertainGCN
from alviz.samplers.coreset import k_center_greedy

FEATURES = np.random.default_rng(0).gamma(1, size=(80, 6)).astype(np.float32)
SCATTERED = [3, 11, 40, 41, 79]


@pytest.mark.parametrize("s_margin", [0.0, 0.1, 0.45, 1.0])
def test_uncertain_gcn_picks_the_smallest_distance_to_the_margin(s_margin: float) -> None:
    selection = UncertainGCN(s_margin=s_margin, steps=60).select(ask(7, SCATTERED, features=FEATURES))
    nodes, confidence = selection.extra["nodes"], selection.extra["confidence"]
    unlabeled = np.setdiff1d(np.arange(80), SCATTERED)
    assert nodes.tolist() == [*unlabeled, *SCATTERED]
    gap = np.full(80, np.inf)
    gap[unlabeled] = np.abs(confidence[: len(unlabeled)] - s_margin)
    assert selection.ids.tolist() == np.argsort(gap, kind="stable")[:7].tolist()
    np.testing.assert_allclose(selection.scores[unlabeled], -gap[unlabeled], atol=1e-6)
    assert selection.extra["losses"].shape == (60,)
    assert ((confidence > 0) & (confidence < 1)).all()


def test_the_network_learns_which_nodes_are_labeled() -> None:
    features = FEATURES.copy()
    features[SCATTERED] = [0, 0, 0, 0, 0, 5]  # labeled rows stand apart, wherever they are in the pool
    extra = UncertainGCN(steps=300, lr=0.01).select(ask(3, SCATTERED, features=features)).extra
    labeled = np.isin(extra["nodes"], SCATTERED)
    assert extra["confidence"][labeled].min() > extra["confidence"][~labeled].max()


@pytest.mark.parametrize("layers", [2, 3])
def test_core_gcn_is_k_center_greedy_on_its_own_embedding(layers: int) -> None:
    sampler = CoreGCN(layers=layers, steps=60, hidden=24)
    query = ask(10, SCATTERED, features=FEATURES)
    selection = sampler.select(query)
    nodes, network = sampler.train(ask(10, SCATTERED, features=FEATURES))  # the same stream: the same network
    embedding = np.zeros((80, 24), np.float32)
    embedding[nodes] = network.embedding
    assert selection.ids.tolist() == k_center_greedy(embedding, SCATTERED, 10).tolist()
    np.testing.assert_array_equal(selection.extra["embedding"], network.embedding.astype(np.float16))

    # With the half precision that is kept, each pick is the farthest up to that precision.
    kept = np.zeros((80, 24))
    kept[nodes] = selection.extra["embedding"]
    gaps = np.linalg.norm(kept[:, None] - kept[SCATTERED][None], axis=2).min(1)
    np.testing.assert_allclose(selection.scores[query.candidates], gaps[query.candidates], atol=2e-3)
    for pick, gain in zip(selection.ids, selection.extra["gain"], strict=True):
        assert gaps[pick] == pytest.approx(gaps.max(), abs=2e-3)
        assert gain == pytest.approx(gaps[pick], abs=2e-3)
        gaps = np.minimum(gaps, np.linalg.norm(kept - kept[pick], axis=1))


def test_core_gcn_and_coreset_look_at_different_spaces() -> None:
    query = ask(10, SCATTERED, features=FEATURES)
    assert CoreGCN(steps=60).select(query).ids.tolist() != Coreset().select(query).ids.tolist()


def test_core_gcn_refuses_one_layer() -> None:
    with pytest.raises(InvalidInput, match="layers is 1, expected at least 2"):
        CoreGCN(layers=1)
    assert UncertainGCN(layers=1).layers == 1


def test_nodes_are_candidates_and_labeled_and_nobody_else() -> None:
    candidates = np.arange(1, 80, 3)
    candidates = candidates[~np.isin(candidates, SCATTERED)]
    query = ask(4, SCATTERED, features=FEATURES, candidates=candidates)
    few = UncertainGCN(steps=20).select(query)
    assert few.extra["nodes"].tolist() == [*candidates, *SCATTERED]
    elsewhere = FEATURES.copy()
    elsewhere[np.setdiff1d(np.arange(80), few.extra["nodes"])] = 100
    again = UncertainGCN(steps=20).select(ask(4, SCATTERED, features=elsewhere, candidates=candidates))
    np.testing.assert_array_equal(few.extra["confidence"], again.extra["confidence"])


def test_knn_graph_with_all_neighbors_is_the_dense_graph() -> None:
    dense = UncertainGCN(steps=30).select(ask(5, SCATTERED, features=FEATURES))
    knn = UncertainGCN(steps=30, graph="knn", k=1000).select(ask(5, SCATTERED, features=FEATURES))
    np.testing.assert_allclose(knn.extra["confidence"], dense.extra["confidence"], atol=1e-4)
    sparse = UncertainGCN(steps=30, graph="knn", k=3).select(ask(5, SCATTERED, features=FEATURES))
    assert not np.allclose(sparse.extra["confidence"], dense.extra["confidence"], atol=1e-3)


def test_the_ways_to_divide_and_to_connect_differ() -> None:
    def confidence(**parameters: Any) -> NDArray[np.float32]:
        sampler = UncertainGCN(steps=30, dropout=0, **parameters)
        return sampler.select(ask(5, SCATTERED, features=FEATURES)).extra["confidence"]

    found = [confidence(), confidence(normalize="column"), *(confidence(graph=g) for g in ("ones", "identity"))]
    for i, one in enumerate(found):
        for other in found[:i]:
            assert np.abs(one - other).max() > 1e-3


@pytest.mark.parametrize("graph", ["dense", "knn", "ones", "identity"])
def test_another_order_of_the_pool_gives_the_same_confidence(graph: str) -> None:
    """With dropout off the start is the only chance, and rows do not matter to it."""
    order = np.random.default_rng(1).permutation(80)
    place = np.argsort(order)
    sampler = UncertainGCN(graph=graph, dropout=0, steps=30, k=5)
    here = sampler.select(ask(6, SCATTERED, features=FEATURES))
    there = sampler.select(ask(6, place[SCATTERED], features=FEATURES[order]))
    np.testing.assert_allclose(there.scores, here.scores[order], atol=1e-5)
    assert order[there.ids].tolist() == here.ids.tolist()


def test_scale_of_a_row_does_not_matter() -> None:
    scaled = FEATURES * np.random.default_rng(2).uniform(0.1, 10, size=(80, 1)).astype(np.float32)
    a, b = (UncertainGCN(steps=30).select(ask(5, SCATTERED, features=f)).scores for f in (FEATURES, scaled))
    np.testing.assert_allclose(a, b, atol=1e-5)


def test_negative_features_are_refused_by_id_or_clipped() -> None:
    features = FEATURES.copy()
    features[[20, 41]] *= -1  # 20 is unlabeled, 41 labeled
    with pytest.raises(InvalidInput, match=r"2 of 80 nodes have none, the first is 20 with -"):
        UncertainGCN().select(ask(5, SCATTERED, features=features))
    features = np.abs(FEATURES)
    features[:, 0] -= 1
    clipped = UncertainGCN(negative="relu", steps=20).select(ask(5, SCATTERED, features=features))
    by_hand = UncertainGCN(steps=20).select(ask(5, SCATTERED, features=np.maximum(features, 0)))
    np.testing.assert_array_equal(clipped.scores, by_hand.scores)


def test_one_kind_of_node_only_is_refused() -> None:
    with pytest.raises(MissingNeeds, match=r"there are 0 labeled and 80 unlabeled\. Start with initial of at least 1"):
        UncertainGCN().select(ask(5, features=FEATURES))


def test_phases_that_are_reported() -> None:
    said: list[tuple[str, int, int]] = []
    query = ask(3, SCATTERED, features=FEATURES, report=lambda *report: said.append(report))
    CoreGCN(steps=4).select(query)
    assert said[0] == ("graph", 0, 1)
    assert [report for report in said if report[2] == 4] == [("select", i, 4) for i in range(5)]
    assert said[-1] == ("select", 2, 3)


class Largest(TorchDispatchMode):
    """The most numbers that any tensor holds which an operation returns, in training and in its gradients."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(tensor, torch.Tensor):
                self.numbers = max(self.numbers, tensor.numel())
        return result


@pytest.mark.parametrize(
    "sampler", [UncertainGCN(), UncertainGCN(normalize="column"), CoreGCN(), UncertainGCN(graph="ones")], ids=repr
)
def test_no_matrix_of_all_pairs_is_ever_made(sampler: Any) -> None:
    n = 20_000
    features = np.random.default_rng(0).gamma(1, size=(n, 8)).astype(np.float32)
    tracemalloc.start()
    try:
        with Largest() as largest:
            replace(sampler, steps=2, hidden=16).select(ask(3, np.arange(50) * 7, features=features))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert n * 16 <= largest.numbers <= 2 * n * 16, "a hidden layer is the largest tensor"
    assert peak < 100e6, "all pairs of numpy would take 1.6 GB"


def ring_features(seed: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Five noisy rings of 40 points; four Gaussian bumps of the radius are the features, all positive."""
    ring = np.repeat(np.arange(5), 40)
    radius = 1 + ring + np.random.default_rng(seed).uniform(-0.2, 0.2, len(ring))
    return ring, np.exp(-((radius[:, None] - np.linspace(1, 5, 4)) ** 2) / 2).astype(np.float32)


@pytest.mark.parametrize("seed", range(3))
def test_on_rings_labeled_inside_the_picks_move_outward(seed: int) -> None:
    """The toy of SeqGCN's Fig 2: from two labels in the innermost ring, one ring further per cycle."""
    ring, features = ring_features(seed)
    labeled, reached = [0, 1], []
    for cycle in range(4):
        picked = UncertainGCN().select(ask(4, labeled, features=features, seed=10 * seed + cycle)).ids
        reached.append(ring[picked].mean())
        labeled += picked.tolist()
    assert np.diff(reached).min() > 0.5, reached
    assert reached[0] < 1.5
    assert reached[-1] > 3.5
    assert set(ring[labeled]) == {0, 1, 2, 3, 4}
