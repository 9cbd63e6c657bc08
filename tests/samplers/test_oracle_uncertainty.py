"""Oracle uncertainty: losses by hand, and draws as often as their probabilities say."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from samplers.helpers import ask

from alviz.errors import InvalidInput, MissingNeeds
from alviz.samplers import Query
from alviz.samplers.oracle_uncertainty import OracleUncertainty, draw_in_proportion, true_loss
from alviz.testing import check_sampler

PROBS = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [0.7, 0.3], [1.0, 0.0], [0.6, 0.4]], dtype=np.float32)
TRUTH = np.array([0, 1, 0, 1, 0, 1])


def ask_truth(n: int, labeled: Any = (), truth: Any = TRUTH, probs: Any = PROBS, seed: Any = 0, **more: Any) -> Query:
    return ask(n, labeled, probs=probs, seed=seed, labels_of_all=lambda: truth, **more)


def test_it_keeps_the_contract() -> None:
    check_sampler(OracleUncertainty())


def test_losses_by_hand() -> None:
    np.testing.assert_allclose(true_loss(PROBS, TRUTH), -np.log([0.9, 0.5, 0.2, 0.3, 1.0, 0.4]), rtol=1e-6, atol=1e-12)
    assert true_loss(PROBS[[4]], np.array([1]))[0] == pytest.approx(87.34, abs=0.01)  # never infinite
    assert true_loss(np.array([[1.0000001, 0]], np.float32), np.array([0]))[0] == 0


def test_ordered_draws_come_as_often_as_their_probabilities_say() -> None:
    """Two of the candidates 1, 2, 3 and 5 of a pool whose rows 0 and 4 are labeled; twelve ordered pairs."""
    loss = {i: -np.log(float(PROBS[i, TRUTH[i]])) for i in (1, 2, 3, 5)}
    whole, draws = sum(loss.values()), 20_000
    expected = {(i, j): loss[i] / whole * loss[j] / (whole - loss[i]) for i, j in permutations(loss, 2)}
    assert sum(expected.values()) == pytest.approx(1)
    seen = dict.fromkeys(expected, 0)
    rng = np.random.default_rng(1)
    for _ in range(draws):
        first, second = OracleUncertainty().select(ask_truth(2, [0, 4], seed=rng)).ids.tolist()
        seen[first, second] += 1
    # Chi-square with 11 degrees of freedom: above 31.3 once in a thousand.
    assert sum((seen[pair] - draws * p) ** 2 / (draws * p) for pair, p in expected.items()) < 31.3


def test_weights_of_zero_come_last_and_each_as_often() -> None:
    weights, first = np.array([0.0, 2.0, 0.0, 1.0, 0.0]), np.zeros(5)
    rng = np.random.default_rng(2)
    for _ in range(3000):
        order = draw_in_proportion(weights, 5, rng)
        assert sorted(order.tolist()) == [0, 1, 2, 3, 4]
        assert set(order[:2].tolist()) == {1, 3}
        first[order[2]] += 1
    expected = np.array([1000.0, 1000.0, 1000.0])
    # Two degrees of freedom: above 13.8 once in a thousand.
    assert ((first[[0, 2, 4]] - expected) ** 2 / expected).sum() < 13.8


def test_scores_are_losses_and_gains_those_of_the_picks() -> None:
    selection = OracleUncertainty().select(ask_truth(3, [1], candidates=[0, 2, 3, 4, 5]))
    expected = -np.log([0.9, np.nan, 0.2, 0.3, 1.0, 0.4])
    np.testing.assert_allclose(selection.scores, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(selection.extra["gain"], expected[selection.ids], rtol=1e-5)
    assert 4 not in selection.ids  # no loss, and others have some


def test_what_it_may_not_know_is_one_sentence() -> None:
    with pytest.raises(MissingNeeds, match="Only the oracle 'truth' knows"):
        OracleUncertainty().select(ask(2, probs=PROBS))
    holes = np.array([-1, 1, 0, -1, -1, 1])
    with pytest.raises(InvalidInput, match="does not know 2 of 5, the first is 3"):
        OracleUncertainty().select(ask_truth(2, [0], holes))
    assert OracleUncertainty().select(ask_truth(3, [0, 3, 4], holes)).ids.size == 3
