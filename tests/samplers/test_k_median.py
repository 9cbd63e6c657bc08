"""k-median: the rows nearest to medians of clusters of the candidates."""

import numpy as np
import pytest
from samplers.helpers import ask

from alviz.numeric.k_medians import k_medians
from alviz.samplers.k_median import KMedian
from alviz.samplers.k_medoids import KMedoids
from alviz.testing import check_sampler

FEATURES = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
SCATTERED = [3, 11, 29]


@pytest.mark.parametrize("labeled", [SCATTERED, []])
def test_picks_scores_and_gains_are_those_of_medians(labeled: list[int]) -> None:
    candidates = np.setdiff1d(np.arange(1, 30), labeled)
    selection = KMedian().select(ask(5, labeled, features=FEATURES, candidates=candidates))
    X = FEATURES[candidates]
    found = k_medians(X, 5, np.random.default_rng(0))
    start = np.abs(X - np.median(X, axis=0)).sum(axis=1)
    np.testing.assert_allclose(selection.scores[candidates], start, rtol=1e-5)
    gains, picks = [], []
    for place in range(5):
        members = np.flatnonzero(found.owner == place)
        off = np.abs(X[members] - np.median(X[members], axis=0)).sum(axis=1)
        gains.append((start[members] - off).sum())
        picks.append(candidates[members[off.argmin()]])
    order = np.argsort(gains)[::-1]
    assert selection.ids.tolist() == [picks[i] for i in order]
    np.testing.assert_allclose(selection.extra["gain"], np.array(gains)[order], rtol=1e-4)
    np.testing.assert_allclose(selection.extra["costs"], found.costs)


def test_a_far_coordinate_moves_no_median_and_labeled_examples_take_no_part() -> None:
    # One pick of U: the median is (3, 0) whatever the last row's first coordinate, and the mean is not. By
    # Euclidean distances to rows, with the labeled one in its place, k-medoids picks another.
    X = np.array([[9, 9], [1, 0], [2, 0], [3, 0], [4, 0], [500, 0]], dtype=np.float32)
    for far in (500, 5e5):
        X[5, 0] = far
        assert KMedian().select(ask(1, [0], features=X)).ids.tolist() == [3]
        assert KMedoids().select(ask(1, [0], features=X)).ids.tolist() == [5]


def test_more_clusters_than_different_examples() -> None:
    X = np.repeat(np.eye(3), 4, axis=0)
    selection = KMedian().select(ask(10, [0], features=X))
    assert len(set(selection.ids.tolist())) == 10
    assert set(selection.ids.tolist()) <= set(range(1, 12))
    everything = KMedian().select(ask(27, SCATTERED, features=FEATURES))
    assert sorted(everything.ids.tolist()) == np.setdiff1d(np.arange(30), SCATTERED).tolist()


@pytest.mark.parametrize("sampler", [KMedian(), KMedian(rounds=1)], ids=repr)
def test_contract(sampler: KMedian) -> None:
    check_sampler(sampler)
