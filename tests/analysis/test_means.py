"""Means over seeds: by the formula of a textbook, and by scipy's own route."""

import numpy as np
import pytest
from scipy import stats

from alviz.analysis import mean_intervals
from alviz.errors import InvalidInput


def test_by_hand_for_five_seeds() -> None:
    found = mean_intervals(np.array([[1.0], [2.0], [3.0], [4.0], [5.0]]))
    # std = √(10 / 4), t(4) at 95 % = 2.776: 3 ± 2.776 · 1.5811 / √5
    assert found.count.tolist() == [5]
    np.testing.assert_allclose(found.mean, 3)
    np.testing.assert_allclose(found.std, 1.58113883)
    np.testing.assert_allclose([found.low[0], found.high[0]], [3 - 1.96324, 3 + 1.96324], atol=1e-4)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_as_scipy_computes_it_column_by_column(level: float) -> None:
    values = np.random.default_rng(0).normal(0.8, 0.05, (7, 4))
    found = mean_intervals(values, level)
    low, high = stats.t.interval(level, 6, values.mean(axis=0), stats.sem(values, axis=0))
    np.testing.assert_allclose(found.low, low)
    np.testing.assert_allclose(found.high, high)
    np.testing.assert_allclose(found.std, values.std(axis=0, ddof=1))


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    found = mean_intervals(rng.normal(0.7, 0.1, (4, 20_000)))
    assert abs(((found.low < 0.7) & (found.high > 0.7)).mean() - 0.95) < 0.005


def test_missing_seeds_are_left_out_and_one_seed_has_no_spread() -> None:
    nan = np.nan
    found = mean_intervals(np.array([[1.0, 4.0, nan], [3.0, nan, nan], [nan, nan, nan]]))
    assert found.count.tolist() == [2, 1, 0]
    np.testing.assert_array_equal(found.mean, [2, 4, nan])
    np.testing.assert_allclose(found.std, [np.sqrt(2), nan, nan])
    # t(1) at 95 % is 12.706, √2 / √2 = 1
    np.testing.assert_allclose(found.high, [2 + 12.7062, nan, nan], atol=1e-3)


def test_the_order_of_seeds_does_not_matter() -> None:
    values = np.random.default_rng(2).normal(size=(6, 3))
    first, second = mean_intervals(values), mean_intervals(values[::-1])
    np.testing.assert_allclose(first.low, second.low)
    np.testing.assert_allclose(first.std, second.std)


@pytest.mark.parametrize("level", [0, 1, 95, True, "0.95"])
def test_a_confidence_is_a_share(level: float) -> None:
    with pytest.raises(InvalidInput, match="expected a share between 0 and 1"):
        mean_intervals(np.zeros((3, 1)), level)
