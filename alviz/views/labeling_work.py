"""One person at work: what is at hand, what is said of it, what comes next. Knows no page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.book import Tally
from alviz.errors import AlvizError, InvalidInput
from alviz.labeling.review import Review, review
from alviz.labeling.session import Asked, Session
from alviz.scenes import Scene
from alviz.store import Run
from alviz.views import labeling_words as words
from alviz.views.controller import Controller
from alviz.views.labeling_desk import Desk
from alviz.views.labeling_loop import Hint, Loop
from alviz.views.labeling_neighbors import Near, Neighborhood
from alviz.views.labeling_pictures import Examples
from alviz.views.worker import GLANCE

# Of the labels the most suspicious tenth is reviewed, and so many at least.
_LEAST_REVIEWED = 20
# Nearest labeled examples that are shown.
_NEAREST = 8
# Sources of what a sampler asks for: from these it goes on to new picks by itself.
_SAMPLER_ASKS = ("picks", "next")


class Work:
    """A session on the branch that is shown, and the desk that it is done at.

    Everything is called under the controller's lock. Answers are the session's: they are on the disk before
    anything here changes, and an error of its leaves everything as it was.

    Parameters
    ----------
    controller : Controller
    who : str or None
    auto : bool
        Whether a finished batch is learned from at once.
    hint : callable
        ``hint(run)``: a line on whether more labels still change anything.
    changed : callable
        Called when something changed that nobody who works here did.

    Attributes
    ----------
    session : Session
    asked : Asked
    desk : Desk
    loop : Loop
    hint : Hint
    examples : Examples
    scene : Scene or None
        The fit that is shown.
    curve : dict or None
        How good the fits are.
    predicted : bool
        Whether predictions are shown.
    doubts : dict of int to str
        What speaks against the labels that are reviewed.
    message : str
        What is said beside, until the next answer.
    """

    def __init__(
        self,
        controller: Controller,
        who: str | None,
        auto: bool,
        hint: Callable[[Run], str],
        changed: Callable[[], None],
    ) -> None:
        self._controller = controller
        self._who = who
        self._changed = changed
        self.desk = Desk()
        self.hint = Hint(controller, hint, changed)
        self.predicted = False
        self.doubts: dict[int, str] = {}
        self.begin(auto)

    def begin(self, auto: bool) -> None:
        """Begin on the branch that is shown."""
        branch = self._controller.branch
        self.session = Session(branch.runner or branch.run, self._who)
        self.loop = Loop(self._controller, self.session, self._ask_further, self._changed, auto)
        self.scene: Scene | None = None
        self._around: Neighborhood | None = None
        self.curve = words.curve(branch.run)
        try:
            self.examples = Examples(branch.run.pool)
        except AlvizError:  # recorded without a recipe, opened without its pool: there are only ids
            self.examples = Examples(None)
        self._picks_cycle = self._open_cycle()
        self.put(self.session.ask_picks())
        self.message = " ".join(self.session.notices)
        self.follow()

    # -- what is asked ----------------------------------------------------------------------------------

    def put(self, asked: Asked) -> None:
        """Put down what is asked."""
        self.asked = asked
        self.message = ""
        self.desk.put(asked.ids.tolist(), self.tally, self.session.run.initial)

    def ask_picks(self) -> None:
        """Put down what the sampler picked."""
        self._picks_cycle = self._open_cycle()
        self.put(self.session.ask_picks())
        self.consider()

    def ask_lasso(self) -> None:
        """Put down what is drawn around on the map."""
        lasso = self._controller.state.lasso
        if lasso is None or not len(lasso.ids):
            raise InvalidInput("Nothing is drawn around on the map: press lasso there, and draw.")
        self.put(self.session.ask(lasso.ids, "lasso"))

    def ask_set_aside(self) -> None:
        """Put down what was skipped or could not be told."""
        ids = np.array(sorted(self.tally.set_aside), dtype=np.int64)
        if not len(ids):
            raise InvalidInput("Nothing is set aside.")
        self.session.ask_again(ids.tolist())
        self.put(self.session.ask(ids, "set aside"))

    def ask_review(self) -> None:
        """Look for labels that may be wrong, in the background, and put down the most suspicious."""
        run, runner = self.session.run, self.session.runner
        learner = None if runner is None else runner.learner

        def put(found: Review) -> None:
            first = max(_LEAST_REVIEWED, -(-len(found) // 10))
            names = self.tally.classes
            self.doubts = {int(id): words.doubt(found, place, names) for place, id in enumerate(found.ids[:first])}
            self.put(self.session.ask(found.ids[:first], "review"))
            self.desk.place = 0
            self._changed()

        self.message = "Looking at the labels."
        self._controller.submit("review", GLANCE, lambda job: review(run, learner=learner, report=job.report), put)

    def _ask_further(self, ids: NDArray[np.int64]) -> None:
        """Put down next-wanted examples while a fit runs, unless the person is at something else."""
        tally = self.tally
        there = [id for id in ids.tolist() if tally.last.get(id) is None]
        if there and self.asked.source == "picks":
            self.put(self.session.ask(np.array(there, dtype=np.int64), "next"))
            self._changed()

    # -- answers ----------------------------------------------------------------------------------------

    def at_hand(self) -> int:
        """Return the example at hand."""
        if self.desk.id is None:
            raise InvalidInput("Nothing is asked: labeler.ask(ids) asks for the labels of any examples.")
        return self.desk.id

    def give(self, id: int, label: int | str, note: str = "") -> None:
        """Label an example and go on."""
        self.session.answer(id, label, note)
        self._said(id)

    def set_aside(self, id: int, how: Callable[[int], Any]) -> None:
        """Leave an example unlabeled, by the session's `skip` or `cannot_tell`, and go on."""
        how(id)
        self._said(id)

    def take_back(self) -> int | None:
        """Take the last answer back, and its example to hand; return its id, None if there is nothing."""
        id = self.session.undo()
        self.message = "" if id is not None else "There is nothing to take back."
        if id is not None:
            self.desk.go(self.desk.look_at(self.tally, id))
        return id

    def go(self, place: int) -> None:
        """Take the example at a place to hand."""
        self.desk.go(place)
        self.message = ""

    def visit(self, id: int) -> None:
        """Take any example to hand."""
        self.desk.go(self.desk.look_at(self.tally, id))
        self.message = ""

    def _said(self, id: int) -> None:
        """Go on after something was said of an example."""
        desk = self.desk
        self.message = ""
        place = desk.look_at(self.tally, id)
        if self.asked.source in _SAMPLER_ASKS and self._new_picks():
            self.ask_picks()  # they came while this example was at hand
            return
        following = desk.next_open(place if place < desk.count else -1)
        if self.asked.source == "review":  # all have a label: who goes through them goes on to the next
            following = place + 1 if place + 1 < desk.count else None
        desk.place = place if following is None else following
        self.consider()

    # -- the loop ---------------------------------------------------------------------------------------

    def consider(self) -> None:
        """Learn if a batch is finished; what goes wrong there is shown, and no answer is lost by it."""
        desk = self.desk
        left = int((desk.codes[: desk.count] < 0).sum()) if self.asked.source == "picks" else desk.count
        try:
            self.loop.consider(left, desk.count)
        except AlvizError as error:
            self._controller.show_error(error)

    def follow(self) -> None:
        """Take notice of a new fit, of new picks, of another cycle on the map."""
        scene = self._controller.state.frame.scene
        if scene is not self.scene:
            self.scene = scene
            self._around = None if scene is None else Neighborhood(scene)
            self.curve = words.curve(self.session.run)
            self.hint.ask()
        waiting = self.desk.next_open(-1) is None and self.asked.source in _SAMPLER_ASKS
        exhausted = self._open_cycle() is None and self._picks_cycle is not None and not self.loop.learning
        if waiting and (self._new_picks() or exhausted):
            self.ask_picks()

    def _open_cycle(self) -> int | None:
        """Return the cycle whose picks are to be labeled; None while there are none."""
        run = self._controller.branch.run
        return run.closed if run.picked > run.closed else None

    def _new_picks(self) -> bool:
        """Whether there are picks that were not asked yet."""
        return self._open_cycle() not in (None, self._picks_cycle)

    # -- what there is to tell --------------------------------------------------------------------------

    @property
    def tally(self) -> Tally:
        """The label book as it stands."""
        return self.session.tally

    def nearest(self, id: int) -> Near | None:
        """Return the labeled examples that are nearest to one; None without features."""
        return None if self._around is None else self._around.nearest(id, self.desk.labeled(self.tally), _NEAREST)

    def note(self) -> dict[str, Any] | None:
        """Return the note on the example at hand; None without one."""
        id = self.desk.id
        text = "" if id is None else self.tally.note(id)
        return {"id": id, "text": text} if text else None

    def offers(self) -> list[dict[str, str]]:
        """Return what else may be labeled."""
        lasso, new = self._controller.state.lasso, self._new_picks()
        drawn = 0 if lasso is None else len(lasso.ids)
        labels = 0 if self.scene is None else len(self.scene.labels)
        return words.offers(self.asked, drawn, self._picks_left(new), new, len(self.tally.set_aside), labels)

    def doubted(self) -> list[str] | None:
        """Return what speaks against the label of each example on the desk; None where none is reviewed."""
        return [self.doubts.get(id, "") for id in self.desk.ids] if self.asked.source == "review" else None

    def _picks_left(self, new: bool) -> int:
        """Return how many picks there are to go to, while something else is asked."""
        cycle = self._open_cycle()
        if cycle is None or (self.asked.source == "picks" and not new):
            return 0
        selection = self.session.run.selection(cycle)
        return 0 if selection is None else sum(not self.session.is_done(id) for id in selection.ids.tolist())

    def predictions(self) -> dict[str, Any] | None:
        """Return what the learner takes each example on the desk for; None while that is hidden."""
        if not self.predicted:
            return None
        if self.scene is None or self.scene.probs is None or not self.desk.ids:
            return {"labels": [], "shares": []}
        rows = np.asarray(self.scene.probs[np.array(self.desk.ids, dtype=np.int64)], dtype=np.float32)
        return {
            "labels": rows.argmax(axis=1).tolist(),
            "shares": [round(float(share), 2) for share in rows.max(axis=1)],
        }
