"""Paired tests: against scipy, against all assignments of signs, and where there is nothing to test."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from alviz.analysis import holm, paired_test
from alviz.analysis.paired import signed_rank
from alviz.errors import UnknownName


def test_students_test_by_hand() -> None:
    # Differences 1, 2, 3: mean 2, std 1, t = 2√3, df = 2.
    found = paired_test([5.0, 7.0, 9.0], [4.0, 5.0, 6.0])
    assert found.seeds == 3
    np.testing.assert_allclose([found.difference, found.std, found.t], [2, 1, 2 * np.sqrt(3)])
    # For two degrees of freedom p = 1 − t / √(2 + t²) in closed form.
    np.testing.assert_allclose(found.p, 1 - np.sqrt(12 / 14))
    np.testing.assert_allclose(found.high - 2, 4.302653 / np.sqrt(3), rtol=1e-6)
    np.testing.assert_allclose(found.effect, 2)


def test_as_scipy_for_many_comparisons_at_once() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(4, 1, 6)), rng.normal(0.3, 1, size=(3, 6))
    found = paired_test(first, second, level=0.9)
    assert found.p.shape == (4, 3)
    for i, j in np.ndindex(4, 3):
        expected = stats.ttest_rel(first[i, 0], second[j])
        np.testing.assert_allclose([found.t[i, j], found.p[i, j]], [expected.statistic, expected.pvalue])
        ends = expected.confidence_interval(0.9)
        np.testing.assert_allclose([found.low[i, j], found.high[i, j]], [ends.low, ends.high])


def test_only_common_seeds_are_compared() -> None:
    nan = np.nan
    found = paired_test([1.0, nan, 3.0, 7.0, 8.0], [0.0, 5.0, nan, 5.0, 5.0])
    expected = stats.ttest_rel([1.0, 7.0, 8.0], [0.0, 5.0, 5.0])
    assert found.seeds == 3
    np.testing.assert_allclose(found.p, expected.pvalue)


def test_pairing_is_by_place_and_the_order_of_seeds_is_nothing() -> None:
    rng = np.random.default_rng(3)
    base = rng.normal(0, 1, 8)
    first, second = base + 0.1 + rng.normal(0, 0.02, 8), base + rng.normal(0, 0.02, 8)
    paired = paired_test(first, second)
    order = rng.permutation(8)
    np.testing.assert_allclose(paired_test(first[order], second[order]).p, paired.p)
    back = paired_test(second, first)
    np.testing.assert_allclose([back.p, back.difference, back.low], [paired.p, -paired.difference, -paired.high])
    # What differs between seeds cancels; without pairing it would hide the difference.
    assert paired.p < 0.001 < 0.5 < stats.ttest_ind(first, second).pvalue


def test_no_spread_is_no_certainty() -> None:
    same = paired_test([0.1, 0.2, 0.3], [0.1, 0.2, 0.3])
    assert (same.difference, same.std, same.t, same.p, same.effect) == (0, 0, 0, 1, 0)
    # 0.3 − 0.1 and 0.8 − 0.6 differ by rounding alone.
    moved = paired_test([0.3, 0.5, 0.8], [0.1, 0.3, 0.6])
    assert moved.std == 0
    assert moved.t == np.inf
    assert np.isnan(moved.p)
    np.testing.assert_allclose([moved.low, moved.high], [0.2, 0.2])
    assert paired_test([0.1, 0.3, 0.6], [0.3, 0.5, 0.8]).t == -np.inf


def test_below_two_seeds_there_is_a_difference_and_no_test() -> None:
    for method in ("t", "wilcoxon"):
        one, none = paired_test([0.5], [0.2], method), paired_test([np.nan], [0.2], method)
        assert (one.seeds, none.seeds) == (1, 0)
        np.testing.assert_allclose([one.difference, none.difference], [0.3, np.nan])
        assert np.isnan([one.p, one.std, one.low, one.t, none.p]).all()


def test_signed_ranks_by_hand() -> None:
    # Five differences of one sign: 2 of 32 assignments are as far out.
    assert signed_rank(np.array([0.1, 0.2, 0.3, 0.4, 0.5])) == 2 / 32
    # The smallest goes the other way: rank sum 1, two assignments on either side.
    assert signed_rank(np.array([-0.1, 0.2, 0.3, 0.4, 0.5])) == 4 / 32
    assert signed_rank(np.zeros(4)) == 1
    assert signed_rank(np.array([0.0, 0.3, 0.4])) == signed_rank(np.array([0.3, 0.4])) == 0.5


def test_signed_ranks_with_ties_over_all_signs() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        differences = rng.integers(-3, 4, 8) / 500
        some = differences[differences != 0]
        if not some.size:
            continue
        ranks = stats.rankdata(np.abs(some))
        seen = abs((np.sign(some) * ranks).sum())
        every = [abs((np.array(signs) * ranks).sum()) for signs in product((-1, 1), repeat=some.size)]
        np.testing.assert_allclose(signed_rank(differences), np.mean(np.array(every) >= seen - 1e-9))


@pytest.mark.parametrize("seeds", [6, 12, 16, 40])
def test_signed_ranks_as_scipy_without_ties(seeds: int) -> None:
    rng = np.random.default_rng(seeds)
    first, second = rng.normal(0.2, 1, seeds), rng.normal(size=seeds)
    method = "exact" if seeds <= 16 else "approx"
    expected = stats.wilcoxon(first - second, method=method, correction=seeds > 16).pvalue
    np.testing.assert_allclose(paired_test(first, second, "wilcoxon").p, expected)


def test_the_interval_is_students_for_both_methods() -> None:
    first, second = np.random.default_rng(8).normal(size=(2, 7))
    by_t, by_ranks = paired_test(first, second), paired_test(first, second, "wilcoxon")
    assert by_t.low == by_ranks.low
    assert by_t.p != by_ranks.p


def test_an_unknown_test_is_told() -> None:
    with pytest.raises(UnknownName, match=r"no paired test named 'sign'. .*Known: t, wilcoxon"):
        paired_test([1.0], [2.0], "sign")


def test_holm_by_hand_on_four() -> None:
    # Sorted: 0.005 · 4, 0.01 · 3, 0.03 · 2, 0.04 · 1; the last is not below the one before.
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm([0.5, 0.6]), [1, 1])
    np.testing.assert_allclose(holm([0.03]), [0.03])
    assert holm([]).size == 0


def test_holm_does_not_count_what_was_not_tested() -> None:
    np.testing.assert_allclose(holm([np.nan, 0.02, np.nan, 0.01]), [np.nan, 0.02, np.nan, 0.02])


def test_holm_does_not_depend_on_the_order() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(9) ** 3
    order = rng.permutation(9)
    np.testing.assert_allclose(holm(p[order]), holm(p)[order])
    # Never less strict than no correction, never stricter than Bonferroni's.
    assert (holm(p) >= p).all()
    assert (holm(p) <= np.minimum(9 * p, 1)).all()


def test_holm_keeps_false_alarms_at_the_level() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(3000, 6, 5))
    p = paired_test(values, np.zeros(5)).p
    alarms = np.mean([(holm(one) < 0.05).any() for one in p])
    assert 0.035 < alarms < 0.06
    assert (p < 0.05).any(axis=1).mean() > 0.2
