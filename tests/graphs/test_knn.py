import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from alviz.errors import InvalidInput
from alviz.graphs import knn as knn_module
from alviz.graphs import knn_graph
from alviz.graphs.knn import NeighborCache, unit_rows

RNG = np.random.default_rng(0)


def brute_force(features: NDArray[np.float32], k: int, metric: str) -> NDArray[np.float64]:
    """The k best similarities or distances of each row to the others, best first."""
    X = features.astype(np.float64)
    if metric == "l2":
        all_pairs = cdist(X, X)
        np.fill_diagonal(all_pairs, np.inf)
        return np.sort(all_pairs, axis=1)[:, :k]
    lengths = np.linalg.norm(X, axis=1, keepdims=True)
    X = X / np.where(lengths > 0, lengths, 1)
    all_pairs = X @ X.T
    np.fill_diagonal(all_pairs, -np.inf)
    return -np.sort(-all_pairs, axis=1)[:, :k]


def pair_values(features: NDArray[np.float32], indices: NDArray[np.int64], metric: str) -> NDArray[np.float64]:
    X = features.astype(np.float64)
    if metric == "l2":
        return np.linalg.norm(X[:, None] - X[indices], axis=2)
    lengths = np.linalg.norm(X, axis=1, keepdims=True)
    X = X / np.where(lengths > 0, lengths, 1)
    return np.einsum("id,ikd->ik", X, X[indices])


CASES = {
    "random": RNG.normal(size=(200, 6)),
    "after a ReLU": np.maximum(RNG.normal(size=(150, 40)), 0),
    "far from the origin": RNG.normal(size=(300, 96)) + 500,
    "two far groups": np.concatenate([RNG.normal(size=(150, 96)), RNG.normal(size=(150, 96)) + 300]),
    "duplicates": np.concatenate([np.repeat(RNG.normal(size=(4, 5)), 12, axis=0), RNG.normal(size=(10, 5))]),
    "all alike": np.ones((30, 3)),
    "zero rows": np.concatenate([np.zeros((9, 4)), RNG.normal(size=(20, 4)), np.zeros((9, 4))]),
    "all zero": np.zeros((20, 4)),
    # Only cosine can do these: the squares of 1e30 are no float32.
    "huge and tiny": RNG.normal(size=(60, 4)) * np.logspace(-30, 30, 60)[:, None],
}


@pytest.mark.parametrize(
    ("case", "metric"),
    [(case, metric) for case in CASES for metric in ("cosine", "l2") if (case, metric) != ("huge and tiny", "l2")],
)
def test_neighbors_are_the_best_of_a_brute_force_search(case: str, metric: str) -> None:
    features, k = CASES[case].astype(np.float32), 7
    graph = knn_graph(features, k, metric)
    n = len(features)
    indices = graph.indices.reshape(n, k)
    assert graph.indptr.tolist() == list(range(0, n * k + 1, k))
    assert not (indices == np.arange(n)[:, None]).any(), "a row is its own neighbor"
    assert all(len(set(row)) == k for row in indices.tolist()), "a neighbor twice"
    expected = brute_force(features, k, metric)
    close = {"rtol": 1e-5, "atol": 2e-6}
    # Ties may go to any of the equals: what counts is that nobody is nearer.
    np.testing.assert_allclose(pair_values(features, indices, metric), expected, **close)
    np.testing.assert_allclose(graph.weights.reshape(n, k), expected, **close)


def test_distance_of_duplicates_is_exactly_zero_among_many_rows() -> None:
    features = np.repeat(RNG.normal(size=(500, 64)) + 50, 6, axis=0).astype(np.float32)
    assert (knn_graph(features, 5, "l2").weights == 0).all()


def test_metrics_disagree_where_they_should() -> None:
    # Seen from (1, 0): (9, 0) points the same way, (1, 1) is closer.
    features = np.array([[1, 0], [9, 0], [1, 1]], dtype=np.float32)
    cosine, l2 = knn_graph(features, 1), knn_graph(features, 1, "l2")
    assert (cosine.indices[0], l2.indices[0]) == (1, 2)
    np.testing.assert_allclose([cosine.weights[0], l2.weights[0]], [1, 1], atol=1e-7)


def test_smaller_k_is_a_prefix_and_searches_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = NeighborCache(capacity=2)
    monkeypatch.setattr(knn_module, "CACHE", cache)
    first, second, third = (RNG.normal(size=(50, 4)).astype(np.float32) for _ in range(3))
    wide = knn_graph(first, 20)
    narrow = knn_graph(first.copy(), 6)
    assert cache.searches == 1
    np.testing.assert_array_equal(narrow.indices.reshape(50, 6), wide.indices.reshape(50, 20)[:, :6])
    np.testing.assert_array_equal(narrow.weights.reshape(50, 6), wide.weights.reshape(50, 20)[:, :6])
    knn_graph(first, 6, "l2")
    assert cache.searches == 2, "another metric is another search"
    knn_graph(first, 30)
    assert cache.searches == 3, "a larger k is a search"
    knn_graph(first, 25)
    assert cache.searches == 3
    knn_graph(second, 5)
    knn_graph(third, 5)
    knn_graph(first, 5)
    assert cache.searches == 6, "the least recently used of two went"


def test_a_graph_cannot_change_what_is_remembered() -> None:
    features = RNG.normal(size=(30, 4)).astype(np.float32)
    with pytest.raises(ValueError, match="read-only"):
        knn_graph(features, 5).weights[0] = 7
    features[0] += 1
    assert knn_graph(features, 5).n == 30  # other bytes: a search of its own, not a stale answer
    np.testing.assert_allclose(
        knn_graph(features, 5).weights.reshape(30, 5), brute_force(features, 5, "cosine"), atol=1e-6
    )


