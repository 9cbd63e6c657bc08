"""UMAP by what its layout means, and by what umap-learn's own class makes of the same neighbors."""

import threading
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from alviz.errors import Stopped
from alviz.graphs import knn_graph
from alviz.graphs.knn import CACHE
from alviz.maps.aligned import align
from alviz.maps.pca import pca
from alviz.maps.quality import trustworthiness
from alviz.maps.tsne import tsne
from alviz.maps.umap import _edges, _import, umap

Array = NDArray[np.float32]
Digits = tuple[Array, NDArray[np.int64]]


@pytest.fixture(scope="module")
def digits() -> Digits:
    X, y = load_digits(return_X_y=True)
    return X[:1297].astype(np.float32), y[:1297]


@pytest.fixture(scope="module")
def cold(digits: Digits) -> Array:
    return umap(digits[0], seed=0)


@pytest.fixture(scope="module")
def later(digits: Digits) -> Array:
    """The same digits as a learner a cycle later may see them."""
    noise = np.random.default_rng(5).normal(scale=1.5, size=digits[0].shape)
    return np.maximum(digits[0] + noise, 0).astype(np.float32)


def class_accuracy(xy: Array, y: NDArray[np.int64]) -> float:
    """Return how often the other five nearest points on the map vote for a point's own class."""
    votes = KNeighborsClassifier(5).fit(xy, y).predict  # with None it leaves the point itself out
    return float((votes(None) == y).mean())


def moved(layout: Array, reference: Array) -> float:
    return float(np.linalg.norm(align(layout, reference) - reference, axis=1).mean())


def test_digits_lie_beside_their_like(digits: Digits, cold: Array) -> None:
    X, y = digits
    assert class_accuracy(pca(X), y) < 0.7
    assert class_accuracy(cold, y) > 0.97
    trust = trustworthiness(X, cold)
    assert trust is not None
    assert trust > 0.98
    # Clusters stand apart: within them neighbors are many times closer than the map is wide.
    near = KNeighborsClassifier(2).fit(cold, y).kneighbors()[0][:, 0]
    assert np.median(near) < 0.02 * cold.std()


def test_it_is_as_good_as_umap_learns_own_class(digits: Digits, cold: Array) -> None:
    X, y = digits
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import umap as umap_learn
    own = umap_learn.UMAP(metric="cosine", random_state=0, n_jobs=1).fit(X)
    heads, tails, weights = _edges(_import()[0], X, 15)
    theirs = own.graph_.tocoo()
    np.testing.assert_array_equal(heads, theirs.row)
    np.testing.assert_array_equal(tails, theirs.col)
    # Its cosines are rounded otherwise.
    np.testing.assert_allclose(weights, theirs.data, atol=5e-3)
    assert class_accuracy(cold, y) > class_accuracy(own.embedding_, y) - 0.01
    assert trustworthiness(X, cold) == pytest.approx(trustworthiness(X, own.embedding_), abs=0.005)


def test_memberships_of_a_hand_made_graph() -> None:
    # Four directions at 0°, 10°, 30° and 90°: each one's nearest has membership 1 from its side.
    angles = np.radians([0.0, 10.0, 30.0, 90.0])
    X = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    heads, tails, weights = _edges(_import()[0], X, 2)
    graph = np.zeros((4, 4))
    graph[heads, tails] = weights
    # With one neighbor beside itself: 0 and 1 are each other's, 2 points to 1, 3 points to 2.
    np.testing.assert_allclose(graph, [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]], atol=1e-6)


def test_it_repeats_itself_and_the_seed_matters(digits: Digits) -> None:
    X = digits[0][:300]
    first = umap(X, seed=3)
    np.testing.assert_array_equal(umap(X, seed=3), first)
    assert not np.allclose(umap(X, seed=4), first, atol=0.1)


def test_a_warm_start_moves_points_far_less_than_another_seed(digits: Digits, cold: Array, later: Array) -> None:
    before = cold.copy()
    warm = umap(later, seed=1, start=cold)
    np.testing.assert_array_equal(cold, before)
    assert moved(warm, cold) < 0.5 * moved(umap(later, seed=1), cold)
    assert class_accuracy(warm, digits[1]) > 0.97


def test_a_warm_start_takes_its_start_as_it_is(digits: Digits, cold: Array) -> None:
    """Neither turned, nor shifted, nor stretched along an axis."""
    warm = umap(digits[0], seed=1, start=cold)
    assert np.linalg.norm(warm - cold, axis=1).mean() < 0.15 * cold.std()
    np.testing.assert_allclose(np.ptp(warm, axis=0), np.ptp(cold, axis=0), rtol=0.1)


