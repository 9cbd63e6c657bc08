"""Each way to the plane, by what its layout means."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from alviz.errors import Stopped
from alviz.graphs.knn import CACHE
from alviz.maps.aligned import align
from alviz.maps.base import _robust_centers, base_sample, place
from alviz.maps.pca import pca
from alviz.maps.quality import movement, trustworthiness
from alviz.maps.tsne import tsne
from alviz.maps.umap import umap

Array = NDArray[np.float32]
Digits = tuple[Array, NDArray[np.int64]]


@pytest.fixture(scope="module")
def digits() -> Digits:
    X, y = load_digits(return_X_y=True)
    return X[:600].astype(np.float32), y[:600]


@pytest.fixture(scope="module")
def cold(digits: Digits) -> Array:
    return tsne(digits[0], seed=0)


def neighbor_accuracy(xy: Array, y: NDArray[np.int64], k: int = 10) -> float:
    squares = ((xy[:, None] - xy[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    return float((y[squares.argsort(axis=1)[:, :k]] == y[:, None]).mean())


def moved(layout: Array, reference: Array) -> float:
    return float(np.linalg.norm(align(layout, reference) - reference, axis=1).mean())


def test_pca_recovers_a_plane_and_its_order() -> None:
    rng = np.random.default_rng(0)
    plane = rng.normal(size=(300, 2)) * [5.0, 1.0]
    axes = np.linalg.qr(rng.normal(size=(7, 2)))[0].T
    xy = pca((plane @ axes + 3.0).astype(np.float32))
    assert xy.std(axis=0) == pytest.approx(plane.std(axis=0), rel=0.05)
    apart = np.linalg.norm(plane[:50, None] - plane[None, :50], axis=2)
    np.testing.assert_allclose(np.linalg.norm(xy[:50, None] - xy[None, :50], axis=2), apart, atol=1e-4)


def test_pca_lies_the_same_way_round_whatever_the_order_of_rows() -> None:
    X = np.random.default_rng(1).normal(size=(80, 5)).astype(np.float32) * np.float32([9, 4, 2, 1, 1])
    np.testing.assert_allclose(pca(X[::-1])[::-1], pca(X), atol=1e-4)
    assert pca(X)[X[:, 0].argmax(), 0] > 0


@pytest.mark.parametrize("shape", [(40, 1), (4, 60), (2, 3)])
def test_pca_keeps_distances_where_two_axes_hold_everything(shape: tuple[int, int]) -> None:
    X = np.random.default_rng(2).normal(size=shape).astype(np.float32)
    X[:, 2:] = 0
    xy = pca(X)
    assert xy.shape == (shape[0], 2)
    np.testing.assert_allclose(np.linalg.norm(xy - xy[0], axis=1), np.linalg.norm(X - X[0], axis=1), rtol=1e-4)


def test_tsne_puts_digits_beside_their_like(digits: Digits, cold: Array) -> None:
    X, y = digits
    assert neighbor_accuracy(pca(X), y) < 0.75
    assert neighbor_accuracy(cold, y) > 0.95
    assert trustworthiness(X, cold) == pytest.approx(0.99, abs=0.01)


def test_tsne_repeats_itself_and_the_seed_matters(cold: Array, digits: Digits) -> None:
    X = digits[0][:200]
    first = tsne(X, seed=3, n_jobs=1)
    np.testing.assert_array_equal(tsne(X, seed=3, n_jobs=1), first)
    assert not np.array_equal(tsne(X, seed=4, n_jobs=1), first)


def test_a_warm_start_moves_points_less_than_another_seed(digits: Digits, cold: Array) -> None:
    X, y = digits
    noise = np.random.default_rng(5).normal(scale=1.5, size=X.shape)
    later = np.maximum(X + noise, 0).astype(np.float32)
    warm = tsne(later, seed=1, start=cold)
    assert moved(warm, cold) < 0.5 * moved(tsne(later, seed=1), cold)
    assert neighbor_accuracy(warm, y) > 0.95


def test_tsne_reports_every_25_iterations_and_stops_where_told(digits: Digits) -> None:
    seen: list[tuple[int, int]] = []

    def stop_early(done: int, total: int) -> None:
        seen.append((done, total))
        if done >= 300:
            raise Stopped("asked to")

    with pytest.raises(Stopped, match="asked to"):
        tsne(digits[0][:100], seed=0, progress=stop_early)
    # Reports of nothing done are from the search: they are there to stop it.
    assert list(dict.fromkeys(seen)) == [(done, 750) for done in range(0, 301, 25)]


@pytest.mark.parametrize("method", [tsne, umap])
def test_the_search_for_neighbors_can_be_stopped(digits: Digits, method: Any) -> None:
    before = CACHE.searches
    X = digits[0][:90] + np.float32(0.25)  # nobody has searched these
    seen: list[int] = []

    def stop_in_the_search(done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == 2:
            raise Stopped("asked to")

    with pytest.raises(Stopped):
        method(X, seed=0, progress=stop_in_the_search)
    assert seen == [0, 0]
    assert CACHE.searches == before


@pytest.mark.parametrize("counts", [(26, 31, 40), (25, 25, 50)])
def test_tsne_reports_its_last_iteration(digits: Digits, counts: tuple[int, int, int]) -> None:
    early, iterations, warm = counts
    for start, total in ((None, early + iterations), (pca(digits[0][:60]), warm)):
        seen: list[tuple[int, int]] = []
        tsne(
            digits[0][:60],
            seed=0,
            early=early,
            iterations=iterations,
            warm=warm,
            start=start,
            progress=lambda *report, seen=seen: seen.append(report),
        )
        assert seen == sorted(seen)
        assert seen[-1] == (total, total)


def test_many_points_are_drawn_together_before_a_warm_start(
    digits: Digits, cold: Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = digits
    zeros, ones = np.flatnonzero(y == 0)[:20], np.flatnonzero(y == 1)[:20]
    changed = X.copy()
    changed[zeros] = X[ones]
    left = []
    for many in (5_000, 600):
        monkeypatch.setattr("alviz.maps.tsne._MANY", many)
        totals: set[int] = set()
        xy = tsne(changed, seed=1, start=cold, warm=40, progress=lambda done, total, t=totals: t.add(total))
        assert totals == {40 if many == 5_000 else 60}
        left.append(np.linalg.norm(xy[zeros] - xy[ones], axis=1).max())
    assert left[1] < left[0]


@pytest.mark.parametrize("n", [2, 5, 6, 12])
def test_tsne_lays_out_few_points_apart(n: int) -> None:
    X = np.random.default_rng(n).normal(size=(n, 8)).astype(np.float32)
    xy = tsne(X, seed=0)
    apart = np.linalg.norm(xy[:, None] - xy[None], axis=2)[np.triu_indices(n, 1)]
    assert np.isfinite(xy).all()
    assert apart.min() > 1e-2


def test_tsne_bears_identical_points() -> None:
    assert np.isfinite(tsne(np.ones((40, 3), dtype=np.float32), seed=0)).all()


@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_align_undoes_a_rotation_a_mirror_a_shift_and_a_scale(mirror: float) -> None:
    reference = np.random.default_rng(7).normal(size=(50, 2)).astype(np.float32)
    turn = np.array([[np.cos(0.8), -np.sin(0.8)], [np.sin(0.8), np.cos(0.8)]]) * [1.0, mirror]
    layout = (3.0 * reference @ turn + [10.0, -4.0]).astype(np.float32)
    np.testing.assert_allclose(align(layout, reference), reference, atol=1e-5)


def test_align_of_coinciding_points_lands_on_the_center() -> None:
    reference = np.float32([[0, 0], [2, 4]])
    np.testing.assert_allclose(align(np.full((2, 2), 7, np.float32), reference), [[1, 2], [1, 2]], atol=1e-6)


def test_align_keeps_the_size_of_maps_that_are_not_alike() -> None:
    rng = np.random.default_rng(8)
    first, other = rng.normal(size=(2, 500, 2)).astype(np.float32)
    landed = align(5 * other, first)
    assert landed.std() == pytest.approx(first.std(), rel=0.05)
    turned = [np.square(landed @ turn - first).sum() for turn in _turns(0.05)]
    assert np.square(landed - first).sum() < min(turned)


def _turns(angle: float) -> list[NDArray[np.float64]]:
    return [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in (angle, -angle)]


def test_movement_of_maps_worked_by_hand() -> None:
    # A square around (1, 1): every corner lies 2 from its center.
    square = np.float32([[3, 1], [1, 3], [-1, 1], [1, -1]])
    assert movement(square, square) == 0
    # One corner came from 2 away: √(4 / 4) / 2.
    before = square.copy()
    before[0] = [3, 3]
    assert movement(square, before) == pytest.approx(0.5)
    # The size of the map itself counts, not that of the one before; and neither where it lies.
    assert movement(10 * square, 10 * before) == pytest.approx(0.5)
    assert movement(square, np.float32([[3, 1]] * 4)) == pytest.approx(np.sqrt((8 + 16 + 8) / 4) / 2)
    assert movement(np.ones((3, 2), np.float32), square[:3]) is None
    assert movement(square[:0], square[:0]) is None


def test_the_base_is_the_same_whoever_asks_and_covers_a_small_pool() -> None:
    np.testing.assert_array_equal(base_sample(300), np.arange(300))
    base = base_sample(5_000, size=400)
    assert len(set(base.tolist())) == 400
    assert (np.diff(base) > 0).all()
    np.testing.assert_array_equal(base, base_sample(5_000, size=400))


def test_the_base_is_blind_to_classes() -> None:
    # Sorted by class, as image folders are: each of ten classes gets its share.
    share = np.bincount(base_sample(50_000, size=5_000) // 5_000, minlength=10)
    assert abs(share - 500).max() < 4 * np.sqrt(500 * 0.9)


def test_a_twin_of_a_base_point_lands_on_it(digits: Digits, cold: Array) -> None:
    X, _ = digits
    np.testing.assert_allclose(place(X[[17, 203]], X, cold), cold[[17, 203]], atol=1e-4)


def test_others_land_among_their_like(digits: Digits, cold: Array) -> None:
    X, y = digits
    base, others = np.arange(0, 500), np.arange(500, 600)
    xy = place(X[others], X[base], cold[base])
    nearest = ((xy[:, None] - cold[base]) ** 2).sum(axis=2).argmin(axis=1)
    similarity = (X[others] @ X[base].T) / np.linalg.norm(X[base], axis=1)
    in_features = (y[base][similarity.argmax(axis=1)] == y[others]).mean()
    assert in_features > 0.85
    assert (y[base][nearest] == y[others]).mean() > in_features - 0.12


def test_a_point_lies_with_most_of_its_neighbors_not_between_them() -> None:
    # Seven neighbors around the origin, three far away; their mean lies in between, where nobody is.
    rng = np.random.default_rng(3)
    near, far = rng.normal(scale=0.1, size=(7, 2)), rng.normal(loc=(40, 0), scale=0.1, size=(3, 2))
    rest = rng.uniform(-60, 60, size=(90, 2))
    base_xy = np.concatenate([near, far, rest]).astype(np.float32)
    base = np.concatenate([np.tile([1.0, 0.1], (10, 1)), np.tile([0.0, 1.0], (90, 1))]).astype(np.float32)
    base[:10, 1] += rng.uniform(0, 1e-2, 10).astype(np.float32)
    query = np.float32([[1, 0]])
    # The mean of all ten lies at 12; points of this map stand about 17 apart.
    np.testing.assert_allclose(place(query, base, base_xy), near.mean(axis=0)[None], atol=2)
    # Whatever the map's unit, and however many are placed at a time.
    np.testing.assert_allclose(place(query, base, 1000 * base_xy), 1000 * place(query, base, base_xy), rtol=1e-3)


def test_placing_many_is_placing_each(digits: Digits, cold: Array, monkeypatch: pytest.MonkeyPatch) -> None:
    X = digits[0]
    together = place(X[500:], X[:500], cold[:500])
    monkeypatch.setattr("alviz.maps.base._AT_ONCE", 7)
    np.testing.assert_allclose(place(X[500:], X[:500], cold[:500]), together, atol=1e-4)
    np.testing.assert_array_equal(place(X[:0], X[:500], cold[:500]), np.empty((0, 2)))


def test_a_place_is_where_the_pull_of_the_neighbors_is_even() -> None:
    # Two points with weights 1 and 4 at 0 and 1: w₁x/(1 + x²) = w₂(1 − x)/(1 + (1 − x)²), solved on a fine grid.
    points, weights = np.array([[[0.0, 0.0], [1.0, 0.0]]]), np.array([[0.2, 0.8]])
    x = np.linspace(0, 1, 100_001)
    best = x[(0.2 * np.log1p(x**2) + 0.8 * np.log1p((1 - x) ** 2)).argmin()]
    np.testing.assert_allclose(_robust_centers(points, weights), [[best, 0]], atol=1e-4)


def test_points_of_a_map_without_extent_are_placed_on_it() -> None:
    X = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    np.testing.assert_allclose(place(X[20:], X[:20], np.full((20, 2), 3, np.float32)), 3)


def test_trustworthiness_is_one_for_a_faithful_map_and_half_for_a_random_one() -> None:
    rng = np.random.default_rng(0)
    angles = rng.uniform(0, 2 * np.pi, 300)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert trustworthiness(circle, circle) == pytest.approx(1.0)
    assert trustworthiness(circle, rng.normal(size=(300, 2)).astype(np.float32)) == pytest.approx(0.5, abs=0.06)
    assert trustworthiness(circle[:4], circle[:4]) is None
    assert trustworthiness(circle[:5], circle[:5]) == pytest.approx(1.0)
