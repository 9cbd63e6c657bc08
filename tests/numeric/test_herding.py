"""Greedy covering against greedy on an explicit kernel matrix."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from alviz.numeric import herding as module
from alviz.numeric.herding import Gaussian, Herding, Kernel, TopHat, herd


def matrix(X: NDArray[Any], kernel: Kernel) -> NDArray[np.float64]:
    X = np.asarray(X, dtype=np.float64)
    squared = ((X[:, None] - X[None]) ** 2).sum(axis=2)
    if isinstance(kernel, Gaussian):
        return np.exp(-squared / kernel.sigma**2)
    assert isinstance(kernel, TopHat)
    return (squared <= kernel.delta**2).astype(float)


def brute_force(
    X: Any, kernel: Kernel, labeled: Any, candidates: Any, n: int, rows: Any, weights: Any
) -> tuple[list[int], list[float]]:
    """Word by word: the candidate with the largest Σ w_x max(k(x, l) over labeled, picked and it)."""
    K = matrix(X, kernel)[rows]
    centers, gains = list(labeled), []

    def coverage(some: list[int]) -> float:
        return float(weights @ K[:, some].max(axis=1)) if some else 0.0

    for _ in range(n):
        left = [c for c in candidates if c not in centers]
        values = np.array([coverage([*centers, c]) for c in left])
        best = left[int((values >= values.max() - max(kernel.tolerance, 1e-12) * weights.sum()).argmax())]
        gains.append((coverage([*centers, best]) - coverage(centers)) / weights.sum())
        centers.append(best)
    return centers[len(labeled) :], gains


def check(seed: int, kernel: Kernel) -> Herding:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(30, 1 + seed % 4)).astype(np.float32)
    if seed % 3 == 0:
        X = np.round(X)  # duplicates and ties, many at the same distance
    labeled = rng.permutation(30)[: seed % 6]
    candidates = np.setdiff1d(np.sort(rng.permutation(30)[:20]) if seed % 2 else np.arange(30), labeled)
    rows = np.sort(rng.permutation(30)[:22]) if seed % 5 == 0 else np.arange(30)
    weights = rng.random(len(rows)) if seed % 4 == 0 and isinstance(kernel, Gaussian) else np.ones(len(rows))
    n = [1, 6, len(candidates)][seed % 3]
    found = herd(X, kernel, labeled, candidates, n, rows=rows, weights=weights)
    picks, gains = brute_force(X, kernel, labeled, candidates, n, rows, weights)
    assert found.picks.tolist() == picks
    np.testing.assert_allclose(found.gains, gains, atol=2e-6)
    K = matrix(X, kernel)[rows]
    m = K[:, labeled].max(axis=1) if len(labeled) else np.zeros(len(rows))
    alone = weights @ np.maximum(K[:, candidates] - m[:, None], 0) / weights.sum()
    np.testing.assert_allclose(found.start, alone, atol=1e-6)
    assert found.covered == pytest.approx(weights @ m / weights.sum(), abs=1e-6)
    return found


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("kernel", [Gaussian(0.7), Gaussian(3.0), TopHat(0.8), TopHat(1.0)], ids=repr)
def test_equals_greedy_on_the_whole_matrix(seed: int, kernel: Kernel) -> None:
    check(seed, kernel)


@pytest.mark.parametrize("kept", [0, 60, 300])
@pytest.mark.parametrize("kernel", [Gaussian(0.7), TopHat(1.0)], ids=repr)
def test_what_is_kept_and_how_blocks_are_cut_change_nothing(
    kept: int, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_KEPT", kept)
    monkeypatch.setattr(module, "_HEIGHT", 7)
    monkeypatch.setattr(module, "_WIDTH", 5)
    for seed in range(15):
        check(seed, kernel)


def test_five_points_by_hand() -> None:
    # On a line: 0, 1, 2, 6, 7 and balls of 1. The middle of three comes first, then the first of two, then nothing
    # is left to cover and the lowest ids follow.
    X = np.array([[0], [1], [2], [6], [7]], dtype=np.float32)
    nobody, all_rows = np.zeros(0, dtype=np.int64), np.arange(5)
    found = herd(X, TopHat(1.0), nobody, all_rows, 5)
    assert found.picks.tolist() == [1, 3, 0, 2, 4]
    np.testing.assert_allclose(found.gains, [3 / 5, 2 / 5, 0, 0, 0])
    np.testing.assert_allclose(found.start, [2 / 5, 3 / 5, 2 / 5, 2 / 5, 2 / 5])
    # With 6 labeled, 7 counts no more.
    found = herd(X, TopHat(1.0), np.array([3]), np.array([0, 1, 2, 4]), 2)
    assert found.picks.tolist() == [1, 0]
    assert found.covered == pytest.approx(2 / 5)
    # A row that weighs ten times as much draws the first pick.
    assert herd(X, TopHat(1.0), nobody, all_rows, 1, weights=np.array([1, 1, 1, 1, 10.0])).picks.tolist() == [3]


def test_a_ball_around_everything_is_covered_by_one_pick() -> None:
    X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    found = herd(X, TopHat(100.0), np.zeros(0, np.int64), np.arange(40), 3)
    assert found.picks.tolist() == [0, 1, 2]
    assert found.gains.tolist() == [1, 0, 0]


@pytest.mark.parametrize("kernel", [Gaussian(1e-3), TopHat(1e-3)], ids=repr)
def test_a_vanishing_width_covers_each_row_by_itself(kernel: Kernel) -> None:
    X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    X[[7, 30]] = X[12]  # three alike stand for more than any other
    found = herd(X, kernel, np.array([0, 39]), np.arange(1, 39), 4)
    assert found.picks.tolist() == [7, 1, 2, 3]
    np.testing.assert_allclose(found.gains, [3 / 40, 1 / 40, 1 / 40, 1 / 40], atol=1e-7)


def test_a_wide_gaussian_begins_at_the_row_nearest_to_the_mean() -> None:
    X = np.random.default_rng(1).normal(size=(60, 4)).astype(np.float32)
    found = herd(X, Gaussian(30.0), np.zeros(0, np.int64), np.arange(60), 1)
    assert found.picks[0] == np.linalg.norm(X - X.mean(axis=0), axis=1).argmin()


def test_rows_at_the_radius_are_inside_even_far_from_the_origin() -> None:
    # Neighbors lie exactly at 0.25, which float32 products of such rows cannot tell.
    X = (np.arange(12, dtype=np.float32) / 4 + 1000)[:, None].repeat(3, axis=1)
    X[:, 1:] = 1000
    found = herd(X, TopHat(0.25), np.zeros(0, np.int64), np.arange(12), 4)
    assert found.picks.tolist() == [1, 4, 7, 10]
    just_less = herd(X, TopHat(float(np.nextafter(0.25, 0))), np.zeros(0, np.int64), np.arange(12), 2)
    assert just_less.picks.tolist() == [0, 1]


def test_rows_without_weight_do_not_count_and_none_with_weight_is_no_trouble() -> None:
    X = np.array([[0], [0.1], [5], [5.1], [5.2]], dtype=np.float32)
    nobody = np.zeros(0, np.int64)
    found = herd(X, Gaussian(1.0), nobody, np.arange(5), 1, weights=np.array([1.0, 1, 0, 0, 0]))
    assert found.picks[0] in (0, 1)
    nothing = herd(X, Gaussian(1.0), nobody, np.arange(5), 3, weights=np.zeros(5))
    assert nothing.picks.tolist() == [0, 1, 2]
    assert nothing.gains.tolist() == [0, 0, 0]


@pytest.mark.parametrize("kernel", [Gaussian(1.0), TopHat(0.5)], ids=repr)
def test_all_pairs_are_never_made(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 1 << 18)
    X = np.random.default_rng(0).normal(size=(5000, 4)).astype(np.float32)
    tracemalloc.start()
    herd(X, kernel, np.arange(3), np.arange(3, 5000), 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6, "5,000² float32 are 100 MB"


def test_it_says_how_far_it_is_and_stops() -> None:
    X = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    said: list[tuple[int, int]] = []
    herd(X, Gaussian(1.0), np.array([0]), np.arange(1, 50), 4, progress=lambda *p: said.append(p))
    assert said == sorted(said)
    assert set(said) == {(done, 4) for done in range(5)}

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        herd(X, Gaussian(1.0), np.array([0]), np.arange(1, 50), 4, progress=stop)
