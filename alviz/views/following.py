"""Follows runs that someone else writes: another kernel, another tab, a cell, a shell."""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING

from alviz.errors import AlvizError

if TYPE_CHECKING:
    from alviz.views.controller import Controller

_SECONDS = 1.0


class Following:
    """Looks every now and then whether the runs have grown, for as long as their controller is used.

    Parameters
    ----------
    controller : Controller
    seconds : float
        Between two looks.
    """

    def __init__(self, controller: Controller, seconds: float = _SECONDS) -> None:
        self._controller = weakref.proxy(controller)
        self.measure()
        watch = threading.Thread(
            target=_watch, args=(weakref.ref(controller), seconds), daemon=True, name="alviz-follower"
        )
        watch.start()

    def measure(self) -> None:
        """Take what there is now as known."""
        self._sizes = self._measured()

    def look(self) -> bool:
        """Show what someone else has added to the runs; return whether there is anything left to follow."""
        with self._controller.reading() as state:
            gone = [branch.run for branch in state.branches if not branch.run.path.is_dir()]
            if gone:
                state.error = (
                    f"The run folder {gone[0].path} is gone: what was read of it is still shown, but no more can be."
                )
                return False
            if state.busy:
                return True  # a step tells by itself what it has added
            before = self._sizes
            self.measure()
            if self._sizes != before:
                index = state.branch
                _, picked, _ = self._sizes[index]
                try:
                    self._controller.catch_up(index < len(before) and picked > before[index][1])
                except AlvizError as error:
                    self._controller.show_error(error)
            return True

    def _measured(self) -> tuple[tuple[int, int, int], ...]:
        """Return how far each branch is: its fits, picks and answers."""
        runs = [branch.run for branch in self._controller.state.branches]
        return tuple((run.fitted, run.picked, run.closed) for run in runs)


def _watch(reference: weakref.ref[Controller], seconds: float) -> None:
    while True:
        time.sleep(seconds)
        controller = reference()
        if controller is None or not controller.following.look():
            return
        del controller  # or it would never be let go of
