import numpy as np
import pytest
from samplers.heads import ask_head, head_of

from alviz.samplers.dropquery import DropQuery, dropout_flips
from alviz.testing import check_sampler

SCATTERED = [0, 7, 8, 29]


def data(n: int = 30, d: int = 6, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.gamma(1, size=(n, d)).astype(np.float32), rng.normal(size=(classes, d)).astype(np.float32)


def test_flips_are_those_of_masked_features_counted_one_by_one() -> None:
    X, W = data()
    head = head_of(W, [0.3, -0.2, 0.1])
    flips = dropout_flips(X, head, 5, 0.5, np.random.default_rng(4))
    rng = np.random.default_rng(4)
    expected = np.zeros(30, dtype=int)
    for _ in range(5):
        mask = rng.random(X.shape, dtype=np.float32)
        for i in range(30):
            kept = [2 * x if m >= 0.5 else 0 for x, m in zip(X[i], mask[i], strict=True)]
            expected[i] += int(np.argmax(W @ kept + head.bias)) != int(np.argmax(W @ X[i] + head.bias))
    assert flips.tolist() == expected.tolist()
    assert 0 < flips.sum() < 5 * 30


def test_the_share_of_flips_is_the_chance_of_losing_the_deciding_feature() -> None:
    # Class 0 leads by feature 0 alone, class 1 by its bias otherwise: a pass flips when feature 0 is dropped.
    X = np.ones((4000, 1), dtype=np.float32)
    flips = dropout_flips(X, head_of([[1.0], [0]], [0, 0.5]), 1, 0.3, np.random.default_rng(0))
    assert flips.mean() == pytest.approx(0.3, abs=0.025)


def test_nothing_flips_without_dropout() -> None:
    X, W = data()
    assert dropout_flips(X, head_of(W), 3, 0.0, np.random.default_rng(0)).sum() == 0


def groups() -> tuple[np.ndarray, np.ndarray]:
    """Two far groups of unstable examples (0..19, 20..29), one of stable ones (30..59)."""
    rng = np.random.default_rng(0)
    X = 0.01 * rng.random((60, 4)).astype(np.float32)
    X[:20, 0] += 1
    X[20:30, 1] += 1
    X[30:, 2] += 1
    # Class 0 leads on features 0 and 1, and bias decides once they are dropped; feature 2 raises the bias's class 1.
    return X, np.array([[1.0, 1, 0, 0], [0, 0, 1, 0]], dtype=np.float32)


def test_one_pick_of_each_region_that_flips_the_larger_first() -> None:
    X, W = groups()
    head = head_of(W, [0, 0.3])
    for seed in range(5):
        selection = DropQuery(rate=0.9, passes=9).select(ask_head(2, X, head, seed=seed))
        first, second = selection.ids
        assert first < 20 <= second < 30
        assert selection.extra["gain"][0] > selection.extra["gain"][1]
        assert selection.extra["gain"].sum() == selection.extra["flipped"]
        assert (selection.scores[30:] == 0).all()
        picked = selection.scores[selection.ids]
        assert (picked > 0.5).all()


def test_the_most_central_of_those_that_flip_is_picked() -> None:
    X, W = groups()
    selection = DropQuery(rate=0.9, passes=9).select(ask_head(1, X, head_of(W, [0, 0.3])))
    flipped = np.flatnonzero(selection.scores > 0.5)
    center = X[flipped].mean(axis=0)
    assert selection.ids[0] == flipped[np.linalg.norm(X[flipped] - center, axis=1).argmin()]


def test_with_too_few_flips_all_of_them_then_those_with_fewer() -> None:
    X, W = groups()
    selection = DropQuery(rate=0.5, passes=4).select(ask_head(40, X, head_of(W, [0, 0.3])))
    scores, ids = selection.scores, set(selection.ids.tolist())
    assert 0 < selection.extra["flipped"] < 40
    assert set(np.flatnonzero(scores > 0.5)) <= ids
    assert set(np.flatnonzero(scores == 0.5)) <= ids
    assert set(np.flatnonzero(scores == 0.25)) <= ids
    left = [i for i in range(60) if i not in ids]
    assert left
    assert (scores[left] == 0).all()


def test_where_nothing_flips_it_picks_from_every_region() -> None:
    X, W = groups()
    selection = DropQuery(rate=0.0).select(ask_head(3, X, head_of(W)))
    assert sorted(np.searchsorted([20, 30], selection.ids, side="right")) == [0, 1, 2]
    assert selection.extra["gain"].tolist() == [30, 20, 10]


def test_scattered_labeled_rows_are_left_out() -> None:
    X, W = data()
    selection = DropQuery().select(ask_head(26, X, head_of(W), SCATTERED))
    assert sorted(selection.ids) == sorted(set(range(30)) - set(SCATTERED))
    assert np.isnan(selection.scores[SCATTERED]).all()


def test_the_stream_decides() -> None:
    X, W = data(200)
    picks = [DropQuery().select(ask_head(9, X, head_of(W), seed=seed)).ids.tolist() for seed in (1, 1, 2)]
    assert picks[0] == picks[1] != picks[2]


@pytest.mark.parametrize("sampler", [DropQuery(), DropQuery(passes=1, rate=0.0), DropQuery(passes=4)], ids=repr)
def test_contract(sampler: DropQuery) -> None:
    check_sampler(sampler)
