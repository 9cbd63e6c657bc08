import numpy as np
import pytest

from alviz.samplers.representatives import representatives


def pick(X: np.ndarray, tiers: list[list[int]], n: int, seed: int = 0) -> tuple[list[int], list[float]]:
    rows = [np.array(tier, dtype=np.int64) for tier in tiers]
    picks, gain = representatives(X, rows, n, np.random.default_rng(seed), lambda done, total: None)
    return picks.tolist(), gain.tolist()


# Three groups on a line, of 4, 3 and 2 rows; their middles are 1, 5 and one of 7 and 8.
LINE = np.array([0.0, 0.9, 1.0, 2.0, 50, 51, 52, 100, 101], dtype=np.float32)[:, None]


@pytest.mark.parametrize("seed", range(5))
def test_a_tier_that_is_too_large_is_clustered_and_the_largest_cluster_comes_first(seed: int) -> None:
    picks, gain = pick(LINE, [list(range(9))], 3, seed)
    assert picks[:2] == [2, 5]
    assert picks[2] in (7, 8)  # a pair has no middle: drawn
    assert gain == [4, 3, 2]


def test_rows_that_are_equally_central_are_drawn() -> None:
    drawn = [pick(LINE, [list(range(9))], 3, seed)[0][2] for seed in range(40)]
    assert 8 <= drawn.count(7) <= 32


def test_tiers_that_fit_are_taken_whole_in_their_order() -> None:
    picks, gain = pick(LINE, [[8, 3], [], [4, 5, 6], [0, 1]], 4)
    assert picks[:2] == [8, 3]
    assert set(picks[2:]) < {4, 5, 6}
    assert gain[:2] == [1, 1]
    assert sum(gain[2:]) == 3
    assert pick(LINE, [[8, 3], [4]], 3) == ([8, 3, 4], [1, 1, 1])


def test_later_tiers_are_not_looked_at_once_there_are_enough() -> None:
    assert pick(LINE, [[1, 2], [0, 3]], 2)[0] == [1, 2]
    assert set(pick(LINE, [[1, 2, 4], [0, 3]], 2)[0]) < {1, 2, 4}
