"""The loop around who labels: learn from a finished batch in the background, with more to label meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.views.controller import Controller
from alviz.views.worker import ACT, GLANCE, PREVIEW, Job

if TYPE_CHECKING:
    from alviz.labeling.session import Session

# At least so many next-wanted examples are looked for, to be labeled while a fit runs.
_LEAST_FURTHER = 50

_NO_RUNNER = (
    "This run was opened to look at: labels go to its book, and the kernel that runs it learns from them. "
    "alviz.CycleRunner.resume(path) runs it here."
)


class Loop:
    """Starts what learns, and keeps those ready who are labeled meanwhile. Called under the controller's lock.

    Parameters
    ----------
    controller : Controller
    session : Session
    further : callable
        ``further(ids)``: here are next-wanted examples, to be asked while the fit runs.
    changed : callable
        Called when learning began or ended.

    Attributes
    ----------
    auto : bool
        Whether a finished batch is learned from at once.
    learning : bool
    """

    def __init__(
        self,
        controller: Controller,
        session: Session,
        further: Callable[[NDArray[np.int64]], None],
        changed: Callable[[], None],
        auto: bool,
    ) -> None:
        self._controller = controller
        self._session = session
        self._further = further
        self._changed = changed
        self.auto = auto
        self.learning = False
        # The cycle whose next-wanted examples are looked for or known, and these, once they are.
        self._looked_at: int | None = None
        self._known: NDArray[np.int64] | None = None
        # The cycle from which learning failed: not tried again unless somebody asks for it.
        self._failed_at: int | None = None

    @property
    def able(self) -> bool:
        """Whether this kernel can learn from the labels."""
        return self._session.runner is not None

    def consider(self, left: int, total: int) -> None:
        """Do what is to be done after an answer; so many of the picks are left."""
        if not self.able or self.learning or not self.auto:
            return
        if self._session.ready:
            if self._failed_at != self._session.run.closed and not self._controller.state.busy:
                self.learn()
        elif left <= max(3, total // 4):
            self._look_further(GLANCE)

    def learn(self) -> None:
        """Close the cycle with what was answered, fit and pick, in the background."""
        state = self._controller.state
        if not self.able:
            raise InvalidInput(_NO_RUNNER)
        if state.busy:
            raise InvalidInput(f"The {state.busy} before still runs: wait for it, or stop it.")
        self.learning = True
        state.busy = "learn"
        if self._session.run.picked > self._session.run.closed:
            self._look_further(ACT)
            if self._known is not None:
                self._further(self._known)
        self._controller.submit("learn", ACT, lambda job: self._session.learn(job.report), self._done, self._failed)
        self._changed()

    def _look_further(self, rank: int) -> None:
        cycle = self._session.run.closed
        if cycle == self._looked_at:
            return
        self._looked_at, self._known = cycle, None
        runner = self._session.runner
        n = max(_LEAST_FURTHER, 0 if runner is None else runner.budget)

        def look(job: Job) -> NDArray[np.int64]:
            return np.asarray(self._session.further(n, job.report), dtype=np.int64)

        def keep(ids: NDArray[np.int64]) -> None:
            self._known = ids
            if self.learning:
                self._further(ids)

        def give_up(_: Exception) -> None:
            self._known = np.zeros(0, dtype=np.int64)  # nobody asked for it: who labels waits for the picks

        self._controller.submit("further", rank, look, keep, give_up)

    def _done(self, _: Any) -> None:
        self._end()
        self._controller.following.look()
        self._changed()

    def _failed(self, error: Exception) -> None:
        self._failed_at = self._session.run.closed
        self._end()
        self._controller.following.look()
        self._controller.show_error(error)
        self._changed()

    def _end(self) -> None:
        self.learning = False
        self._controller.state.busy = ""
        self._controller.state.progress = None


class Hint:
    """A line about whether more labels still change anything, computed after each fit.

    Parameters
    ----------
    controller : Controller
    say : callable
        ``say(run)`` returns the line, empty for none; it may take its time.
    changed : callable
        Called when there is another line.
    """

    def __init__(self, controller: Controller, say: Callable[[Any], str], changed: Callable[[], None]) -> None:
        self._controller = controller
        self._say = say
        self._changed = changed
        self.words = ""

    def ask(self) -> None:
        """Have the line of the run as it is now computed."""
        say, run = self._say, self._controller.branch.run
        if not run.fitted:
            return

        def show(words: str) -> None:
            self.words = words
            self._changed()

        self._controller.submit("hint", PREVIEW, lambda _: say(run), show, heard=lambda _: None)
