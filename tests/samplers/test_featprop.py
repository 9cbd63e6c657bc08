import numpy as np
import pytest
from graphs.helpers import unit
from samplers.helpers import ask

from alviz.graphs import knn_graph
from alviz.samplers import FeatProp
from alviz.samplers.featprop import propagated_features

FEATURES = np.random.default_rng(0).gamma(1, size=(120, 5)).astype(np.float32)
SCATTERED = [3, 40, 41, 119]


def test_propagated_features_on_four_nodes_by_hand() -> None:
    # 0°, 30°, 90°, 180°: edges 0-1 and 1-2 of one, 3 alone (its cosine with 2 is 0). D̃ = 2, 3, 2, 1.
    angles = np.deg2rad([0, 30, 90, 180])
    V = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    V[2, 0] = V[3, 1] = 0
    a = 6**-0.5
    A = np.array([[1 / 2, a, 0, 0], [a, 1 / 3, a, 0], [0, a, 1 / 2, 0], [0, 0, 0, 1]])
    graph = knn_graph(V, 1)
    np.testing.assert_allclose(propagated_features(graph, 3 * V), A @ A @ V, atol=1e-6)
    np.testing.assert_allclose(propagated_features(graph, V, hops=1), A @ V, atol=1e-6)
    np.testing.assert_allclose(propagated_features(graph, V, hops=0), V, atol=1e-6)


def propagated(features: np.ndarray, k: int) -> np.ndarray:
    """Ã²V̂ with dense matrices."""
    V = unit(features)
    S = V @ V.T
    np.fill_diagonal(S, -np.inf)
    A = np.eye(len(V))
    for i, nearest in enumerate(np.argsort(-S, axis=1)[:, :k]):
        A[i, nearest] = A[nearest, i] = 1
    scale = A.sum(axis=1) ** -0.5
    A = scale[:, None] * A * scale
    return A @ A @ V


@pytest.mark.parametrize("labeled", [SCATTERED, []])
def test_picks_scores_and_gains_are_those_of_medoids_in_propagated_space(labeled: list[int]) -> None:
    candidates = np.setdiff1d(np.arange(0, 120, 2), labeled)
    query = ask(6, labeled, features=FEATURES, candidates=candidates)
    selection = FeatProp(k=7).select(query)
    H = propagated(FEATURES, 7)
    np.testing.assert_allclose(propagated_features(knn_graph(FEATURES, 7), FEATURES), H, atol=1e-6)
    assert np.isin(selection.ids, candidates).all()

    centers = H[labeled] if labeled else H.mean(axis=0, keepdims=True)
    start = np.linalg.norm(H[:, None] - centers[None], axis=2).min(axis=1)
    np.testing.assert_allclose(selection.scores[candidates], start[candidates], atol=1e-5)
    assert np.isnan(np.delete(selection.scores, candidates)).all()

    medoids = [*labeled, *selection.ids]
    distances = np.linalg.norm(H[:, None] - H[medoids][None], axis=2)
    gain = selection.extra["gain"]
    assert (np.diff(gain) <= 0).all()
    assert gain.sum() == pytest.approx(start.sum() - distances.min(axis=1).sum(), rel=1e-4)
    assert selection.extra["costs"][-1] == pytest.approx(distances.min(axis=1).sum(), rel=1e-5)
    mine = distances.argmin(axis=1)
    for place, pick_gain in enumerate(gain, start=len(labeled)):
        assert pick_gain == pytest.approx((start - distances[:, place])[mine == place].sum(), abs=1e-4)


def groups() -> tuple[np.ndarray, np.ndarray]:
    group = np.repeat(np.arange(6), 20)
    noise = 0.3 * np.random.default_rng(1).normal(size=(120, 6))
    return group, np.abs(10 * np.eye(6)[group] + noise).astype(np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_each_group_without_a_label_gets_a_pick(seed: int) -> None:
    group, features = groups()
    selection = FeatProp(k=8).select(ask(4, [5, 25], features=features, seed=seed))
    assert sorted(group[selection.ids]) == [2, 3, 4, 5]
    cold = FeatProp(k=8).select(ask(6, features=features, seed=seed))
    assert sorted(group[cold.ids]) == [0, 1, 2, 3, 4, 5]


def test_the_same_stream_gives_the_same_picks_and_rounds_can_be_few() -> None:
    def picks(seed: int, **parameters: int) -> list[int]:
        query = ask(8, SCATTERED, features=FEATURES, seed=seed)
        return FeatProp(k=6, **parameters).select(query).ids.tolist()

    assert picks(1) == picks(1)
    assert picks(1) != picks(2)
    assert picks(1, hops=0) != picks(1)
    one = FeatProp(k=6, rounds=1).select(ask(8, SCATTERED, features=FEATURES))
    assert len(one.extra["costs"]) == 2


def test_rows_of_zeros_and_isolated_rows_are_no_trouble() -> None:
    features = FEATURES.copy()
    features[[7, 8]] = 0
    features[9] = -features[9]
    selection = FeatProp().select(ask(5, SCATTERED, features=features))
    assert np.isfinite(selection.extra["gain"]).all()
    assert np.isfinite(selection.scores[np.setdiff1d(np.arange(120), SCATTERED)]).all()
