"""What a parameter changes (SeqGCN, Fig B.2-B.4; REVIVAL, Fig 7a and b)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from alviz.checks import whole
from alviz.errors import InvalidInput
from alviz.figures import Band, band_curves, value_points
from alviz.paper.accuracy_curves import metric_title
from alviz.paper.inputs import Runs, checked_metric, checked_runs
from alviz.paper.seeds import Seeds, by_configuration, mean_band, metric_values
from alviz.paper.settings import Settings, names, text


def hyperparameter_curves(
    runs: Runs,
    parameter: str,
    *,
    metric: str = "accuracy",
    at: int | None = None,
    width: str | float = "column",
) -> Any:
    """Draw a metric by the values of one parameter: a curve per value, or at one number of labels against the values.

    Parameters
    ----------
    runs : sequence of Run
        Of two values or more, in any number of seeds.
    parameter : str
        Of the sampler ("s_margin"), of another part by its kind ("learner.epochs"), or of the run ("budget").
    metric : str
        One that `Run.frame` lists.
    at : int, optional
        How many labels: then the metric stands against the values, a line per configuration otherwise equal.
    width : "column", "text" or float
        3.25 in, 6.75 in, or inches.

    Returns
    -------
    plotly.graph_objects.Figure
        Means over seeds with one standard deviation (n − 1).

    Raises
    ------
    InvalidInput
        If a run has no such parameter, all have one value, or no fit of `at` labels.
    """
    every = checked_runs(runs)
    groups = by_configuration(every)
    key = _key(parameter, groups)
    values = {id(group): group.settings[key] for group in groups}
    if len({text(value) for value in values.values()}) < 2:
        raise InvalidInput(
            f"All runs have {parameter} = {text(groups[0].settings[key])}: give runs with other values too."
        )
    known = checked_metric(every, metric)
    groups = sorted(groups, key=lambda group: _order(values[id(group)]))
    others = _without(groups, key)
    read = metric_values(metric, 100.0 if known.percent else 1.0)
    short = key.rpartition(".")[2]
    if at is None:
        bands = [
            mean_band(group, read, f"{other}, {short} = {text(values[id(group)])}".removeprefix(", "))
            for group, other in zip(groups, others, strict=True)
        ]
        return band_curves(bands, x_title="labels", y_title=metric_title(known), width=width)
    labels = whole("at", at, 0)
    lines: dict[str, list[tuple[str, float, float]]] = {}
    for group, other in zip(groups, others, strict=True):
        band = mean_band(group, read)
        there = [i for i, x in enumerate(band.x) if x == labels]
        if not there:
            fits = ", ".join(f"{x:g}" for x in band.x)
            raise InvalidInput(f"{group.name!r} has no fit of {labels} labels in every seed; there are: {fits}.")
        found = (text(values[id(group)]), float(band.mean[there[0]]), float(band.std[there[0]]))
        lines.setdefault(other, []).append(found)
    bands = [
        Band(name, [value for value, _, _ in line], *(np.array([point[i] for point in line]) for i in (1, 2)))
        for name, line in lines.items()
    ]
    title = f"{metric_title(known)} at {labels:,} labels"
    return value_points(bands, x_title=parameter, y_title=title, width=width)


def _key(parameter: str, groups: Sequence[Seeds]) -> str:
    """Return the name of a parameter among the settings of every group."""
    for key in (f"sampler.{parameter}", parameter):
        if all(key in group.settings for group in groups):
            return key
    lacking = next(group for group in groups if f"sampler.{parameter}" not in group.settings)
    there = ", ".join(key.removeprefix("sampler.") for key in lacking.settings if "@" not in key)
    raise InvalidInput(f"The runs of {lacking.name!r} have no parameter {parameter!r}. They have: {there}.")


def _without(groups: Sequence[Seeds], key: str) -> list[str]:
    """Return for each group the name of all that it is but for one parameter; "" where that is the same for all."""
    rest: list[Settings] = [{k: v for k, v in group.settings.items() if k != key} for group in groups]
    different: list[Settings] = []
    for one in rest:
        if one not in different:
            different.append(one)
    if len(different) == 1:
        return [""] * len(groups)
    found = names(different)
    return [found[different.index(one)] for one in rest]


def _order(value: Any) -> tuple[int, float]:
    """Return what sorts None first, then numbers; all else stays in its order."""
    if value is None:
        return 0, 0.0
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return (1, float(value)) if number else (2, 0.0)
