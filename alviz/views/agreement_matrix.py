"""How far each two of the compared samplers are the same: by picks, by what follows from them, by scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import ipywidgets as w
import numpy as np
from numpy.typing import NDArray

from alviz.analysis import jaccard, spearman
from alviz.compare import PseudoLabels
from alviz.errors import AlvizError, InvalidInput, Stopped
from alviz.figures import THEMES, agreement_panel
from alviz.part import Report
from alviz.scenes import Scene
from alviz.selection import Selection
from alviz.views import html
from alviz.views.canvas import Canvas
from alviz.views.comparing import all_answers, answer_key
from alviz.views.state import Answer
from alviz.views.view import View
from alviz.views.worker import LAYOUT, Job

MEASURES = {"picks": "picks, %", "labels": "labels, %", "scores": "scores"}

_HELP = {
    "picks": "Jaccard: the share of picks that two have in common",
    "labels": "Pseudo-labels that agree when either batch is labeled and spread, weighted by certainty",
    "scores": "Spearman: how far two put the candidates in the same order",
}
_CODE = {"picks": ".jaccard", "labels": ".agreement()", "scores": ".spearman"}
_BEGIN = "Add samplers under Compare here: how far each two pick the same is shown as they answer."

Key = tuple[str, str, str]
"""A measure, and the two answers that it is of."""


@dataclass(eq=False)
class _Sheet:
    """What was found for one cycle. A job keeps the sheet that it was begun for: a late one writes on no other."""

    scene: Scene | None = None
    values: dict[Key, float] = field(default_factory=dict)
    spread: PseudoLabels | None = None

    def by_labels(self, a: Selection, b: Selection, report: Report) -> tuple[float, str]:
        """Return how far the pseudo-labels of two batches agree, and why not where that is not known."""
        if self.scene is None:
            return float("nan"), ""
        if self.spread is None:
            self.spread = PseudoLabels(self.scene.run, self.scene.cycle, self.scene.pool)
        why = self.spread.unknown(a) or self.spread.unknown(b)
        return (float("nan"), why) if why else (self.spread.agreement(a, b, report).weighted, "")


class AgreementMatrix(View):
    """A cell for each two samplers; a click tells the two apart on the map.

    Parameters
    ----------
    shown : CycleRunner, Run, View or Explorer
    *more : CycleRunner or Run
        Other branches on the same pool.
    """

    _kind = "alviz-pairs"

    def _build(self) -> list[w.Widget]:
        self._measure = "picks"
        self._sheet = _Sheet()
        self._asked: frozenset[Key] = frozenset()
        self._note = ""
        self._job = f"agreement {id(self):x}"
        self.links = w.ToggleButtons(
            options=[(words, name) for name, words in MEASURES.items()],
            tooltips=list(_HELP.values()),
            style={"button_width": "auto"},
        )
        self.links.add_class("alviz-options")
        self.links.observe(lambda change: self.controller.attempt(self.show, change.new), "value")
        self.title = w.HTML()
        head = w.HBox([self.title, self.links])
        head.add_class("alviz-options-head")
        self.note = w.HTML()
        self.note.add_class("alviz-agreement-note")
        theme = THEMES[self.controller.state.theme]
        self.figure = Canvas(agreement_panel([], np.zeros((0, 0)), theme=theme), self.controller.reading)
        self.figure.add_class("alviz-agreement")
        self.figure.data[0].on_click(self._click)
        self._room = w.VBox([self.figure])
        self._room.add_class("alviz-room")
        self.controller.state.observe(self._draw, ["compared", "frame", "sampler", "pair", "theme"])
        self._drawn: tuple[Any, ...] = ()
        self._draw()
        return [head, self.note, self._room]

    def show(self, measure: str) -> None:
        """Show agreement by "picks" (Jaccard), pseudo-"labels" or "scores" (Spearman)."""
        if measure not in MEASURES:
            raise InvalidInput(f"There is no measure {measure!r}, only {', '.join(map(repr, MEASURES))}.")
        with self.controller.reading():
            self._measure = self.links.value = measure
            self._draw()
            self.controller.state.code = self.controller.comparing.code() + _CODE[measure]

    def table(self) -> tuple[list[str], NDArray[np.float64]]:
        """Return the names (m,) and the values (m, m) that are shown; NaN where there is none yet."""
        with self.controller.reading() as state:
            answers = all_answers(state)
            return [answer.name for answer in answers], self._table(answers)

    # -- drawing --------------------------------------------------------------------------------------

    def _draw(self, _: Any = None) -> None:
        state = self.controller.state
        if state.frame.scene is not self._sheet.scene:
            self._sheet, self._asked, self._note = _Sheet(state.frame.scene), frozenset(), ""
            self.controller.cancel(self._job)
        answers = all_answers(state)
        enough = len(answers) > 1
        self._room.layout.display = self.links.layout.display = "" if enough else "none"
        self.title.value = html.strong("Agreement of" if enough else "Agreement")  # the links go on with the words
        if not enough:
            self.note.value = html.soft(_BEGIN)
            return
        self._find(answers)
        self.note.value = html.soft(self._note) if self._note else ""
        names = [answer.name for answer in answers]
        pair = None
        if state.pair is not None and set(state.pair) <= set(names):
            pair = (names.index(state.pair[0]), names.index(state.pair[1]))
        values = self._table(answers)
        drawn = (names, values.tobytes(), self._measure, pair, state.theme)
        if drawn != self._drawn:  # progress of an answer changes nothing here
            self._drawn = drawn
            self._fill(
                agreement_panel(names, values, percent=self._measure != "scores", pair=pair, theme=THEMES[state.theme])
            )

    def _fill(self, drawing: Any) -> None:
        with self.figure.batch_update():
            for shown, new in zip(self.figure.data, drawing.data, strict=True):
                shown.update(new.to_plotly_json())
            shown, new = self.figure.layout, drawing.layout
            shown.xaxis, shown.yaxis, shown.margin, shown.shapes = new.xaxis, new.yaxis, new.margin, new.shapes

    def _click(self, _: Any, points: Any, __: Any) -> None:
        if points.xs:
            self.controller.attempt(self._choose, round(points.ys[0]), round(points.xs[0]))

    def _choose(self, row: int, column: int) -> None:
        state = self.controller.state
        names = [answer.name for answer in all_answers(state)]
        pair = (names[row], names[column])
        if row == column or (state.pair is not None and set(state.pair) == set(pair)):
            self.controller.pair(None, None)
        else:
            self.controller.pair(*pair)

    # -- values ---------------------------------------------------------------------------------------

    def _table(self, answers: Sequence[Answer]) -> NDArray[np.float64]:
        table = np.full((len(answers), len(answers)), np.nan)
        keys = [answer_key(answer) for answer in answers]
        for i, answer in enumerate(answers):
            if answer.selection is not None:
                table[i, i] = 1
        for i, j in combinations(range(len(keys)), 2):
            first, second = sorted((keys[i], keys[j]))
            table[i, j] = table[j, i] = self._sheet.values.get((self._measure, first, second), np.nan)
        return table

    def _find(self, answers: Sequence[Answer]) -> None:
        """Find what is missing: picks at once, the others in the worker."""
        there = {answer_key(answer): answer.selection for answer in answers if answer.selection is not None}
        pairs = {(self._measure, a, b): (there[a], there[b]) for a, b in combinations(sorted(there), 2)}
        missing = {key: pair for key, pair in pairs.items() if key not in self._sheet.values}
        if self._measure == "picks":
            self._sheet.values |= {key: jaccard(a.ids, b.ids) for key, (a, b) in missing.items()}
            missing = {}
        if frozenset(missing) == self._asked:
            return
        self._asked, self._note = frozenset(missing), ""
        if missing:
            self._compute(self._sheet, self._measure, missing)
        else:
            self.controller.cancel(self._job)

    def _compute(self, sheet: _Sheet, measure: str, missing: dict[Key, tuple[Selection, Selection]]) -> None:
        found: dict[Key, float] = {}
        notes: list[str] = []

        def work(job: Job) -> str:
            try:
                for done, (key, (a, b)) in enumerate(missing.items()):
                    job.report("agreement", done, len(missing))
                    if key in found or key in sheet.values:
                        continue
                    if measure == "labels":
                        value, note = sheet.by_labels(a, b, job.report)
                    else:
                        value, note = spearman(a.scores, b.scores), ""
                    found[key] = value
                    notes.append(note)
            except Stopped:
                raise
            except AlvizError as error:
                return str(error)  # what may be so: no defect that a log has to hold
            return " ".join(note for note in dict.fromkeys(notes) if note)

        def take(note: str | None = None) -> None:
            sheet.values |= found
            if sheet is self._sheet and measure == self._measure:
                self._asked -= frozenset(found)
                self._note = self._note if note is None else note
                self._draw()

        def failed(error: Exception) -> None:
            take(str(error) if isinstance(error, AlvizError) else f"{type(error).__name__}: {error}")

        self.controller.submit(self._job, LAYOUT, work, take, failed, lambda _: take())
