"""Verdicts: what is said is what the numbers say, and no more."""

import math
from dataclasses import replace

import pytest

from alviz.analysis import Outcome, verdict
from alviz.analysis.verdict import brief
from alviz.task import Metric, metric

ACCURACY, ERROR, LOSS = metric("accuracy"), metric("calibration_error"), Metric("loss", higher_is_better=False)
CLEAR = Outcome(5, 0.021, 0.012, 0.030, 0.007, 0.004, 3.0)
OPEN = Outcome(5, 0.006, -0.005, 0.017, 0.009, 0.21, 18.0)


@pytest.mark.parametrize(
    ("outcome", "told", "short"),
    [
        (
            CLEAR,
            "margin is ahead of random by 2.1 points (95 % interval 1.2 to 3.0, 5 seeds, Holm p = 0.004).",
            "ahead by 2.1, p = 0.004",
        ),
        (
            replace(CLEAR, difference=-0.021, low=-0.030, high=-0.012, p=0.0002),
            "margin is behind random by 2.1 points (95 % interval 1.2 to 3.0, 5 seeds, Holm p < 0.001).",
            "behind by 2.1, p < 0.001",
        ),
        (
            OPEN,
            "margin against random: with 5 seeds this difference of 0.6 points cannot be called: about 18 would do.",
            "open: +0.6, about 18 seeds",
        ),
        (
            replace(OPEN, difference=-0.0003, needed=math.inf),
            "margin against random: with 5 seeds this difference of 0.03 points cannot be called: more than 1,000 "
            "would be needed.",
            "open: −0.03, over 1,000 seeds",
        ),
        (
            replace(OPEN, seeds=1, p=math.nan),
            "margin against random: one seed says nothing about a difference.",
            "one seed: open",
        ),
        (replace(OPEN, seeds=0), "margin against random: they have no seed in common.", "no common seed"),
        (replace(OPEN, std=0, difference=0, p=1), "margin and random are the same in all 5 seeds.", "the same"),
        (
            replace(OPEN, std=0, seeds=2, difference=0.02, p=math.nan),
            "margin is ahead of random by 2.0 points in both seeds: without a spread there is nothing to test.",
            "ahead by 2.0, no spread",
        ),
    ],
)
def test_sentences(outcome: Outcome, told: str, short: str) -> None:
    assert verdict("margin", "random", outcome, ACCURACY) == told
    assert brief(outcome, ACCURACY) == short


def test_where_lower_is_better_more_is_behind() -> None:
    assert "is behind random by 2.1 points (95 % interval 1.2 to 3.0" in verdict("margin", "random", CLEAR, ERROR)
    ahead = replace(CLEAR, difference=-0.021, low=-0.030, high=-0.012)
    assert "is ahead of random by 2.1 points (95 % interval 1.2 to 3.0" in verdict("margin", "random", ahead, ERROR)


def test_what_is_no_share_is_told_as_it_is() -> None:
    found = verdict("a", "b", replace(CLEAR, difference=-1.2345, low=-1.5, high=-0.96), LOSS)
    assert found == "a is ahead of b by 1.23 (95 % interval 0.96 to 1.5, 5 seeds, Holm p = 0.004)."


def test_the_level_decides() -> None:
    assert "cannot be called" in verdict("a", "b", replace(CLEAR, p=0.05), ACCURACY)
    assert "is ahead" in verdict("a", "b", replace(CLEAR, p=0.05), ACCURACY, alpha=0.1)


def test_an_interval_on_both_sides_keeps_its_signs() -> None:
    # Ranks can call what Student's interval does not exclude.
    found = verdict("a", "b", replace(CLEAR, low=-0.001, adjusted="Wilcoxon's p"), ACCURACY)
    assert "(95 % interval −0.1 to 3.0, 5 seeds, Wilcoxon's p = 0.004)" in found
