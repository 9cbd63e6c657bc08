"""How fast a person labels."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

# Of the answers that the pace is taken from, and the longest pause between two that still is work.
_ANSWERS = 50
_PAUSE = 60.0


class Pace:
    """Labels per minute over the last answers; breaks do not count.

    Parameters
    ----------
    clock : callable
        Seconds that never run backwards, whatever the time of day is set to.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._gaps: deque[float] = deque(maxlen=_ANSWERS)
        self._last: float | None = None
        self.answers = 0

    def tick(self) -> None:
        """Count an answer."""
        at = self._clock()
        if self._last is not None and at - self._last <= _PAUSE:
            self._gaps.append(at - self._last)
        self._last = at
        self.answers += 1

    @property
    def per_minute(self) -> float | None:
        """Answers per minute; None before there are some."""
        worked = sum(self._gaps)
        return 60 * len(self._gaps) / worked if worked > 0 else None

    def seconds_for(self, answers: int) -> float | None:
        """Return how long so many answers will take at this pace."""
        rate = self.per_minute
        return None if rate is None else 60 * answers / rate
