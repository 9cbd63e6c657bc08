"""k-medoids against brute force, with medoids that stay."""

import tracemalloc
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from alviz.numeric import k_medoids as module
from alviz.numeric.k_medoids import KMedoids, k_medoids


def choose(X: Any, n: int, fixed: Any = (), candidates: Any = None, seed: int = 0, **more: Any) -> KMedoids:
    X = np.asarray(X, dtype=np.float32)
    fixed = np.asarray(fixed, dtype=np.int64)
    candidates = np.setdiff1d(np.arange(len(X)) if candidates is None else candidates, fixed)
    return k_medoids(X, fixed, candidates, n, np.random.default_rng(seed), **more)


def cost(X: NDArray[Any], medoids: Any) -> float:
    X = np.asarray(X, dtype=np.float64)
    return float(np.linalg.norm(X[:, None] - X[np.asarray(medoids)][None], axis=2).min(axis=1).sum())


def groups(rng: np.random.Generator, places: NDArray[Any], size: int, spread: float) -> NDArray[np.float32]:
    X = np.repeat(places, size, axis=0) + spread * rng.normal(size=(len(places) * size, places.shape[1]))
    return X.astype(np.float32)


PLACES = np.array([[0, 0], [20, 0], [0, 20], [20, 20], [40, 10]], dtype=np.float64)


