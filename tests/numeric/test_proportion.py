"""The standard error of a share."""

import math

import pytest

from alviz.numeric.proportion import standard_error


@pytest.mark.parametrize(
    ("share", "n", "error"),
    [
        (0.5, 96, 0.05),  # 50 of 100: √(0.25 / 100)
        (1.0, 16, 0.067082),  # 18 of 20: √(0.9 · 0.1 / 20), and not zero
        (0.0, 16, 0.067082),
    ],
)
def test_the_error_by_hand(share: float, n: int, error: float) -> None:
    assert standard_error(share, n) == pytest.approx(error, abs=1e-6)


def test_of_many_trials_it_is_the_plain_one() -> None:
    assert standard_error(0.9, 10**6) == pytest.approx(math.sqrt(0.9 * 0.1 / 10**6), rel=1e-4)
