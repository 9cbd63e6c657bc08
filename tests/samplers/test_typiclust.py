"""TypiClust: typicality, the order of clusters, and what scikit-activeml picks of the same clusters."""

from typing import Any

import numpy as np
import pytest
from samplers.helpers import ask

from alviz.errors import InvalidInput
from alviz.samplers.typiclust import TypiClust, cluster_typicality, most_typical, typicality
from alviz.testing import check_sampler

FEATURES = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
SCATTERED = [3, 11, 29]
# Clusters of 9, 8, 7 and 6, scattered over the rows.
OWNER = np.random.default_rng(1).permutation(np.repeat([2, 0, 3, 1], [9, 8, 7, 6]))


def brute_typicality(X: np.ndarray, owner: np.ndarray, neighbors: int) -> np.ndarray:
    found = np.zeros(len(X))
    for i in range(len(X)):
        others = [np.linalg.norm(X[i].astype(float) - X[j]) for j in range(len(X)) if owner[j] == owner[i] and j != i]
        found[i] = 1 / np.mean(sorted(others)[:neighbors]) if others else 0
    return found


@pytest.mark.parametrize("neighbors", [1, 3, 20])
def test_typicality_is_that_of_the_nearest_of_the_cluster(neighbors: int) -> None:
    expected = brute_typicality(FEATURES, OWNER, neighbors)
    np.testing.assert_allclose(cluster_typicality(FEATURES, OWNER, neighbors), expected, rtol=1e-5)


def test_typicality_by_hand() -> None:
    # On a line 0, 1, 3: with two neighbors the mean distances are 2, 1.5 and 2.5.
    X = np.array([[0], [1], [3]], dtype=np.float32)
    np.testing.assert_allclose(typicality(X), [1 / 2, 1 / 1.5, 1 / 2.5])
    np.testing.assert_allclose(typicality(X, 1), [1, 1, 1 / 2])
    assert typicality(X[:1]).tolist() == [0]
    assert np.isfinite(typicality(np.ones((4, 2), dtype=np.float32))).all()


def test_clusters_without_a_label_come_first_the_largest_of_them_first() -> None:
    #                   0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16
    owner = np.array([0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2])
    typical = np.array([1, 5, 3, 0, 0, 0, 0, 2, 9, 9, 1, 1, 1, 8, 7, 6, 5.0])
    rows = np.arange(17)

    def picks(labeled: list[int], n: int) -> list[int]:
        return most_typical(typical, owner, np.array(labeled, np.int64), np.setdiff1d(rows, labeled), n).tolist()

    # 0 is largest, then 1 (of equal ones the lowest id); 2 has fewer than five and waits for all others.
    assert picks([], 5) == [1, 8, 2, 9, 0]
    # With a label in 0 it is 1 first, then 0; the labeled 1 is never picked.
    assert picks([1], 3) == [8, 2, 9]
    assert picks([], 17)[13:] == [13, 14, 15, 16]
    assert sorted(picks([], 17)) == list(range(17))


@pytest.mark.parametrize("labeled", [SCATTERED, []])
def test_each_pick_is_the_most_typical_of_the_largest_cluster_that_is_left(labeled: list[int]) -> None:
    candidates = np.setdiff1d(np.arange(1, 30), labeled)
    selection = TypiClust(neighbors=3).select(ask(4, labeled, features=9 * FEATURES, candidates=candidates))
    owner = selection.extra["cluster"]
    assert owner.max() + 1 == 4 + len(labeled)
    V = (FEATURES / np.linalg.norm(FEATURES, axis=1, keepdims=True)).astype(np.float32)
    typical = brute_typicality(V, owner, 3)
    np.testing.assert_allclose(selection.scores[candidates], typical[candidates], rtol=1e-4)
    np.testing.assert_allclose(selection.extra["gain"], typical[selection.ids], rtol=1e-4)
    sizes = np.bincount(owner)
    large = [c for c in range(len(sizes)) if sizes[c] >= 5]
    open_clusters = sorted((c for c in large if c not in owner[labeled]), key=lambda c: (-sizes[c], c))
    expected = [
        max((i for i in candidates if owner[i] == c), key=lambda i: (round(typical[i], 4), -i)) for c in open_clusters
    ]
    assert len(expected) >= 1
    assert selection.ids[: len(expected)].tolist() == expected[:4]


@pytest.mark.parametrize("seed", range(5))
def test_each_group_without_a_label_gets_a_pick_near_its_middle(seed: int) -> None:
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(5), 24)
    features = 10 * np.eye(5)[group] + rng.normal(size=(120, 5))
    selection = TypiClust().select(ask(3, [5, 30], features=features, seed=seed))
    assert sorted(group[selection.ids]) == [2, 3, 4]
    V = features / np.linalg.norm(features, axis=1, keepdims=True)
    for i in selection.ids:
        members = V[group == group[i]]
        off = np.linalg.norm(members - members.mean(axis=0), axis=1)
        assert np.linalg.norm(V[i] - members.mean(axis=0)) < np.median(off)


def test_more_clusters_than_examples_and_more_picks_than_clusters() -> None:
    assert len(TypiClust().select(ask(27, SCATTERED, features=FEATURES)).ids) == 27
    selection = TypiClust(clusters=2).select(ask(10, SCATTERED, features=FEATURES))
    assert selection.extra["cluster"].max() == 1
    assert len(set(selection.ids.tolist())) == 10
    alike = TypiClust().select(ask(6, SCATTERED, features=np.ones((30, 4))))
    assert len(set(alike.ids.tolist())) == 6


def test_the_same_stream_gives_the_same_picks() -> None:
    features = np.random.default_rng(5).normal(size=(200, 3))
    first, again, other = (TypiClust().select(ask(9, features=features, seed=seed)).ids.tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_no_clusters_is_one_sentence() -> None:
    with pytest.raises(InvalidInput) as caught:
        TypiClust(clusters=0)
    assert str(caught.value) == "TypiClust: clusters is 0, expected at least 1 and at most 100000."


@pytest.mark.parametrize("sampler", [TypiClust(), TypiClust(clusters=3, neighbors=1)], ids=repr)
def test_contract(sampler: TypiClust) -> None:
    check_sampler(sampler)


def test_scikit_activeml_picks_the_same_of_the_same_clusters() -> None:
    pool = pytest.importorskip("skactiveml.pool")
    labeled = [int(np.flatnonzero(OWNER == 0)[2])]
    y = np.full(30, np.nan)
    y[labeled] = 1

    class Given:
        def __init__(self, n_clusters: int = 4) -> None: ...

        def fit_predict(self, X: Any) -> Any:
            return OWNER

    theirs = pool.TypiClust(cluster_algo=Given, k=4, random_state=0).query(FEATURES, y, batch_size=3)
    typical = cluster_typicality(FEATURES, OWNER, 4)
    candidates = np.setdiff1d(np.arange(30), labeled)
    assert most_typical(typical, OWNER, np.array(labeled), candidates, 3).tolist() == theirs.tolist()
