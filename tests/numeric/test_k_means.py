from itertools import product

import numpy as np
import pytest

from alviz.errors import InvalidInput, Stopped
from alviz.numeric import k_means as module
from alviz.numeric.k_means import KMeans, central_rows, draw, k_means, plus_plus


def rows(n: int = 30, d: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def fit(X: np.ndarray, k: int, seed: int = 0, **more: int) -> KMeans:
    return k_means(X, k, np.random.default_rng(seed), **more)


def cost(X: np.ndarray, owner: np.ndarray) -> float:
    """The sum of squared distances to the means of a partition."""
    return sum(((X[owner == c] - X[owner == c].mean(axis=0)) ** 2).sum() for c in np.unique(owner))


@pytest.mark.parametrize("seed", range(10))
def test_ends_where_every_center_is_the_mean_and_every_row_is_with_its_nearest(seed: int) -> None:
    X = rows(seed=seed) + np.float32(5)
    found = fit(X, 4, seed, tolerance=0)
    for cluster in range(4):
        np.testing.assert_allclose(found.centers[cluster], X[found.owner == cluster].mean(axis=0), atol=1e-5)
    distances = np.linalg.norm(X[:, None] - found.centers[None], axis=2)
    assert found.owner.tolist() == distances.argmin(axis=1).tolist()
    np.testing.assert_allclose(found.distances, distances.min(axis=1), atol=1e-5)
    assert (np.diff(found.costs) <= 1e-6).all(), "no round makes it worse"
    assert found.costs[-1] == pytest.approx((found.distances**2).sum(), rel=1e-3)


def test_the_best_of_some_starts_is_the_best_of_all_partitions() -> None:
    X = rows(8, 2)
    best = min(cost(X, np.array(owner)) for owner in product(range(3), repeat=8) if len(set(owner)) == 3)
    costs = [(fit(X, 3, seed, tolerance=0).distances ** 2).sum() for seed in range(20)]
    assert min(costs) == pytest.approx(best, rel=1e-5)


def test_the_stream_decides_and_nothing_else() -> None:
    X = rows(200)
    one, same, other = fit(X, 9, 1), fit(X, 9, 1), fit(X, 9, 2)
    assert one.owner.tolist() == same.owner.tolist()
    assert one.centers.tobytes() == same.centers.tobytes()
    assert one.owner.tolist() != other.owner.tolist()


@pytest.mark.parametrize("distinct", [1, 3, 12])
def test_no_cluster_is_empty_even_among_duplicates(distinct: int) -> None:
    X = np.repeat(rows(distinct), 12 // distinct, axis=0)
    for k in (1, 5, 12):
        found = fit(X, k)
        assert sorted(set(found.owner)) == list(range(k))
        assert np.isfinite(found.centers).all()
        central = central_rows(found)
        assert found.owner[central].tolist() == list(range(k))
    assert fit(X, 12).distances.max() == 0


def test_an_empty_cluster_takes_over_the_farthest_row_that_another_can_spare() -> None:
    owner = np.array([0, 0, 1, 0, 3])
    squared = np.array([1.0, 4, 9, 2, 0])  # row 2 is the farthest, and alone
    refilled, left = module._refill(owner, squared, 5)
    assert refilled.tolist() == [0, 2, 1, 4, 3]
    assert left.tolist() == [1, 0, 9, 0, 0]
    assert owner.tolist() == [0, 0, 1, 0, 3], "what was given stays"


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_means_are_summed_in_float64_however_the_rows_are_cut(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "height", lambda width: step)
    owner = np.random.default_rng(1).permutation(np.repeat([2, 0, 3, 1], [1, 15, 2, 12]))
    X = rows() + np.float32(1e4)
    expected = [X[owner == cluster].astype(np.float64).mean(axis=0) for cluster in range(4)]
    np.testing.assert_allclose(module._means(X, owner, 4), expected, rtol=1e-14)


def test_separated_groups_are_found() -> None:
    group = np.repeat(np.arange(6), 20)
    X = (10 * np.eye(6)[group] + rows(120, 6) * 0.1).astype(np.float32)
    for seed in range(5):
        found = fit(X, 6, seed)
        assert all(len(set(group[found.owner == c])) == 1 for c in range(6))


def test_central_rows_are_the_nearest_and_the_first_of_a_tie() -> None:
    X = np.array([[0.0], [2], [10], [11], [12]], dtype=np.float32)
    found = fit(X, 2, tolerance=0)
    first, second = found.owner[0], found.owner[4]
    central = central_rows(found)
    assert central[first] == 0, "0 and 2 lie as far from their mean"
    assert central[second] == 3


def test_plus_plus_draws_in_proportion_to_squared_distance() -> None:
    X = np.array([[0.0], [1], [3]], dtype=np.float32)
    drawn = np.array([plus_plus(X, 2, np.random.default_rng(seed)) for seed in range(3000)])
    firsts = np.bincount(drawn[:, 0], minlength=3) / 3000
    np.testing.assert_allclose(firsts, 1 / 3, atol=0.03)
    after_zero = drawn[drawn[:, 0] == 0, 1]
    assert np.mean(after_zero == 2) == pytest.approx(9 / 10, abs=0.03)  # 1 : 9
    everything = plus_plus(np.zeros((5, 2), dtype=np.float32), 5, np.random.default_rng(0))
    assert sorted(everything.tolist()) == [0, 1, 2, 3, 4]


def test_draw_never_takes_what_has_no_weight() -> None:
    class Highest(np.random.Generator):
        def random(self) -> float:  # type: ignore[override]
            return 1.0  # what rounding can make of r·Σw

    weights = np.array([0.0, 2, 0, 1, 0])
    assert {draw(weights, np.random.default_rng(seed)) for seed in range(50)} == {1, 3}
    assert draw(weights, Highest(np.random.PCG64(0))) == 3


def test_bad_numbers_of_clusters() -> None:
    with pytest.raises(InvalidInput, match="30 rows into 31 clusters: expected 1 to 30"):
        fit(rows(), 31)
    with pytest.raises(InvalidInput, match="into 0 clusters"):
        fit(rows(), 0)


def test_it_says_how_far_it_is_and_stops() -> None:
    said: list[tuple[int, int]] = []
    k_means(rows(), 4, np.random.default_rng(0), progress=lambda *p: said.append(p))
    assert said == sorted(said)
    assert said[0] == (0, 54)
    assert said[-1] == (54, 54)

    def stop(done: int, total: int) -> None:
        raise Stopped("enough")

    with pytest.raises(Stopped):
        k_means(rows(), 4, np.random.default_rng(0), progress=stop)