@pytest.mark.parametrize("seed", range(10))
def test_on_separated_groups_it_is_the_optimum_of_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = groups(rng, PLACES[:4], 5, 0.7)
    order = rng.permutation(20)
    found = choose(X[order], 4, seed=seed)
    best = min(combinations(range(20), 4), key=lambda some: cost(X[order], some))
    assert sorted(found.medoids.tolist()) == list(best)
    assert found.costs[-1] == pytest.approx(cost(X[order], best), rel=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_fixed_medoids_stay_and_the_others_take_what_they_leave(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = groups(rng, PLACES, 5, 0.7)
    fixed = [13, 4]  # a poor medoid of the third group, one of the first
    found = choose(X, 3, fixed, seed=seed)
    assert found.medoids[:2].tolist() == fixed
    free = [i for i in range(25) if i not in fixed]
    best = min(combinations(free, 3), key=lambda some: cost(X, [*fixed, *some]))
    assert sorted(found.medoids[2:].tolist()) == list(best)


@pytest.mark.parametrize("seed", range(20))
def test_the_answer_is_what_it_says_and_nothing_in_a_cluster_is_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(70, 1 + seed % 5)).astype(np.float32)
    if seed % 4 == 0:
        X = np.round(X)
    fixed = rng.permutation(70)[: seed % 3]
    candidates = np.setdiff1d(np.sort(rng.permutation(70)[:50]) if seed % 2 else np.arange(70), fixed)
    found = choose(X, 6, fixed, candidates, seed)
    assert found.medoids[: len(fixed)].tolist() == fixed.tolist()
    free = found.medoids[len(fixed) :]
    assert len(set(free.tolist())) == 6
    assert np.isin(free, candidates).all()
    assert (np.diff(found.costs) < 0).all(), "every round but the last, which changes nothing, lowers the cost"
    distances = np.linalg.norm(X[:, None].astype(np.float64) - X[found.medoids][None], axis=2)
    np.testing.assert_allclose(found.distances, distances.min(axis=1), atol=1e-6)
    np.testing.assert_allclose(found.distances, distances[np.arange(70), found.owner], atol=1e-12)
    assert found.costs[-1] == pytest.approx(cost(X, found.medoids), rel=1e-6)
    assert found.owner[found.medoids].tolist() == list(range(len(found.medoids)))
    for place, medoid in enumerate(found.medoids[len(fixed) :], start=len(fixed)):
        cluster = np.flatnonzero(found.owner == place)
        sums = np.linalg.norm(X[cluster][:, None].astype(np.float64) - X[cluster][None], axis=2).sum(axis=1)
        assert sums[cluster == medoid] <= sums[np.isin(cluster, candidates)].min() * (1 + 1e-6)


def test_four_points_by_hand() -> None:
    # On a line: 0, 1, 3, 10 and one medoid: sums are 14, 12, 12, 26; of the two equal ones it stays where it is.
    X = [[0.0], [1], [3], [10]]
    for seed in range(4):
        found = choose(X, 1, seed=seed)
        assert found.medoids.tolist() in ([1], [2])
        assert found.costs[-1] == 12
    # With 10 fixed the other stands for 0, 1, 3: the middle.
    found = choose(X, 1, [3])
    assert found.medoids.tolist() == [3, 1]
    assert found.owner.tolist() == [1, 1, 1, 0]
    assert found.distances.tolist() == [1, 0, 2, 0]


def test_equal_streams_give_equal_medoids_and_others_start_elsewhere() -> None:
    X = np.random.default_rng(0).normal(size=(300, 4))
    first, again, other = choose(X, 8, seed=1), choose(X, 8, seed=1), choose(X, 8, seed=2)
    assert first.medoids.tolist() == again.medoids.tolist()
    assert first.costs.tolist() == again.costs.tolist()
    assert first.costs[0] != other.costs[0]


def test_the_start_is_drawn_in_proportion_to_the_squared_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_trials", lambda n: 1)
    # From the fixed 0: distances 1, 2, 0, 3; the fourth row is a duplicate of a medoid and is never drawn.
    X = [[0.0], [1], [2], [0], [-3]]
    drawn = [int(choose(X, 1, [0], seed=seed, cap=0).medoids[1]) for seed in range(1000)]
    np.testing.assert_allclose(np.bincount(drawn, minlength=5) / 1000, [0, 1 / 14, 4 / 14, 0, 9 / 14], atol=0.05)
    first = [int(choose(X, 1, candidates=[1, 4], seed=seed, cap=0).medoids[0]) for seed in range(400)]
    assert 0.4 < np.mean(np.array(first) == 1) < 0.6, "without medoids, all candidates alike"


def test_the_best_of_what_was_drawn_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_trials", lambda n: 100)
    # All are drawn. Alone, 2 leaves 2 + 1 + 0 + 1 + 18, the least; beside 1, 20 leaves 1 + 0 + 1 + 2 + 0.
    assert choose([[0.0], [1], [2], [3], [20]], 1, cap=0).medoids.tolist() == [2]
    assert choose([[0.0], [1], [2], [3], [20]], 1, [1], cap=0).medoids.tolist() == [1, 4]
    assert choose([[0.0], [9], [10], [11], [-12]], 1, [0], cap=0).medoids.tolist() == [0, 2], "not the farthest"


def test_duplicates_are_different_medoids_when_there_is_nothing_else() -> None:
    found = choose(np.ones((6, 2)), 4, [2])
    assert found.medoids.tolist() == [2, 0, 1, 3, 4]
    assert found.costs.tolist() == [0]
    everything = choose(np.repeat(np.eye(3), 2, axis=0), 5, [1])
    assert sorted(everything.medoids.tolist()) == list(range(6))
    assert everything.owner[everything.medoids].tolist() == list(range(6))


def test_nothing_free_only_assigns() -> None:
    X = np.random.default_rng(0).normal(size=(50, 3))
    found = choose(X, 0, [4, 9, 30])
    assert found.medoids.tolist() == [4, 9, 30]
    assert found.costs[0] == pytest.approx(cost(np.float32(X), [4, 9, 30]))
    assert len(found.costs) == 1


@pytest.mark.parametrize("offset", [0, 1e3])
def test_small_differences_far_from_the_origin_count(offset: float) -> None:
    rng = np.random.default_rng(0)
    X = (groups(rng, PLACES[:4] / 100, 10, 0.005) + np.float32(offset)).astype(np.float32)
    found = choose(X, 4)
    assert sorted(found.medoids // 10) == [0, 1, 2, 3]
    assert found.costs[-1] == pytest.approx(cost(X, found.medoids), rel=1e-9)


def test_an_offset_takes_no_digits_from_the_assignment() -> None:
    # Multiples of 1/256, which float32 holds with and without the offset.
    X = np.round(256 * np.random.default_rng(1).normal(size=(400, 4))) / 256
    here, there = choose(X, 12), choose(X + 8192, 12)
    assert len(here.costs) > 1
    assert there.medoids.tolist() == here.medoids.tolist()
    np.testing.assert_allclose(there.costs, here.costs, rtol=1e-12)


def test_the_cap_ends_it() -> None:
    X = np.random.default_rng(3).normal(size=(500, 2))
    whole = choose(X, 10)
    assert len(whole.costs) > 3
    part = choose(X, 10, cap=2)
    assert part.costs.tolist() == whole.costs[:3].tolist()


def test_blocks_change_nothing_and_all_pairs_are_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(0).normal(size=(6000, 8)).astype(np.float32)
    tracemalloc.start()
    whole = choose(X, 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6, "6,000² float32 are 144 MB"
    monkeypatch.setattr("alviz.numeric.blocks.ENTRIES", 1 << 14)
    assert choose(X, 3).medoids.tolist() == whole.medoids.tolist()


def test_it_says_how_far_it_is_and_stops() -> None:
    X = np.random.default_rng(3).normal(size=(500, 2))
    said: list[tuple[int, int]] = []
    found = choose(X, 10, progress=lambda *p: said.append(p))
    assert said == sorted(said)
    assert {done for done, _ in said[:-1]} == set(range(len(found.costs)))
    assert said[-1] == (100, 100)

    def stop(done: int, total: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        choose(X, 10, progress=stop)
