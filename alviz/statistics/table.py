"""The summary of a comparison, as ``alviz show`` prints it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from alviz.analysis import Outcome, mean_intervals
from alviz.analysis.verdict import brief
from alviz.statistics.curves import Curves

if TYPE_CHECKING:
    import pandas as pd

    from alviz.statistics.statistics import Statistics

RANDOM = "random"
_NOTHING = "–"


def summary(statistics: Statistics) -> pd.DataFrame:
    """Return a row of texts per configuration, best first."""
    import pandas as pd

    areas, curves = statistics.areas(), statistics.ordered
    number = writer(statistics.metric.percent)
    last, unit = int(statistics.range[1]), " (%)" if statistics.metric.percent else ""
    wins = _win_totals(statistics)
    best, randoms = _against_best(statistics), _against_random(statistics)
    rows: list[dict[str, Any]] = []
    for place, (one, area) in enumerate(zip(curves, areas.to_dict("records"), strict=True)):
        row: dict[str, Any] = {"sampler": one.name, "seeds": len(one.seeds)}
        row[f"area{unit}"] = _with_std(area["mean"], area["std"], number)
        interval = f"{number(area['low'])} to {number(area['high'])}"
        row["95 % interval"] = interval if np.isfinite(area["low"]) else _NOTHING
        ends = mean_intervals(np.array([[np.interp(last, one.labels, values)] for values in one.values]))
        row[f"at {last:,} labels{unit}"] = _with_std(ends.mean[0], ends.std[0], number)
        row["wins"] = wins[place]
        row["against the best"] = _words(best.get(one.name), statistics)
        row["against random"] = _words(randoms.get(one.name), statistics)
        rows.append(row)
    frame = pd.DataFrame(rows)
    return frame if randoms else frame.drop(columns="against random")


def writer(percent: bool) -> Callable[[float], str]:
    """Return what writes a value: shares as percentages with one decimal, others with four digits."""
    return lambda value: f"{100 * value:.1f}" if percent else f"{value:.4g}"


def _with_std(mean: float, std: float, number: Callable[[float], str]) -> str:
    if not np.isfinite(mean):
        return _NOTHING
    return f"{number(mean)} ± {number(std)}" if np.isfinite(std) else number(mean)


def _words(outcome: Outcome | None, statistics: Statistics) -> str:
    return _NOTHING if outcome is None else brief(outcome, statistics.metric)


def _win_totals(statistics: Statistics) -> list[str]:
    """Return wins and losses of each over all others and numbers of labels; a dash without common numbers."""
    if not statistics.common or len(statistics.names) < 2:
        return [_NOTHING] * len(statistics.names)
    found = statistics.counted_wins()
    return [f"{won} : {lost}" for won, lost in zip(found.wins.sum(axis=1), found.wins.sum(axis=0), strict=True)]


def _against_best(statistics: Statistics) -> dict[str, Outcome]:
    """Return how each compares with the best: out of all pairs, whose first has the better area."""
    every = statistics.compared()
    return {
        second: _turned(outcome)
        for (first, second), outcome in zip(every.pairs, every.outcomes(), strict=True)
        if first == statistics.names[0]
    }


def _against_random(statistics: Statistics) -> dict[str, Outcome]:
    """Return how each compares with random sampling of the same learner and settings."""
    found: dict[str, Outcome] = {}
    for one in statistics.ordered:
        if one.settings["sampler"] != RANDOM:
            continue
        family = [other for other in statistics.ordered if _common(other) == _common(one)]
        compared = statistics.compared(against=one.name, among=[other.name for other in family])
        found |= {name: outcome for (name, _), outcome in zip(compared.pairs, compared.outcomes(), strict=True)}
    return found


def _common(one: Curves) -> dict[str, Any]:
    """Return the settings that are not the sampler's."""
    return {key: value for key, value in one.settings.items() if key.split(".")[0].split("@")[0] != "sampler"}


def _turned(outcome: Outcome) -> Outcome:
    """Return second against first."""
    return replace(outcome, difference=-outcome.difference, low=-outcome.high, high=-outcome.low)
