import numpy as np
import pytest
from numpy.typing import NDArray
from samplers.helpers import ask

from alviz import datasets
from alviz.errors import InvalidInput
from alviz.samplers import Coreset
from alviz.samplers.coreset import k_center_greedy


def brute_force(X: NDArray[np.float64], labeled: list[int], n: int, candidates: list[int]) -> list[int]:
    """Algorithm 1 word by word: argmax over the candidates of the minimum over the centers, lowest id of a tie."""
    centers, picked = list(labeled), []
    for _ in range(n):
        open_ids = [i for i in candidates if i not in picked]
        if centers:
            gaps = [min(((X[i] - X[j]) ** 2).sum() for j in centers) for i in open_ids]
        else:
            mean = X[candidates].mean(axis=0)
            gaps = [-((X[i] - mean) ** 2).sum() for i in open_ids]
        best = open_ids[int(np.argmax(gaps))]
        picked.append(best)
        centers.append(best)
    return picked


@pytest.mark.parametrize("seed", range(40))
def test_equals_brute_force_on_thirty_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(30, 1 + seed % 4)).astype(np.float32)
    if seed % 3 == 0:
        X = np.round(X)  # duplicates and ties
    labeled = rng.permutation(30)[: seed % 7].tolist()
    candidates = np.setdiff1d(np.arange(30), labeled)
    if seed % 2:
        candidates = np.sort(rng.permutation(candidates)[:18])
    n = [1, 5, len(candidates)][seed % 3]
    expected = brute_force(X.astype(np.float64), labeled, n, candidates.tolist())
    assert k_center_greedy(X, labeled, n, candidates).tolist() == expected
    assert Coreset().select(ask(n, labeled, features=X, candidates=candidates)).ids.tolist() == expected


def test_four_points_by_hand() -> None:
    # On a line: 0, 1, 4, 6; labeled is the first. Farthest is 6; then 4 lies 2 from 6 and 1 lies 1 from 0.
    X = np.array([[0.0], [1], [4], [6]], dtype=np.float32)
    selection = Coreset().select(ask(3, [0], features=X))
    assert selection.ids.tolist() == [3, 2, 1]
    np.testing.assert_array_equal(selection.scores, np.float32([np.nan, 1, 4, 6]))
    np.testing.assert_array_equal(selection.extra["gain"], np.float32([6, 2, 1]))


def test_without_labels_it_starts_nearest_to_the_mean() -> None:
    X = np.array([[0.0], [10], [4], [5.5]], dtype=np.float32)  # mean 4.875
    selection = Coreset().select(ask(4, features=X))
    assert selection.ids.tolist() == [3, 0, 1, 2]  # 5.5; then 0 (5.5 away), 10 (4.5), 4 (1.5)
    assert selection.scores.argmax() == 3
    np.testing.assert_allclose(selection.scores, [-4.875, -5.125, -0.875, -0.625])
    np.testing.assert_allclose(selection.extra["gain"][1:], [5.5, 4.5, 1.5])


def test_ties_go_to_the_lowest_id() -> None:
    corners = np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]], dtype=np.float32)
    assert k_center_greedy(corners, [0], 4).tolist() == [1, 2, 3, 4]
    assert k_center_greedy(corners, [0], 2, candidates=[4, 3, 2]).tolist() == [2, 3]


def test_duplicates_are_all_picked_once() -> None:
    X = np.repeat(np.random.default_rng(0).normal(size=(3, 2)), 5, axis=0).astype(np.float32)
    picked = k_center_greedy(X, [0], 14)
    assert sorted(picked.tolist()) == list(range(1, 15))
    assert sorted(picked[:2] // 5) == [1, 2], "the other two places come first"
    assert picked[2:].tolist() == sorted(picked[2:].tolist()), "then all are at distance 0"


def test_labeled_and_repeated_candidates_are_left_out() -> None:
    X = np.arange(5, dtype=np.float32)[:, None]
    assert k_center_greedy(X, [4], 2, candidates=[4, 0, 0, 1]).tolist() == [0, 1]
    with pytest.raises(InvalidInput, match="n is 3, expected 0 to 2"):
        k_center_greedy(X, [4], 3, candidates=[4, 0, 0, 1])
    assert k_center_greedy(X, [4], 0).dtype == np.int64


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"labeled": [5]}, "labeled must be row numbers, 0..4"),
        ({"labeled": [-1]}, "labeled must be row numbers, 0..4"),
        ({"labeled": [0.5]}, "labeled must be row numbers, 0..4"),
        ({"candidates": [1, 9]}, "candidates must be row numbers, 0..4"),
        ({"features": np.array([[0.0], [1], [np.nan], [3], [4]])}, "without NaN"),
        ({"features": np.zeros(5)}, r"shape \(5,\)"),
        ({"features": np.full((5, 2), "a")}, "<U1 of shape"),
        ({"n": -1}, "n is -1"),
    ],
)
def test_bad_input(given: dict[str, object], message: str) -> None:
    arguments = {"features": np.arange(5.0)[:, None], "labeled": [0], "n": 1, **given}
    with pytest.raises(InvalidInput, match=message):
        k_center_greedy(**arguments)  # type: ignore[arg-type]


def test_on_real_digits_every_pick_is_the_exact_maximum() -> None:
    X = datasets.digits().X.reshape(-1, 64).astype(np.float32) / 255
    rng = np.random.default_rng(0)
    labeled = rng.permutation(len(X))[:20]
    picked = k_center_greedy(X, labeled, 60)
    exact = X.astype(np.float64)
    gaps = ((exact[:, None] - exact[labeled][None]) ** 2).sum(2).min(1)
    for pick in picked:
        best = np.flatnonzero(gaps >= gaps.max() * (1 - 1e-12))
        assert pick == best[0], "the farthest example, the lowest id of a tie"
        gaps = np.minimum(gaps, ((exact - exact[pick]) ** 2).sum(1))
        assert gaps[pick] == 0


def test_far_from_the_origin_small_differences_still_count() -> None:
    X = np.float32(4096) + np.array([[0.0], [0.5], [1.0], [0.25]], dtype=np.float32)
    assert k_center_greedy(X, [0], 3).tolist() == [2, 1, 3]


def test_it_says_how_far_it_is() -> None:
    said: list[tuple[int, int]] = []
    k_center_greedy(np.eye(6), [0], 3, progress=lambda *p: said.append(p))
    assert sorted(set(said)) == [(0, 3), (1, 3), (2, 3)]
    assert said == sorted(said)
