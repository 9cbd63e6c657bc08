"""Overlap of picks and scores."""

import numpy as np
import pytest

from alviz.analysis import jaccard, spearman


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [([1, 2, 3], [3, 4], 1 / 4), ([5, 1], [1, 5], 1), ([1], [2], 0), ([], [1], 0), ([], [], 1)],
)
def test_jaccard(a: list[int], b: list[int], expected: float) -> None:
    assert jaccard(a, b) == jaccard(b, a) == expected


def test_spearman_is_the_correlation_of_ranks_where_both_have_scores() -> None:
    a = np.array([0.1, 5.0, np.nan, 2.0, 3.0, 9.0], dtype=np.float32)
    b = np.array([1.0, 40.0, 7.0, np.nan, 20.0, 30.0], dtype=np.float32)
    # Rows 0, 1, 4 and 5: ranks 1, 3, 2, 4 against 1, 4, 2, 3; 1 - 6·2/(4·15).
    assert spearman(a, b) == pytest.approx(1 - 12 / 60)
    assert spearman(a, np.exp(a)) == pytest.approx(1)
    assert spearman(a, -a) == pytest.approx(-1)


def test_scores_that_say_nothing_have_no_correlation() -> None:
    nothing = np.full(4, np.nan)
    for scores in (nothing, np.zeros(4), np.array([1.0, np.nan, np.nan, np.nan])):
        assert np.isnan(spearman(scores, np.arange(4.0)))