def test_a_warm_start_moves_what_has_changed(digits: Digits, cold: Array) -> None:
    X, y = digits
    changed = X.copy()
    zeros, ones = np.flatnonzero(y == 0)[:20], np.flatnonzero(y == 1)[:20]
    changed[zeros] = X[ones]
    warm = umap(changed, seed=1, start=cold)
    to_ones = np.linalg.norm(warm[zeros] - warm[ones], axis=1)
    # All of them arrive: none is left half-way.
    assert to_ones.max() < 0.1 * np.median(np.linalg.norm(cold[zeros] - cold[ones], axis=1))


def test_no_second_search_after_a_map_by_tsne(digits: Digits) -> None:
    X = digits[0][:400]
    tsne(X, seed=0, early=25, iterations=25)
    before = CACHE.searches
    umap(X, seed=0)
    umap(X, seed=0, n_neighbors=91)
    assert CACHE.searches == before
    umap(X, seed=0, n_neighbors=92)
    assert CACHE.searches == before + 1


def test_cached_neighbors_stay_as_they_were(digits: Digits) -> None:
    X = digits[0][:200]
    graph = knn_graph(X, 14)
    neighbors, weights = graph.indices.copy(), graph.weights.copy()
    umap(X, seed=0)
    np.testing.assert_array_equal(knn_graph(X, 14).indices, neighbors)
    np.testing.assert_array_equal(knn_graph(X, 14).weights, weights)


@pytest.mark.parametrize(("start", "total"), [(False, 200), (True, 75)])
def test_it_reports_every_ten_epochs_and_stops_where_told(digits: Digits, start: bool, total: int) -> None:
    X = digits[0][:100]
    given = pca(X) if start else None
    seen: list[tuple[int, int]] = []
    whole = umap(X, seed=0, start=given, progress=lambda *report: seen.append(report))
    # Reports of nothing done are from the search: they are there to stop it.
    assert list(dict.fromkeys(seen)) == [(done, total) for done in sorted({*range(0, total + 1, 10), total})]
    assert seen == sorted(seen)
    np.testing.assert_array_equal(umap(X, seed=0, start=given), whole)  # reports change nothing

    seen.clear()

    def stop_early(done: int, total: int) -> None:
        seen.append((done, total))
        if done >= 30:
            raise Stopped("asked to")

    with pytest.raises(Stopped, match="asked to"):
        umap(X, seed=0, start=given, progress=stop_early)
    assert seen == [(0, total), (10, total), (20, total), (30, total)]


@pytest.mark.parametrize("epochs", [20, 25])
def test_the_last_epoch_is_reported(digits: Digits, epochs: int) -> None:
    seen: list[int] = []
    umap(digits[0][:40], seed=0, epochs=epochs, progress=lambda done, total: seen.append(done))
    assert sorted(set(seen)) == sorted({0, 10, 20, epochs})


@pytest.mark.parametrize("n", [1, 2, 5, 6, 12, 15, 16])
def test_few_points_lie_apart(n: int) -> None:
    X = np.random.default_rng(n).normal(size=(n, 8)).astype(np.float32)
    xy = umap(X, seed=0)
    apart = np.linalg.norm(xy[:, None] - xy[None], axis=2)[np.triu_indices(n, 1)]
    assert xy.shape == (n, 2)
    assert np.isfinite(xy).all()
    assert apart.min(initial=1.0) > 1e-2


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_identical_points_are_borne(value: float) -> None:
    X = np.full((40, 3), value, dtype=np.float32)
    for start in (None, np.zeros((40, 2), np.float32)):
        xy = umap(X, seed=0, start=start)
        assert np.isfinite(xy).all()
        assert len(np.unique(xy, axis=0)) == 40  # none covers another


def test_parts_without_a_connection_are_laid_out_apart() -> None:
    rng = np.random.default_rng(0)
    parts = np.repeat(np.eye(5, 20), 30, axis=0) + rng.normal(scale=0.01, size=(150, 20))
    assert knn_graph(parts.astype(np.float32), 14).components == 5
    xy = umap(parts.astype(np.float32), seed=0).reshape(5, 30, 2)
    centers = xy.mean(axis=1)
    within = np.linalg.norm(xy - centers[:, None], axis=2).max()
    between = np.linalg.norm(centers[:, None] - centers, axis=2)[np.triu_indices(5, 1)].min()
    assert between > within


def test_two_threads_get_what_one_gets(digits: Digits) -> None:
    X = digits[0][:200]
    alone = [umap(X, seed=seed) for seed in range(2)]
    together: dict[int, Array] = {}

    def work(seed: int) -> None:
        together[seed] = umap(X, seed=seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(2):
        np.testing.assert_array_equal(together[seed], alone[seed])


def test_no_bar_is_printed(digits: Digits, capfd: Any) -> None:
    umap(digits[0][:60], seed=0)
    assert capfd.readouterr() == ("", "")
