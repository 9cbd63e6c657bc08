"""The labeling view: a person is the oracle, with the map beside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as w
import numpy as np
from numpy.typing import ArrayLike

from alviz.labeling.session import Session
from alviz.maps.base import BASE_SIZE
from alviz.store import Run
from alviz.views import labeling_words as words
from alviz.views.labeling_dialogue import Dialogue
from alviz.views.labeling_map import LabelingMap
from alviz.views.labeling_page import LabelingWidget
from alviz.views.labeling_watch import watch
from alviz.views.labeling_work import Work
from alviz.views.phases import PhaseLine
from alviz.views.view import View

# Ids that are written out in a line of Python.
_MOST_WRITTEN = 8


class Labeler(View):
    """Lets a person label what a sampler picked, or any other examples, by keys, mouse or touch.

    Every answer is on disk, in the run's label book, before the next picture is shown. When all picks are answered
    or set aside the runner learns from them in the background; the next-wanted examples are asked meanwhile, and
    the new picks when they are there. Whatever the page does is a method here too, for notebooks without a browser.

    Parameters
    ----------
    shown : CycleRunner, Run, View or Explorer
        A runner learns from the labels; of a run they go to the book only, for the kernel that runs it.
    who : str, optional
        Who answers; the system's user name by default.
    learn_when_done : bool
        Whether a finished batch is learned from at once.
    hint : callable
        ``hint(run)`` returns a line on whether more labels still change anything, empty for none.
    base : int or None
        Of runs of its own: how many examples the map shows beside all that were labeled or picked; None shows all.

    Examples
    --------
    >>> labeler = alviz.Labeler(runner, who="ann")  # doctest: +SKIP
    >>> labeler.answer("cat")  # doctest: +SKIP
    >>> labeler.undo()  # doctest: +SKIP
    """

    _kind = "alviz-labeler"

    def __init__(
        self,
        shown: Any,
        *,
        who: str | None = None,
        learn_when_done: bool = True,
        hint: Callable[[Run], str] = words.hint,
        base: int | None = BASE_SIZE,
    ) -> None:
        self._begin = lambda controller: Work(controller, who, bool(learn_when_done), hint, self._tell)
        self._dialogue: Dialogue | None = None
        super().__init__(shown, base=base)

    def _build(self) -> list[w.Widget]:
        controller = self.controller
        self.map = LabelingMap(controller)
        self.page = LabelingWidget()
        self._work = work = self._begin(controller)
        self._dialogue = Dialogue(controller, work, self.map, self.page)
        self.map.neighbors = work.nearest
        controller.show_edges(True)
        self._dialogue.show_at_hand()
        state = controller.state
        state.code = "labeler = alviz.Labeler(runner)"
        state.observe(self._choose_branch, "branch")
        state.observe(self._choose_example, "selected")
        state.observe(self._follow, ["frame", "fitted", "revision"])
        state.observe(lambda _: self._tell(), "lasso")
        watch(_book_path, _book_changed, self)
        return [self.page, PhaseLine(controller).widget, self.map]

    # -- what a person does --------------------------------------------------------------------------

    def answer(self, label: int | str, note: str = "") -> None:
        """Say the class of the example at hand, by its number or its name, and go on."""
        self._do(f"answer({label!r})", lambda work: work.give(work.at_hand(), label, note))

    def skip(self) -> None:
        """Set the example at hand aside, and go on: it is not asked again unless wished."""
        self._do("skip()", lambda work: work.set_aside(work.at_hand(), work.session.skip))

    def cannot_tell(self) -> None:
        """Say that the example at hand cannot be told, and go on: it is not asked again unless wished."""
        self._do("cannot_tell()", lambda work: work.set_aside(work.at_hand(), work.session.cannot_tell))

    def undo(self) -> int | None:
        """Take the last answer back, go to its example, and return its id; None if there is nothing to take back."""
        return self._do("undo()", lambda work: work.take_back())

    def go(self, place: int) -> None:
        """Take the example at a place of what is asked to hand, counted from 0; its label may be given again."""
        self._do(f"go({place})", lambda work: work.go(place))

    def visit(self, id: int) -> None:
        """Take any example to hand, asked or not; its label may be given, or given again."""

        def visit(work: Work) -> None:
            self.controller.select(id)  # or say what is wrong with it
            work.visit(id)

        self._do(f"visit({id})", visit)

    def ask(self, ids: ArrayLike, source: str = "lasso") -> None:
        """Ask for the labels of any examples, in the order in which they are given.

        Parameters
        ----------
        ids : array of int
            Pool rows, none twice.
        source : str
            Why these: ``"lasso"``, ``"review"`` or ``"next"``.
        """
        rows = np.asarray(ids)
        written = rows.tolist() if rows.size <= _MOST_WRITTEN else "ids"
        self._do(f"ask({written})", lambda work: work.put(work.session.ask(rows, source)))

    def ask_picks(self) -> None:
        """Ask for the labels of what the sampler picked."""
        self._do("ask_picks()", lambda work: work.ask_picks())

    def ask_lasso(self) -> None:
        """Ask for the labels of what was last drawn around on the map."""
        self._do("ask_lasso()", lambda work: work.ask_lasso())

    def ask_set_aside(self) -> None:
        """Ask again for everything that was skipped or could not be told."""
        self._do("ask_set_aside()", lambda work: work.ask_set_aside())

    def ask_review(self) -> None:
        """Ask for the labels that look wrong, the most suspicious first; they are looked for in the background."""
        self._do("ask_review()", lambda work: work.ask_review())

    def new_class(self, name: str) -> int:
        """Add a class and return its number; the next fit knows it."""
        return self._do(f"new_class({name!r})", lambda work: work.session.add_class(name))

    def rename_class(self, number: int, name: str) -> None:
        """Give a class another name; what is labeled so stays so."""
        self._do(f"rename_class({number}, {name!r})", lambda work: work.session.rename_class(number, name))

    def note(self, text: str) -> None:
        """Write something down about the example at hand; it stays as open as it is."""
        self._do(f"note({text!r})", lambda work: work.session.note(work.at_hand(), text))

    def learn(self) -> None:
        """Learn from what was answered and pick again, in the background; returns at once (see `wait`)."""
        self._do("learn()", lambda work: work.loop.learn())

    def show_predicted(self, shown: bool = True) -> None:
        """Show what the learner takes examples for, or hide it: it biases."""

        def show(work: Work) -> None:
            work.predicted = self.map.telling = bool(shown)

        self._do(f"show_predicted({shown})", show)

    @property
    def learn_when_done(self) -> bool:
        """Whether a finished batch is learned from at once."""
        return self._work.loop.auto

    @learn_when_done.setter
    def learn_when_done(self, wanted: bool) -> None:
        with self.controller.reading():
            self._work.loop.auto = bool(wanted)
            self._work.consider()
            self._tell()

    @property
    def session(self) -> Session:
        """What holds the answers."""
        return self._work.session

    @property
    def id(self) -> int | None:
        """The pool row of the example at hand; None where nothing is asked."""
        return self._work.desk.id

    def stop(self) -> None:
        """Ask what runs to end; all answers and finished steps are kept."""
        self.controller.stop()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is computed; return whether that came in time."""
        return self.controller.wait(timeout)

    def debug(self) -> dict[str, Any]:
        """Return what is shown, as plain values: for tests and for reports of a problem."""
        with self.controller.reading() as state:
            work, desk = self._work, self._work.desk
            return {
                "source": work.asked.source,
                "cycle": work.asked.cycle,
                "ids": desk.ids[: desk.count],
                "codes": desk.codes[: desk.count].tolist(),
                "place": desk.place,
                "id": desk.id,
                "keys": words.classes(work.tally)["keys"],
                "offers": [offer["words"] for offer in work.offers()],
                "learning": work.loop.learning,
                "predicted": work.predicted,
                "hint": work.hint.words,
                "message": work.message,
                "selected": state.selected,
                "error": state.error,
                "working": self.controller.working,
                "code": state.code,
            }

    def _do(self, code: str, action: Callable[[Work], Any]) -> Any:
        """Do what a person asks for in Python, show it, and return what came of it."""
        with self.controller.reading() as state:
            result = action(self._work)
            if self._dialogue is not None:
                self._dialogue.show_at_hand()
            state.code = f"labeler.{code}"
            self._tell()
            return result

    # -- following -----------------------------------------------------------------------------------

    def _tell(self) -> None:
        if self._dialogue is not None:
            self._dialogue.tell()

    def _choose_branch(self, _: Any) -> None:
        self._work.begin(self._work.loop.auto)
        self._tell()

    def _choose_example(self, change: Any) -> None:
        """Take to hand what was chosen elsewhere, such as on the map."""
        if change.new is not None and change.new != self._work.desk.id:
            self._work.visit(change.new)
            self.controller.state.code = f"labeler.visit({change.new})"
            self._tell()

    def _follow(self, _: Any) -> None:
        self._work.follow()
        if self._dialogue is not None:
            self._dialogue.show_at_hand()
        self._tell()


def _book_path(labeler: Labeler) -> Path:
    return labeler.session.run.book.path


def _book_changed(labeler: Labeler) -> None:
    """Show what somebody else has written into the book."""
    with labeler.controller.reading():
        labeler._work.desk.refresh(labeler._work.tally)
        labeler._tell()
