"""The curves: whether it was worth it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets as w

from alviz.errors import InvalidInput
from alviz.figures import Curve, Level
from alviz.figures.curves import written
from alviz.runner import CycleRunner
from alviz.scenes.seeds import with_all_labels
from alviz.store import Run
from alviz.sweep import Sweep
from alviz.task import ACCURACY, Classification, Metric, headline, metric
from alviz.views import html
from alviz.views.controller import Controller
from alviz.views.curves_view import CurvesView
from alviz.views.view import View


class AccuracyCurves(CurvesView):
    """A metric against labels: every branch, runs that differ only in their seed as one band.

    Parameters
    ----------
    shown : CycleRunner, Run, Sweep, View or Explorer
    *more : CycleRunner, Run or Sweep
        Other branches on the same pool.
    metric : str
        One of those that the fits record, such as ``"balanced_accuracy"``; by default the test accuracy, or the
        cross-validated one where there is no test split.
    ceiling : float, or mapping of str to float, optional
        What training on all labels reaches, of `metric` or by metric, in the unit of the records (shares 0..1).
        By default what the shown branches reached with the whole pool labeled, if one of them was.

    Examples
    --------
    >>> alviz.views.AccuracyCurves(seed0, seed1, seed2, ceiling=0.97)  # doctest: +SKIP
    """

    def __init__(
        self,
        shown: CycleRunner | Run | Sweep | View | Controller,
        *more: CycleRunner | Run | Sweep,
        metric: str | None = None,
        ceiling: float | Mapping[str, float] | None = None,
    ) -> None:
        self._asked = metric
        given = {} if ceiling is None else ceiling if isinstance(ceiling, Mapping) else {metric or ACCURACY: ceiling}
        self._ceilings = {name: float(value) for name, value in given.items()}
        self._following = False
        super().__init__(shown, *more)

    @property
    def metric(self) -> str:
        """The metric that is shown."""
        return self._asked or headline(metric.name for metric in self._metrics())

    @metric.setter
    def metric(self, name: str) -> None:
        there = [metric.name for metric in self._metrics()]
        if name not in there:
            raise InvalidInput(f"No fit records a metric {name!r}. There are: {', '.join(there) or 'none'}.")
        with self.controller.reading() as state:
            self._asked = name
            state.code = f"alviz.views.AccuracyCurves(explorer, metric={name!r})"
            self._draw()

    def _heads(self) -> list[w.Widget]:
        head = w.HBox([self.chooser, self.head])
        head.add_class("alviz-head")
        return [head]

    def _build(self) -> list[w.Widget]:
        self.chooser = w.Dropdown(tooltip="Metric")
        self.chooser.add_class("alviz-metric")
        self.chooser.observe(self._choose, "value")
        return super()._build()

    def _choose(self, change: Any) -> None:
        if not self._following and change.new is not None:
            self.controller.attempt(setattr, self, "metric", change.new)

    def _metrics(self) -> list[Metric]:
        """Return the metrics that any fit records as one number: the task's own first, in its order."""
        recorded: dict[str, None] = {}
        for run, count in zip(self._runs, self._counts, strict=True):
            for cycle in range(count):
                recorded.update(dict.fromkeys(self._fits.of(run, cycle)[1]))
        known = [metric.name for metric in Classification.metrics]
        own = sorted(recorded.keys() - set(known))
        return [metric(name) for name in (*known, *own) if name in recorded]

    def _draw(self) -> None:
        metrics = self._metrics()
        self._name = self.metric
        shown = self._shown = metric(self._name)
        self.percent = shown.percent
        self._following = True
        try:
            options = [(_capital(metric.title), metric.name) for metric in metrics]
            if list(self.chooser.options) != options:
                self.chooser.options = options
            if self._name in [name for _, name in options]:
                self.chooser.value = self._name
        finally:
            self._following = False
        self.chooser.layout.display = "" if len(metrics) > 1 and shown in metrics else "none"
        super()._draw()

    def _value(self, run: Run, cycle: int) -> float:
        return self._fits.of(run, cycle)[1].get(self._name, float("nan"))

    def _level(self, curves: list[Curve]) -> Level | None:
        value = self._ceilings.get(self._name, with_all_labels(curves, self.run.size))
        return None if value is None else Level(f"all labels {written(value, self.percent)}", value)

    def _words(self, seeds: str) -> str:
        title = "" if self.chooser.layout.display == "" else html.strong(_capital(self._shown.title)) + " "
        if not self._metrics():
            return title
        words = [seeds or "against labels"]
        if not self._shown.higher_is_better:
            words.append("lower is better")
        return title + html.soft(" · ".join(words))

    def _why_empty(self) -> str:
        if not any(self._counts):
            return "Nothing is fitted yet."
        if not self._metrics():
            return "This pool has no test split: pool.split() sets one aside for a new run."
        return f"No fit records {self._name}."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
