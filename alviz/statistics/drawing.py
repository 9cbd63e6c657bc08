"""The figures of `Statistics`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from alviz.analysis import mean_intervals
from alviz.errors import UnknownName
from alviz.figures import Band, DotRow, band_curves, dot_rows, win_matrix
from alviz.paper.accuracy_curves import metric_title
from alviz.statistics.table import writer

if TYPE_CHECKING:
    from alviz.statistics.statistics import Statistics

_NOTE = "mark: mean; bar: its 95 % interval; dots: seeds"
_BANDS = {"interval": "95 % interval of the mean", "std": "one standard deviation"}


def curves(statistics: Statistics, band: str, width: str | float) -> Any:
    """Draw means against labels, best area first."""
    if band not in _BANDS:
        raise UnknownName("band", band, _BANDS)
    factor = _factor(statistics)
    bands = []
    for one in statistics.ordered:
        found = mean_intervals(factor * one.values)
        half = found.std if band == "std" else found.high - found.mean
        bands.append(Band(one.name, one.labels.tolist(), found.mean, half))
    several = any(np.isfinite(one.std).any() for one in bands)
    note = f"bands: {_BANDS[band]}" if several else ""
    return band_curves(bands, x_title="labels", y_title=metric_title(statistics.metric), note=note, width=width)


def areas(statistics: Statistics, width: str | float) -> Any:
    """Draw areas under the budget curve with their intervals, best first."""
    factor, number = _factor(statistics), writer(statistics.metric.percent)
    rows = []
    for style, (name, found) in enumerate(zip(statistics.names, statistics.own_areas, strict=True)):
        mean = mean_intervals(found[:, None])
        middle, low, high = (factor * float(end[0]) for end in (mean.mean, mean.low, mean.high))
        text = number(float(mean.mean[0]))
        if np.isfinite(mean.std[0]):
            text += f" ± {number(float(mean.std[0]))}"
        rows.append(DotRow(name, middle, low, high, factor * found, text, style))
    first, last = statistics.range
    title = f"{metric_title(statistics.metric)}, mean over {first:,.0f} to {last:,.0f} labels"
    return dot_rows(rows, x_title=title, note=_NOTE, width=width)


def labels(statistics: Statistics, target: float, width: str | float) -> Any:
    """Draw the labels that it took to reach a value, fewest first; what not every seed reached has no mean."""
    frame, found = statistics.labels_to(target), statistics.reached(target)
    places = {name: style for style, name in enumerate(statistics.names)}
    rows = []
    for row in frame.to_dict("records"):
        style = places[row["name"]]
        there = row["reached"] == row["seeds"]
        text = f"{row['mean']:,.0f}" if there else f"{row['reached']} of {row['seeds']}"
        ends = row["mean"], row["low"], row["high"]
        rows.append(DotRow(row["name"], *ends, found[style], text, style, open=not there))
    goal = f"{100 * target:g} %" if statistics.metric.percent else f"{target:g}"
    last = max(one.labels[-1] for one in statistics.ordered)
    title = f"labels to {goal} {statistics.metric.title.removeprefix('test ')}"
    note = f"{_NOTE}; arrow: not all" if any(row.open for row in rows) else _NOTE
    return dot_rows(rows, x_title=title, note=note, end=float(last), width=width)


def wins(statistics: Statistics, chosen: Sequence[int] | None, width: str | float) -> Any:
    """Draw who beats whom at which share of the numbers of labels."""
    found = statistics.counted_wins(chosen)
    return win_matrix(statistics.names, found.penalties, found.averages, budgets=found.budgets, width=width)


def _factor(statistics: Statistics) -> float:
    return 100.0 if statistics.metric.percent else 1.0