def test_search_in_several_blocks_drops_the_right_self(monkeypatch: pytest.MonkeyPatch) -> None:
    features = np.concatenate([RNG.normal(size=(40, 3)), np.ones((25, 3))]).astype(np.float32)
    whole, _, _ = knn_module.search(features, 4, "l2")
    monkeypatch.setattr(knn_module, "_QUERIES", 16)
    blocks, weights, _ = knn_module.search(features, 4, "l2")
    assert not (blocks == np.arange(65)[:, None]).any()
    np.testing.assert_array_equal(blocks[:40], whole[:40])
    np.testing.assert_allclose(weights, brute_force(features, 4, "l2"), atol=1e-6)


# -- approximate ----------------------------------------------------------------------------------

CLUSTERS = np.maximum(RNG.normal(size=(60, 16))[RNG.integers(60, size=4000)] + 0.4 * RNG.normal(size=(4000, 16)), 0)


@pytest.mark.parametrize("metric", ["cosine", "l2"])
def test_an_approximate_search_finds_what_it_says(metric: str) -> None:
    features, k = CLUSTERS.astype(np.float32), 20
    exact, fast = knn_graph(features, k, metric, exact=True), knn_graph(features, k, metric, exact=False)
    assert exact.recall == 1
    assert knn_module.RECALL <= fast.recall <= 1
    assert "recall" in repr(fast) or fast.recall == 1
    assert "recall" not in repr(exact)
    indices = fast.indices.reshape(-1, k)
    assert not (indices == np.arange(len(features))[:, None]).any()
    np.testing.assert_allclose(fast.weights.reshape(-1, k), pair_values(features, indices, metric), atol=2e-6)
    shared = [
        len(set(a) & set(b)) for a, b in zip(indices.tolist(), exact.indices.reshape(-1, k).tolist(), strict=True)
    ]
    assert np.mean(shared) / k == pytest.approx(fast.recall, abs=0.01)


def test_the_number_of_cells_looked_into_grows_until_the_recall_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    features = RNG.normal(size=(3000, 24)).astype(np.float32)  # no clusters: neighbors are spread over many cells
    monkeypatch.setattr(knn_module, "RECALL", 0.6)
    _, _, low = knn_module.search(features, 10, "l2", exact=False)
    monkeypatch.setattr(knn_module, "RECALL", 0.995)
    _, _, high = knn_module.search(features, 10, "l2", exact=False)
    assert 0.6 <= low < 0.98
    assert high >= 0.995


def test_rows_in_cells_of_few_get_all_their_neighbors() -> None:
    # Every cell looked into holds fewer rows than are asked for.
    features = RNG.normal(size=(400, 3)).astype(np.float32)
    found, weights, _ = knn_module.search(features, 390, "l2", exact=False)
    assert (found >= 0).all()
    assert all(len(set(row)) == 390 for row in found.tolist())
    np.testing.assert_allclose(weights, brute_force(features, 390, "l2"), rtol=1e-4, atol=1e-5)


def test_large_graphs_are_approximate_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    features = CLUSTERS[:1000].astype(np.float32)
    asked: list[bool] = []
    search = knn_module.search
    monkeypatch.setattr(
        knn_module,
        "search",
        lambda f, k, metric, exact, progress: (asked.append(exact), search(f, k, metric, exact))[1],
    )
    monkeypatch.setattr(knn_module, "CACHE", NeighborCache())
    monkeypatch.setattr(knn_module, "EXACT_BELOW", 1000**2 * 16)
    knn_graph(features, 5)
    knn_graph(features[:999], 5)
    knn_graph(features, 5, exact=True)
    knn_graph(features, 5)
    assert asked == [False, True, True]


def test_a_search_says_how_far_it_is_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knn_module, "_QUERIES", 16)
    told: list[tuple[int, int]] = []
    features = RNG.normal(size=(40, 3)).astype(np.float32)
    knn_graph(features, 4, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (40, 40)
    assert [done for done, _ in told] == sorted(done for done, _ in told)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        knn_graph(features + 1, 4, progress=stop)


@pytest.mark.parametrize("k", [0, -1, 10, 11])
def test_k_out_of_range(k: int) -> None:
    with pytest.raises(InvalidInput, match=f"k is {k}, expected 1 to 9"):
        knn_graph(np.ones((10, 2), np.float32), k)


def test_bad_metric_and_features() -> None:
    with pytest.raises(InvalidInput, match=r"'manhattan', expected one of 'cosine', 'l2'"):
        knn_graph(np.ones((10, 2), np.float32), 2, "manhattan")
    bad = np.ones((10, 2), np.float32)
    bad[[4, 7], 1] = np.nan, np.inf
    with pytest.raises(InvalidInput, match=r"in 2 row\(s\), the first is row 4"):
        knn_graph(bad, 2)
    with pytest.raises(InvalidInput, match=r"\(10,\), expected \(n, d\)"):
        knn_graph(np.ones(10, np.float32), 2)


def test_unit_rows() -> None:
    rows = np.array([[3, 4], [0, 0], [-2e30, 0], [1e-40, 1e-40]], dtype=np.float32)
    expected = [[0.6, 0.8], [0, 0], [-1, 0], [2**-0.5, 2**-0.5]]
    np.testing.assert_allclose(unit_rows(rows), expected, rtol=1e-5)
    assert unit_rows(rows).dtype == np.float32
    assert rows[0, 0] == 3
