"""Telling trackers of a run: every step once, in order, and never at the run's expense."""

from __future__ import annotations

import atexit
import warnings
import weakref
from collections.abc import Callable, Sequence
from functools import cache

from alviz.errors import AlvizWarning, InvalidInput
from alviz.store import Run, Store
from alviz.trackers.base import Log, Tracker
from alviz.trackers.known import registry
from alviz.trackers.steps import committed, first, step

# Trackers of runners that nobody closed are told at the end of the process.
_OPEN: weakref.WeakSet[Tracking] = weakref.WeakSet()


class Tracking:
    """The trackers of one runner. One that fails is reported and left out; the run goes on.

    Attributes
    ----------
    trackers : tuple of Tracker
        As given; a fork gets the same.
    """

    def __init__(self, trackers: tuple[Tracker, ...], store: Store) -> None:
        self.trackers = trackers
        self._store = store
        self._logs: dict[int, tuple[Log, int]] = {}  # by place in trackers; with the number of the next step
        for at in range(len(trackers)):
            self._guard(at, self._open)
        self.update()
        if trackers:
            _OPEN.add(self)
            _end_at_exit()

    def update(self) -> None:
        """Tell every tracker the steps that it was not told yet; called after each commit."""
        for at in list(self._logs):
            self._guard(at, self._send)

    def end(self) -> None:
        """Tell every tracker that the run was closed, unless another runner goes on with it."""
        if self._store.is_open:
            for at in list(self._logs):
                self._guard(at, self._end)
        self._logs.clear()

    def _open(self, at: int) -> None:
        run = self._store.run
        log = self.trackers[at].open(run)
        reached = log.reached
        self._logs[at] = log, max(first(run), committed(run) if reached is None else reached)

    def _send(self, at: int) -> None:
        log, start = self._logs[at]
        self._logs[at] = log, send(self._store.run, log, start)

    def _end(self, at: int) -> None:
        self._logs[at][0].end()

    def _guard(self, at: int, act: Callable[[int], None]) -> None:
        try:
            act(at)
        except Exception as error:  # noqa: BLE001  a server that is down, anyone's code: no reason to lose a run
            self._logs.pop(at, None)
            warnings.warn(
                f"The tracker {self.trackers[at].name!r} failed and is told nothing more of run "
                f"{self._store.run.name!r}, which goes on: {type(error).__name__}: {error} Once that is mended, "
                "alviz.trackers.log(run, tracker) or CycleRunner.resume(path, trackers=...) sends it what it misses.",
                AlvizWarning,
                stacklevel=2,
            )


def made(trackers: str | Tracker | Sequence[str | Tracker]) -> tuple[Tracker, ...]:
    """Return trackers of names and instances.

    Raises
    ------
    UnknownName, InvalidInput
        If there is no such tracker, its package is missing, or one is named twice.
    """
    given = [trackers] if isinstance(trackers, (str, Tracker)) else list(trackers)
    found = tuple(registry.make(one) for one in given)
    twice = next((one for at, one in enumerate(found) if one in found[:at]), None)
    if twice is not None:
        raise InvalidInput(f"{twice} is given twice in trackers: it would be told everything twice.")
    return found


def log(run: Run, tracker: str | Tracker) -> int:
    """Send a recorded run to a tracker, without a runner; what stands there already is left out.

    A log that cannot say what stands there is told every step.

    Returns
    -------
    int
        How many steps were sent: three a cycle.
    """
    (tracker,) = made(tracker)
    to = tracker.open(run)
    start = max(first(run), to.reached or 0)
    end = send(run, to, start)
    to.end()
    return end - start


def send(run: Run, log: Log, start: int) -> int:
    """Tell a log the committed steps from number `start` on; return the number of the next."""
    end = max(start, committed(run))
    for number in range(start, end):
        log.tell(step(run, number))
    return end


@cache
def _end_at_exit() -> None:
    """Register, once, that open trackers are ended: after the first store was made, and so before it lets go."""
    atexit.register(_end_all)


def _end_all() -> None:
    for tracking in list(_OPEN):
        tracking.end()
