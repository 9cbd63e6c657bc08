"""What a comparison says, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from alviz.task import Metric


@dataclass(frozen=True)
class Outcome:
    """What is known of two samplers.

    Attributes
    ----------
    seeds : int
        In how many they were compared.
    difference, low, high : float
        The mean of first − second and its 95 % interval, in the metric's unit.
    std : float
        Of the differences.
    p : float
        Adjusted for all comparisons that were made.
    needed : float
        How many seeds would do; infinite for more than `most`.
    most : int
    adjusted : str
        What stands before the p.
    """

    seeds: int
    difference: float
    low: float
    high: float
    std: float
    p: float
    needed: float
    most: int = 1000
    adjusted: str = "Holm p"


def verdict(first: str, second: str, outcome: Outcome, metric: Metric, alpha: float = 0.05) -> str:
    """Return one sentence: who is ahead by how much, or that it cannot be called and what would be needed."""
    one = outcome
    if one.seeds == 0:
        return f"{first} against {second}: they have no seed in common."
    if one.seeds == 1:
        return f"{first} against {second}: one seed says nothing about a difference."
    size = amount(one.difference, metric)
    if one.std == 0 and one.difference == 0:
        return f"{first} and {second} are the same in {each(one.seeds)}."
    place = f"{first} is {_side(one.difference, metric)} {second} by {size}"
    if one.std == 0:
        return f"{place} in {each(one.seeds)}: without a spread there is nothing to test."
    if one.p < alpha:
        ends = sorted((abs(one.low), abs(one.high))) if one.low * one.high > 0 else (one.low, one.high)
        interval = " to ".join(_number(end, metric) for end in ends)
        return f"{place} (95 % interval {interval}, {one.seeds} seeds, {one.adjusted} {probability(one.p)})."
    return (
        f"{first} against {second}: with {one.seeds} seeds this difference of {size} cannot be called: {_would(one)}."
    )


def brief(outcome: Outcome, metric: Metric, alpha: float = 0.05) -> str:
    """Return the same in a few words, for a table."""
    one = outcome
    if one.seeds == 0:
        return "no common seed"
    if one.seeds == 1:
        return "one seed: open"
    if one.std == 0 and one.difference == 0:
        return "the same"
    size = _number(abs(one.difference), metric)
    if one.std == 0:
        return f"{_side(one.difference, metric).removesuffix(' of')} by {size}, no spread"
    if one.p < alpha:
        return f"{_side(one.difference, metric).removesuffix(' of')} by {size}, {probability(one.p, 'p')}"
    needed = f"about {one.needed:,.0f}" if math.isfinite(one.needed) else f"over {one.most:,}"
    signed = "+" if one.difference > 0 else "−"
    return f"open: {signed}{size}, {needed} seeds"


def amount(difference: float, metric: Metric) -> str:
    """Return the size of a difference with its unit: shares are told in points of a percentage."""
    return _number(abs(difference), metric) + (" points" if metric.percent else "")


def probability(p: float, name: str = "") -> str:
    """Return a p-value as it is written: ``= 0.004``, ``< 0.001``."""
    return f"{name} < 0.001".strip() if p < 0.001 else f"{name} = {p:.3f}".strip()


def each(seeds: int) -> str:
    """Return "both seeds", or "all 5 seeds"."""
    return "both seeds" if seeds == 2 else f"all {seeds} seeds"


def _side(difference: float, metric: Metric) -> str:
    return "ahead of" if (difference > 0) == metric.higher_is_better else "behind"


def _number(value: float, metric: Metric) -> str:
    """Return a number of points with one decimal, or with one digit that counts; others with three digits."""
    points = 100 * value
    text = f"{value:.3g}" if not metric.percent else f"{points:.1f}" if abs(points) >= 0.05 else f"{points:.1g}"
    return text.replace("-", "−")


def _would(one: Outcome) -> str:
    if math.isfinite(one.needed):
        return f"about {one.needed:,.0f} would do"
    return f"more than {one.most:,} would be needed"
