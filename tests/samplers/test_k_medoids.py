"""k-medoids as a sampler: labeled medoids stay, and the picks stand for what they leave."""

import numpy as np
import pytest
from samplers.helpers import ask

from alviz.numeric.k_medoids import k_medoids
from alviz.samplers.k_medoids import KMedoids
from alviz.testing import check_sampler

FEATURES = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
SCATTERED = [3, 11, 29]


@pytest.mark.parametrize("labeled", [SCATTERED, []])
def test_picks_scores_and_gains_are_those_of_medoids(labeled: list[int]) -> None:
    candidates = np.setdiff1d(np.arange(0, 30, 2), labeled)
    selection = KMedoids().select(ask(5, labeled, features=FEATURES, candidates=candidates))
    ids = np.array(labeled, dtype=np.int64)
    found = k_medoids(FEATURES, ids, candidates, 5, np.random.default_rng(0))
    assert sorted(selection.ids) == sorted(found.medoids[len(labeled) :])
    centers = FEATURES[labeled] if labeled else FEATURES.mean(axis=0, keepdims=True)
    start = np.linalg.norm(FEATURES[:, None] - centers[None], axis=2).min(axis=1)
    np.testing.assert_allclose(selection.scores[candidates], start[candidates], rtol=1e-5)
    distances = np.linalg.norm(FEATURES[:, None] - FEATURES[[*labeled, *selection.ids]][None], axis=2).min(axis=1)
    gain = selection.extra["gain"]
    assert (np.diff(gain) <= 0).all()
    assert gain.sum() == pytest.approx((start - distances).sum(), rel=1e-4)
    assert selection.extra["costs"][-1] == pytest.approx(distances.sum(), rel=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_each_group_without_a_label_gets_its_middle(seed: int) -> None:
    group = np.repeat(np.arange(5), 6)
    X = (10 * np.eye(5)[group] + np.random.default_rng(seed).normal(size=(30, 5))).astype(np.float32)
    selection = KMedoids().select(ask(3, [1, 8], features=X, seed=seed))
    assert sorted(group[selection.ids]) == [2, 3, 4]
    for i in selection.ids:
        members = X[group == group[i]]
        sums = np.linalg.norm(members[:, None] - members[None], axis=2).sum(axis=1)
        assert np.linalg.norm(members - X[i], axis=1).sum() == pytest.approx(sums.min(), rel=1e-5)


def test_rounds_can_be_few() -> None:
    X = np.random.default_rng(3).normal(size=(400, 2))
    assert len(KMedoids(rounds=1).select(ask(9, features=X)).extra["costs"]) == 2
    assert len(KMedoids().select(ask(9, features=X)).extra["costs"]) > 2


@pytest.mark.parametrize("sampler", [KMedoids(), KMedoids(rounds=1)], ids=repr)
def test_contract(sampler: KMedoids) -> None:
    check_sampler(sampler)
