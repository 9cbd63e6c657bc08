"""What views of a number against labels share: branches in groups of seeds, one figure, clicks."""

from __future__ import annotations

from abc import abstractmethod
from html import escape
from typing import Any

import ipywidgets as w
import numpy as np

from alviz.figures import Curve, Level, accuracy_curves, cycle_line, here_point
from alviz.scenes.seeds import same_but_seed
from alviz.store import Run
from alviz.store.metrics import from_json
from alviz.views import html
from alviz.views.branch import Branch
from alviz.views.canvas import Canvas
from alviz.views.view import View


class Fits:
    """Labels and metrics of fits, each read once: what is committed does not change."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[int, dict[str, float]]] = {}

    def of(self, run: Run, cycle: int) -> tuple[int, dict[str, float]]:
        """Return how many labels a fit learned from, and its metrics that are one number."""
        key = (run.owner(cycle).uid, cycle)
        if key not in self._known:
            told = run.stage(cycle, "fit")
            self._known[key] = (int(told["labeled"]), from_json(told["metrics"])[0])
        return self._known[key]


class CurvesView(View):
    """A head, and a figure with a line per group of branches that differ only in their seed.

    A click on a point shows that fit.
    """

    # Whether values are shares that are written as percentages.
    percent = True

    _kind = "alviz-curves"

    def _build(self) -> list[w.Widget]:
        self._fits = Fits()
        # How many fits each branch has, as far as was looked; what follows from that.
        self._counts: list[int] = []
        self._runs: list[Run] = []
        self._groups: list[tuple[int, ...]] = []
        self._names: list[str] = []
        self._looked_at: Curve | None = None
        self._drawn: Any = None
        self.head = w.HTML()
        self.sentence = w.HTML()
        self.sentence.add_class("alviz-sentence")
        self.figure = Canvas(accuracy_curves([]), self.controller.reading, self._click)
        names = ["branches", "branch", "fitted", "cycle", "revision"]
        self.controller.state.observe(self._follow, names)
        self._follow()
        return [*self._heads(), self.sentence, self.figure]

    @abstractmethod
    def _value(self, run: Run, cycle: int) -> float:
        """Return what is drawn of a fit; NaN where there is nothing."""

    @abstractmethod
    def _level(self, curves: list[Curve]) -> Level | None:
        """Return what is the same at any number of labels; `curves` are one per branch."""

    @abstractmethod
    def _words(self, seeds: str) -> str:
        """Return the head as HTML; `seeds` says over how many seeds means are, or nothing."""

    @abstractmethod
    def _why_empty(self) -> str:
        """Return a sentence that says why there is no line."""

    def _heads(self) -> list[w.Widget]:
        """Return what stands above the figure."""
        return [self.head]

    # -- following ------------------------------------------------------------------------------

    def _follow(self, change: Any = None) -> None:
        """Draw what changed; traits that change together are told one by one, and drawn at the first."""
        state = self.controller.state
        grown = (change is None or change.name not in ("branch", "cycle")) and self._measure()
        here = state.branch, state.cycle
        if grown or self._drawn is None or self._drawn[0] != state.branch:
            self._draw()
        elif self._drawn != here:
            self._mark()
        self._drawn = here

    def _measure(self) -> bool:
        """Look how far the branches are and group them; return whether anything was added."""
        branches = self.controller.state.branches
        runs = [branch.run for branch in branches]
        counts = [run.fitted for run in runs]
        if (runs, counts) == (self._runs, self._counts):
            return False
        self._runs, self._counts, self._groups = runs, counts, same_but_seed(runs)
        self._names = []
        for group in self._groups:
            stem = branches[group[0]].name()
            name, twin = stem, 2
            while name in self._names:
                name, twin = f"{stem} {twin}", twin + 1
            self._names.append(name)
        return True

    def _click(self, place: Any) -> None:
        branch, cycle = (int(number) for number in place)
        here = branch == self.controller.state.branch
        self.controller.attempt(self.controller.go, cycle, None if here else branch)

    # -- drawing --------------------------------------------------------------------------------

    def _draw(self) -> None:
        state = self.controller.state
        singles = [self._single(place) for place in range(len(self._runs))]
        self.head.value = self._words(self._seeds())
        there = any(np.isfinite(curve.values).any() for curve in singles)
        self.sentence.value = "" if there else html.tag("div", escape(self._why_empty()), kind="alviz-soft")
        self.sentence.layout.display = "none" if there else ""
        self.figure.hide(not there)
        if not there:
            return
        curves = [self._mean(name, group, singles) for name, group in zip(self._names, self._groups, strict=True)]
        shown = self._shown_group()
        own = singles[state.branch] if len(self._groups[shown]) > 1 else None
        self._looked_at = own or curves[shown]
        level = self._level(singles)
        self.figure.draw(accuracy_curves(curves, shown, self._at(), percent=self.percent, level=level, own=own))

    def _mark(self) -> None:
        """Move to another cycle of the same branch: all lines stay."""
        here = here_point(self._looked_at, self._shown_group(), self._at(), percent=self.percent)
        with self.figure.batch_update():
            self.figure.data[-1].update(here.to_plotly_json())
            self.figure.layout.shapes = cycle_line(self._at())

    def _at(self) -> int | None:
        """Return how many labels the shown fit learned from."""
        state = self.controller.state
        fitted = self._counts[state.branch]
        return self._fits.of(self._runs[state.branch], state.cycle)[0] if state.cycle < fitted else None

    def _shown_group(self) -> int:
        return next(i for i, group in enumerate(self._groups) if self.controller.state.branch in group)

    def _single(self, place: int) -> Curve:
        """Return one branch's own line."""
        branches, run = self.controller.state.branches, self._runs[place]
        cycles = range(self._counts[place])
        name = next(name for name, group in zip(self._names, self._groups, strict=True) if place in group)
        return Curve(
            f"{name}, seed {run.seed}",
            np.array([self._fits.of(run, cycle)[0] for cycle in cycles], dtype=np.int64),
            np.array([self._value(run, cycle) for cycle in cycles], dtype=np.float64),
            _shared(branches[place], branches),
            places=np.array([(place, cycle) for cycle in cycles], dtype=np.int64).reshape(len(cycles), 2),
        )

    def _mean(self, name: str, group: tuple[int, ...], singles: list[Curve]) -> Curve:
        """Return a group's line; its points lead to the branch that is shown, if that is among it."""
        shown = self.controller.state.branch
        places: dict[int, tuple[int, int]] = {}
        for place in sorted(group, key=lambda place: place != shown):
            for cycle, labels in enumerate(singles[place].labels.tolist()):
                places.setdefault(labels, (place, cycle))
        drawn = np.array([places[labels] for labels in sorted(places)], dtype=np.int64).reshape(len(places), 2)
        return Curve.mean(name, [singles[place] for place in group], drawn)

    def _seeds(self) -> str:
        """Return over how many seeds means are; nothing where there are none."""
        counts = {len(group) for group in self._groups if len(group) > 1}
        if not counts:
            return ""
        return f"mean ± std, {'–'.join(str(n) for n in sorted({min(counts), max(counts)}))} seeds"


def _shared(branch: Branch, branches: tuple[Branch, ...]) -> int:
    """Return how many leading fits are drawn on the parent's line: none where that is not shown."""
    parent = branch.run.parent
    there = parent is not None and any(other.run.uid == parent.uid for other in branches)
    return branch.shared_fits() if there else 0
