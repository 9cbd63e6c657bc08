"""BADGE's matrix: three algorithms at two numbers of labels by hand, and every test by scipy."""

import numpy as np
import pytest
from scipy import stats

from alviz.analysis import wins
from alviz.errors import InvalidInput

SPREAD = np.array([-0.02, -0.01, 0.0, 0.01, 0.02])


def by_hand() -> np.ndarray:
    """Return (3 algorithms, 5 seeds, 2 budgets): first > second > third at 20 labels, first = second > third at 10."""
    base = np.array([0.5, 0.55, 0.6, 0.52, 0.57])
    at_10 = [base + 0.1, base + 0.1 + SPREAD[[1, 3, 0, 4, 2]], base]
    at_20 = [base + 0.3 + SPREAD / 2, base + 0.2, base]
    return np.stack([np.array(at_10), np.array(at_20)], axis=2)


def test_three_algorithms_at_two_budgets_by_hand() -> None:
    # At 10 labels: first − second has mean 0; second − third has mean 0.1, std 0.0158, t = 14 > 2.776; first − third is
    # 0.1 in every seed. At 20: first − second 0.1 with std 0.0079, t = 28; and both beat the third.
    found = wins(by_hand())
    assert found.wins.tolist() == [[0, 1, 2], [0, 0, 2], [0, 0, 0]]
    assert found.budgets == 2
    np.testing.assert_allclose(found.penalties, [[0, 0.5, 1], [0, 0, 1], [0, 0, 0]])
    np.testing.assert_allclose(found.averages, [0, 0.5 / 3, 2 / 3])
    assert found.losses.tolist() == [[0, 0, 0], [1, 0, 0], [2, 2, 0]]
    assert found.ties.tolist() == [[2, 1, 0], [1, 2, 0], [0, 0, 2]]


def test_where_lower_is_better_wins_are_losses() -> None:
    assert wins(by_hand(), higher=False).wins.tolist() == wins(by_hand()).losses.tolist()


def test_the_papers_critical_value_for_five_seeds() -> None:
    # Differences −1, 0, 1, 2, 3 shifted by c have the std √2.5: t = (1 + c) · √5 / √2.5.
    differences = np.array([-1.0, 0, 1, 2, 3])
    for t, beats in ((2.775, 0), (2.777, 1)):
        shift = t * np.sqrt(2.5) / np.sqrt(5) - 1
        values = np.stack([differences + shift, np.zeros(5)])[:, :, None]
        assert wins(values).wins.tolist() == [[0, beats], [0, 0]]


def test_every_pair_as_scipy_tests_it() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1, (6, 4, 9)) + rng.normal(0, 1.5, (6, 1, 1))
    found = wins(values)
    assert found.wins.sum() > 0
    for i in range(6):
        for j in range(6):
            if i == j:
                continue
            tests = stats.ttest_rel(values[i], values[j], axis=0)
            assert found.wins[i, j] == ((tests.statistic > 0) & (tests.pvalue < 0.05)).sum()


def test_missing_seeds_take_the_others_and_their_critical_value() -> None:
    values = by_hand()
    values[0, 3:] = np.nan
    found = wins(values)
    tests = stats.ttest_rel(values[0, :3], values[1, :3], axis=0)
    assert found.wins[0, 1] == ((tests.statistic > 0) & (tests.pvalue < 0.05)).sum()
    values[0, 1:] = np.nan
    assert wins(values).wins[0].tolist() == [0, 0, 0]  # one seed beats nobody


def test_the_order_of_algorithms_seeds_and_budgets_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(0, 1, (5, 6, 7)) + rng.normal(0, 1, (5, 1, 1))
    found, order = wins(values), rng.permutation(5)
    moved = wins(values[order][:, ::-1][:, :, rng.permutation(7)])
    np.testing.assert_array_equal(moved.wins, found.wins[np.ix_(order, order)])


def test_no_budgets_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"got \(2, 5, 0\)"):
        wins(np.zeros((2, 5, 0)))
