"""Adjacency accuracy: whether the features of a class come to lie together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import ipywidgets as w

from alviz.adjacency import adjacency, known_adjacency
from alviz.analysis import Adjacency
from alviz.checks import whole
from alviz.errors import AlvizError, InvalidInput, Stopped
from alviz.figures import Curve, Level
from alviz.runner import CycleRunner
from alviz.store import Run
from alviz.sweep import Sweep
from alviz.views import html
from alviz.views.controller import Controller
from alviz.views.curves_view import CurvesView
from alviz.views.view import View
from alviz.views.worker import FEED, Job

Fit = tuple[str, int]


class AdjacencyCurves(CurvesView):
    """How often nearest neighbors are of one class, against labels: every fit of every branch.

    Computed when nothing else is, one fit after the other, the shown branch first; kept beside the maps.

    Parameters
    ----------
    shown : CycleRunner, Run, Sweep, View or Explorer
    *more : CycleRunner, Run or Sweep
        Other branches on the same pool.
    k : int
        Neighbors per example, by cosine over the whole pool; fewer where the pool has no more.
    """

    percent = False

    def __init__(
        self, shown: CycleRunner | Run | Sweep | View | Controller, *more: CycleRunner | Run | Sweep, k: int = 20
    ) -> None:
        self._k = whole("k", k, 1)
        self._found: dict[Fit, Adjacency] = {}
        self._failed: dict[Fit, str] = {}
        self._asked: Fit | None = None
        self._idle = threading.Event()
        self._stopped = False
        super().__init__(shown, *more)

    def _build(self) -> list[w.Widget]:
        self._k = max(min(self._k, self.run.size - 1), 1)
        return super()._build()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until every fit is searched; return whether that came in time."""
        return self._idle.wait(timeout)

    def _follow(self, change: Any = None) -> None:
        stopped, self._stopped = self._stopped, False
        super()._follow(change)
        if stopped:
            self._draw()
        self._search()

    # -- searching ------------------------------------------------------------------------------

    def _fits_to_show(self) -> Iterator[tuple[Fit, Run, int]]:
        """Yield every fit once, the shown branch's first."""
        seen = set()
        for place in (self.controller.state.branch, *range(len(self._runs))):
            run = self._runs[place]
            for cycle in range(self._counts[place]):
                fit = run.owner(cycle).uid, cycle
                if fit not in seen:
                    seen.add(fit)
                    yield fit, run, cycle

    def _search(self) -> None:
        """Have the next fit searched that is not yet."""
        if self._asked is not None:
            return
        for fit, run, cycle in self._fits_to_show():
            if fit not in self._found and fit not in self._failed:
                self._ask(fit, run, cycle)
                return
        self._idle.set()

    def _ask(self, fit: Fit, run: Run, cycle: int) -> None:
        def work(job: Job) -> Adjacency:
            if not (run.pool.y >= 0).any():
                raise InvalidInput("No true class of this pool is known: whether neighbors are of one class is not.")
            return adjacency(run, cycle, self._k, report=job.report)

        def done(found: Adjacency) -> None:
            self._found[fit] = found
            go_on()

        def failed(error: Exception) -> None:
            if isinstance(error, Stopped):  # by a person: it goes on when something else is looked at
                self._asked, self._stopped = None, True
                self._draw()
                self._idle.set()
                return
            self._failed[fit] = str(error) if isinstance(error, AlvizError) else f"{type(error).__name__}: {error}"
            go_on()

        def go_on() -> None:
            self._asked = None
            self._draw()
            self._search()

        self._asked = fit
        self._idle.clear()
        self.controller.submit(f"adjacency {id(self)}", FEED, work, done, failed, lambda _: None)

    # -- drawing --------------------------------------------------------------------------------

    def _value(self, run: Run, cycle: int) -> float:
        fit = run.owner(cycle).uid, cycle
        if fit in self._failed:
            return float("nan")
        if fit not in self._found:
            known = known_adjacency(run, cycle, self._k)
            if known is None:
                return float("nan")
            self._found[fit] = known
        return self._found[fit].plain

    def _level(self, curves: list[Curve]) -> Level | None:
        chance = self._chance()
        return None if chance is None else Level(f"chance {chance:.2f}", chance, always=False)

    def _chance(self) -> float | None:
        return next((found.chance for found in self._found.values()), None)

    def _words(self, seeds: str) -> str:
        chance = self._chance()
        words = f"k = {self._k}" + ("" if chance is None else f", chance {chance:.2f}")
        fits = [fit for fit, _, _ in self._fits_to_show()]
        missing = sum(fit not in self._found and fit not in self._failed for fit in fits)
        if self._found and missing:
            words += f" · {len(fits) - missing} of {len(fits)}"
        if seeds and self._found and not missing:
            words += f" · {seeds}"
        return html.strong("Adjacency accuracy") + " " + html.soft(words)

    def _why_empty(self) -> str:
        fits = [fit for fit, _, _ in self._fits_to_show()]
        if not fits:
            return "Nothing is fitted yet."
        if any(fit not in self._failed for fit in fits):
            return "Stopped." if self._stopped else "The nearest neighbors are being searched."
        return self._failed[fits[0]]
