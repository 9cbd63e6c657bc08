"""Accuracy against labels: the curve of every paper, as means and deviations over seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alviz.errors import InvalidInput
from alviz.figures import band_curves
from alviz.paper.inputs import checked_metric
from alviz.paper.seeds import NamedRuns, by_configuration, count_of_seeds, mean_band, metric_values
from alviz.task import Metric


def accuracy_curves(
    runs: NamedRuns,
    *,
    metric: str = "accuracy",
    ceiling: float | Mapping[str, float] | None = None,
    width: str | float = "column",
) -> Any:
    """Draw a metric against the labels learned from; runs that differ in their seed alone become one line.

    Parameters
    ----------
    runs : Run, sequence of Run, or mapping of str to either
        With a mapping its keys are the legend; else samplers, with what differs where that is not enough.
    metric : str
        One that `Run.frame` lists.
    ceiling : float or mapping of str to float, optional
        What the learner reaches with all labels, as it is recorded (accuracy as a share, 0..1): a dashed line.
    width : "column", "text" or float
        3.25 in, 6.75 in, or inches.

    Returns
    -------
    plotly.graph_objects.Figure
        Lines of means, in bands of one standard deviation (n − 1) where there are two seeds or more; drawn where
        every seed has a fit.

    Raises
    ------
    InvalidInput
        For runs on different pools, the same seed twice in one line, or a metric that is not recorded.
    """
    groups = by_configuration(runs)
    known = checked_metric([run for group in groups for run in group.runs], metric)
    factor = 100.0 if known.percent else 1.0
    levels = _levels(ceiling, known, factor)
    bands = [mean_band(group, metric_values(metric, factor)) for group in groups]
    bands = count_of_seeds(bands, groups)
    return band_curves(bands, x_title="labels", y_title=metric_title(known), levels=levels, width=width)


def metric_title(metric: Metric) -> str:
    """Return what stands beside the axis."""
    return metric.title + (" (%)" if metric.percent else "")


def _levels(ceiling: float | Mapping[str, float] | None, metric: Metric, factor: float) -> dict[str, float]:
    if ceiling is None:
        return {}
    given = dict(ceiling) if isinstance(ceiling, Mapping) else {"all labels": ceiling}
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or (metric.percent and not 0 <= value <= 1):
            raise InvalidInput(
                f"The ceiling {name!r} is {value!r}, expected {metric.name} as it is recorded"
                + (", a share from 0 to 1." if metric.percent else ", a number.")
            )
    return {str(name): factor * float(value) for name, value in given.items()}
