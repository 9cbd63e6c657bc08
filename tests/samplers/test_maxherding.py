"""MaxHerding and ProbCover: the greedy covering, its widths, and what others compute of the same."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from samplers.helpers import ask

from alviz.errors import InvalidInput
from alviz.numeric.k_means import k_means
from alviz.samplers.maxherding import MaxHerding
from alviz.samplers.probcover import ProbCover
from alviz.testing import check_sampler

FEATURES = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
SCATTERED = [3, 11, 29]


def unit(X: NDArray[Any]) -> NDArray[np.float64]:
    return X.astype(np.float64) / np.linalg.norm(X.astype(np.float64), axis=1, keepdims=True)


def distances(X: NDArray[Any]) -> NDArray[np.float64]:
    V = unit(X)
    return np.linalg.norm(V[:, None] - V[None], axis=2)


def follow(K: NDArray[np.float64], labeled: list[int], candidates: Any, picks: list[int]) -> list[float]:
    """Return the gain of each pick, every one of which is to be the largest that there is."""
    m = K[:, labeled].max(axis=1) if labeled else np.zeros(len(K))
    gains = []
    for i, pick in enumerate(picks):
        left = [c for c in candidates if c not in picks[:i]]
        values = {c: np.maximum(K[:, c] - m, 0).mean() for c in left}
        assert values[pick] >= max(values.values()) - 2e-6
        gains.append(values[pick])
        m = np.maximum(m, K[:, pick])
    return gains


@pytest.mark.parametrize("labeled", [SCATTERED, []])
@pytest.mark.parametrize("sampler", [MaxHerding(sigma=0.4), MaxHerding(), ProbCover(delta=0.5), ProbCover()], ids=repr)
def test_equals_greedy_on_the_whole_matrix(sampler: MaxHerding, labeled: list[int]) -> None:
    D = distances(FEATURES)
    top_hat = sampler.kernel == "top_hat"
    K = (sampler.delta >= D).astype(float) if top_hat else np.exp(-((D / sampler.sigma) ** 2))
    candidates = np.setdiff1d(np.arange(1, 30), labeled)
    selection = sampler.select(ask(8, labeled, features=7 * FEATURES, candidates=candidates))
    gains = follow(K, labeled, candidates, selection.ids.tolist())
    np.testing.assert_allclose(selection.extra["gain"], gains, atol=1e-6)
    m = K[:, labeled].max(axis=1) if labeled else np.zeros(30)
    np.testing.assert_allclose(
        selection.scores[candidates], np.maximum(K[:, candidates] - m[:, None], 0).mean(axis=0), atol=1e-6
    )
    np.testing.assert_allclose(selection.extra["coverage"], [m.mean(), m.mean() + sum(gains)], atol=1e-6)
    assert selection.extra["radius"] == (sampler.delta if top_hat else sampler.sigma)


@pytest.mark.parametrize("delta", [0.3, 0.75, "auto"])
def test_prob_cover_is_max_herding_with_the_top_hat(delta: Any) -> None:
    assert ProbCover().kernel == "top_hat"
    query = {"n": 9, "labeled": SCATTERED, "features": FEATURES}
    ours = ProbCover(delta=delta).select(ask(**query))
    same = MaxHerding(kernel="top_hat", delta=delta).select(ask(**query))
    assert ours.ids.tolist() == same.ids.tolist()
    np.testing.assert_array_equal(ours.scores, same.scores)


def test_with_the_widest_ball_one_pick_covers_all() -> None:
    selection = ProbCover(delta=2.0).select(ask(3, features=FEATURES))
    np.testing.assert_array_equal(selection.extra["gain"], np.float32([1, 0, 0]))


def test_with_the_narrowest_gaussian_each_example_stands_for_itself() -> None:
    features = FEATURES.copy()
    features[[9, 20]] = features[14]
    selection = MaxHerding(sigma=1e-3).select(ask(3, [0], features=features))
    assert selection.ids[0] in (9, 14, 20)
    assert not np.isin(selection.ids[1:], [9, 14, 20]).any()
    np.testing.assert_allclose(selection.extra["gain"], np.array([3, 1, 1]) / 30, atol=1e-6)


def test_of_equal_gains_one_is_drawn() -> None:
    first = [ProbCover(delta=2.0).select(ask(1, [0], features=FEATURES, seed=seed)).ids[0] for seed in range(300)]
    assert set(first) == set(range(1, 30))


def test_delta_by_itself_is_the_largest_whose_balls_are_pure() -> None:
    rng = np.random.default_rng(2)
    features = np.abs(8 * np.eye(2, 3)[np.repeat([0, 1], 20)] + rng.gamma(1, size=(40, 3))).astype(np.float32)
    for alpha in (0.6, 0.95, 1.0):
        delta = ProbCover(delta="auto", alpha=alpha).select(ask(2, features=features)).extra["radius"]
        V = unit(features).astype(np.float32)
        group = k_means(V, 2, np.random.default_rng(0)).owner
        D, differs = distances(features), group[:, None] != group
        for factor, reached in ((1 - 1e-6, True), (1 + 1e-6, False)):
            pure = 1 - ((factor * delta >= D) & differs).any(axis=1).mean()
            assert (pure >= alpha) == reached


def test_sigma_by_itself_is_the_median_distance() -> None:
    D = distances(FEATURES)
    radius = MaxHerding(sigma="auto").select(ask(2, features=FEATURES)).extra["radius"]
    assert radius == pytest.approx(np.median(D[np.triu_indices(30, 1)]), rel=1e-6)
    assert MaxHerding(sigma="auto").select(ask(2, features=np.ones((9, 3)))).extra["radius"] == 1


def test_the_expectation_over_some_rows_is_near_to_that_over_all() -> None:
    features = np.random.default_rng(1).normal(size=(3000, 5))
    whole = MaxHerding().select(ask(10, [5], features=features))
    part = MaxHerding(reference=1000).select(ask(10, [5], features=features))
    assert part.extra["coverage"][0] == pytest.approx(whole.extra["coverage"][0], abs=0.02)
    assert part.extra["coverage"][1] == pytest.approx(whole.extra["coverage"][1], abs=0.02)
    assert not np.array_equal(part.scores, whole.scores, equal_nan=True)
    again = MaxHerding(reference=3000).select(ask(10, [5], features=features, seed=7))
    np.testing.assert_array_equal(again.ids, whole.ids)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sigma": 0}, "MaxHerding: sigma is 0, expected at least 0.001 and at most 10.0."),
        ({"delta": 0}, "MaxHerding: delta is 0, expected at least 0.001 and at most 2.0."),
        ({"delta": "automatic"}, "MaxHerding: delta is 'automatic', expected a number or 'auto'."),
        ({"kernel": "linear"}, "MaxHerding: kernel is 'linear', expected one of 'gaussian', 'top_hat'."),
    ],
)
def test_bad_parameters_are_one_sentence(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        MaxHerding(**given)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "sampler",
    [
        MaxHerding(),
        MaxHerding(sigma="auto", reference=20),
        MaxHerding(sigma=1e-3),
        MaxHerding(kernel="top_hat"),
        ProbCover(),
        ProbCover(delta="auto"),
        ProbCover(delta=2.0),
    ],
    ids=repr,
)
def test_contract(sampler: MaxHerding) -> None:
    check_sampler(sampler)


def test_scikit_activeml_picks_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = pytest.importorskip("skactiveml.pool")
    rng = np.random.default_rng(3)
    features = rng.normal(size=(150, 6)).astype(np.float32)
    labeled = np.sort(rng.permutation(150)[:6])
    y = np.full(150, np.nan)
    y[labeled] = rng.integers(2, size=6)
    theirs = pool.MaxHerding(metric_dict={"gamma": 1 / 0.8**2}, random_state=0).query(features, y, batch_size=12)
    ours = MaxHerding(sigma=0.8).select(ask(12, labeled, features=features))
    assert ours.ids.tolist() == theirs.tolist()

    # Both draw where degrees are equal: made to follow ours, it finds each of our picks among its best.
    ours = ProbCover(delta=0.7).select(ask(12, labeled, features=features))
    picks = iter(ours.ids.tolist())
    monkeypatch.setattr("skactiveml.pool._prob_cover.rand_argmax", lambda a, random_state: [next(picks)])
    with pytest.warns(UserWarning, match="maximum purity"):
        theirs, degrees = pool.ProbCover(deltas=[0.7]).query(unit(features), y, batch_size=12, return_utilities=True)
    assert theirs.tolist() == ours.ids.tolist()
    for pick, gain, row in zip(ours.ids, ours.extra["gain"], degrees, strict=True):
        assert row[pick] == np.nanmax(row)
        assert 150 * gain == pytest.approx(row[pick], abs=1e-3)
    candidates = np.setdiff1d(np.arange(150), labeled)
    np.testing.assert_allclose(150 * ours.scores[candidates], degrees[0][candidates], atol=1e-4)
