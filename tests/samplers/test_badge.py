import tracemalloc
from typing import Any

import numpy as np
import pytest
from samplers.helpers import ask

from alviz.learners.linear import softmax
from alviz.numeric.gradient_embedding import GradientEmbedding
from alviz.samplers.badge import BADGE, badge, error
from alviz.testing import check_sampler

SCATTERED = [0, 7, 8, 29]


def data(n: int = 30, d: int = 4, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.gamma(1, size=(n, d)).astype(np.float32)
    return softmax(features @ rng.normal(size=(d, classes)).astype(np.float32)), features


def explicit(probs: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Eq 1 word by word: a row of C·d numbers per example."""
    p = probs.astype(np.float64) / probs.sum(axis=1, keepdims=True, dtype=np.float64)
    q = p - np.eye(probs.shape[1])[probs.argmax(axis=1)]
    return (q[:, :, None] * features[:, None, :]).reshape(len(probs), -1)


@pytest.mark.parametrize("seed", range(10))
def test_distances_are_those_of_the_explicit_embedding(seed: int) -> None:
    probs, features = data(seed=seed)
    g = explicit(probs, features)
    embedding = GradientEmbedding(error(probs), features)
    np.testing.assert_allclose(embedding.squares, (g**2).sum(axis=1), rtol=1e-5)
    nearest = np.full(30, np.inf)
    for some, row in enumerate([3, 17, 4, 21], start=1):
        embedding.lower(nearest, row)
        exact = ((g[:, None] - g[[3, 17, 4, 21][:some]][None]) ** 2).sum(axis=2).min(axis=1)
        np.testing.assert_allclose(nearest, exact, rtol=2e-4, atol=1e-12)
        assert nearest[row] == 0


def test_near_duplicates_keep_their_digits() -> None:
    probs, features = data()
    features = np.concatenate([features, features[:1] * np.float32(1 + 1e-4)])
    probs = np.concatenate([probs, probs[:1]])
    g = explicit(probs, features)
    nearest = np.full(31, np.inf)
    GradientEmbedding(error(probs), features).lower(nearest, 0)
    assert nearest[30] == pytest.approx(((g[30] - g[0]) ** 2).sum(), rel=1e-2)
    assert nearest[30] < 1e-7 * (g[0] ** 2).sum()


def test_three_examples_by_hand() -> None:
    # q: (-.5, .5), (-.1, .1), (.4, -.4); v: 1, 1, 1: g on a line at -.5, -.1, .4 times √2.
    probs = np.array([[0.5, 0.5], [0.9, 0.1], [0.4, 0.6]])
    selection = BADGE().select(ask(3, probs=probs, features=np.ones((3, 1))))
    root = np.sqrt(2)
    np.testing.assert_allclose(selection.scores, [0.5 * root, 0.1 * root, 0.4 * root], rtol=1e-6)
    assert selection.ids[0] == 0
    far, near = 0.9 * root, 0.4 * root
    assert selection.extra["gain"][1] == pytest.approx(far if selection.ids[1] == 2 else near, rel=1e-5)


def test_after_the_first_it_draws_in_proportion_to_the_squared_distance() -> None:
    probs, features = data()
    g = explicit(probs, features)
    first = int((g**2).sum(axis=1).argmax())
    drawn = [badge(probs, features, 2, np.random.default_rng(seed))[0] for seed in range(4000)]
    assert {int(picks[0]) for picks in drawn} == {first}
    squared = ((g - g[first]) ** 2).sum(axis=1)
    shares = np.bincount([picks[1] for picks in drawn], minlength=30) / 4000
    np.testing.assert_allclose(shares, squared / squared.sum(), atol=0.025)


def test_gains_are_distances_to_the_nearest_pick_before() -> None:
    probs, features = data(60, 5)
    g = explicit(probs, features)
    selection = BADGE().select(ask(12, [1, 50], probs=probs, features=features))
    ids = selection.ids.tolist()
    for i in range(1, 12):
        nearest = np.linalg.norm(g[ids[i]] - g[ids[:i]], axis=1).min()
        assert selection.extra["gain"][i] == pytest.approx(nearest, rel=1e-4)
    assert selection.extra["gain"][0] == pytest.approx(np.linalg.norm(g[ids[0]]), rel=1e-5)


def test_labeled_rows_are_left_out_and_no_row_comes_twice() -> None:
    probs, features = data()
    largest = int((explicit(probs, features) ** 2).sum(axis=1).argmax())
    labeled = sorted({*SCATTERED, largest})
    selection = BADGE().select(ask(30 - len(labeled), labeled, probs=probs, features=features))
    assert sorted(selection.ids) == sorted(set(range(30)) - set(labeled))
    assert np.isnan(selection.scores[labeled]).all()


@pytest.mark.parametrize("copies", [2, 30])
def test_duplicates_are_drawn_last_and_once(copies: int) -> None:
    probs, features = (np.repeat(a[: 30 // copies], copies, axis=0) for a in data())
    selection = BADGE().select(ask(30, probs=probs, features=features, seed=3))
    assert sorted(selection.ids) == list(range(30))
    distinct = 30 // copies
    assert len(set(selection.ids[:distinct] // copies)) == distinct
    assert (selection.extra["gain"][distinct:] == 0).all()


def test_certain_predictions_have_no_gradient_and_are_drawn_all_the_same() -> None:
    probs = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
    selection = BADGE().select(ask(4, [2], probs=probs, features=np.ones((6, 2))))
    assert len(set(selection.ids)) == 4
    assert (selection.scores[selection.ids] == 0).all()


def test_the_smallest_doubt_is_not_lost_to_float32() -> None:
    q = error(np.array([[1.0, 1e-9, 2e-9]], dtype=np.float32))
    np.testing.assert_allclose(q, [[-3e-9, 1e-9, 2e-9]], rtol=1e-5)


def test_memory_is_far_below_that_of_the_explicit_embedding() -> None:
    probs, features = data(2000, 64, 100)
    tracemalloc.start()
    badge(probs, features, 20, np.random.default_rng(0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2000 * 64 * 100 * 4 / 10


def test_contract() -> None:
    check_sampler(BADGE())


def test_the_first_pick_is_that_of_scikit_activeml() -> None:
    pool = pytest.importorskip("skactiveml.pool")
    adapters: Any = pytest.importorskip("alviz.samplers.adapters")
    for seed in range(5):
        probs, features = data(seed=seed)
        query = ask(5, SCATTERED, probs=probs, features=features, seed=seed)
        theirs = adapters.from_skactiveml(pool.Badge()).select(query)
        ours = BADGE().select(query)
        assert ours.ids[0] == theirs.ids[0]
        # Their first utilities are the shares of |g|².
        squared = np.square(ours.scores.astype(np.float64))
        np.testing.assert_allclose(theirs.scores, squared / np.nansum(squared), rtol=1e-4)
