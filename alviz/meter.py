"""What each phase of a cycle costs, how far it is, and whether it should stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from alviz.errors import Stopped
from alviz.record import Phase

# How often the memory of the process is looked at while a phase runs.
_SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Progress:
    """How far a phase is.

    Attributes
    ----------
    phase : {"train", "embed", "validate", "graph", "select", "label"}
    cycle : int
    done, total : int
        In the phase's own units.
    """

    phase: str
    cycle: int
    done: int
    total: int


class Meter:
    """Collects seconds and peak memory per phase and passes progress on.

    Phases follow each other: a report of another phase ends the one before.

    Parameters
    ----------
    listener : callable or None
        Called with every `Progress`, in the thread that computes.
    stop : threading.Event
        When set, the next report raises `Stopped`.
    """

    def __init__(self, cycle: int, listener: Callable[[Progress], None] | None, stop: threading.Event) -> None:
        self.cycle = cycle
        self.phase: str | None = None
        self.phases: dict[str, Phase] = {}
        self._listener = listener
        self._stop = stop
        self._since = 0.0
        self._peak = 0
        self._process = psutil.Process()
        self._ended = threading.Event()

    def report(self, phase: str, done: int, total: int) -> None:
        """Say how far a phase is.

        Raises
        ------
        Stopped
            If the work was asked to stop.
        """
        if phase != self.phase:
            self._close_phase()
            self.phase, self._since, self._peak = phase, time.perf_counter(), self._process.memory_info().rss
        if self._stop.is_set():
            raise Stopped(f"Stopped in the {phase} phase of cycle {self.cycle}; all finished steps are kept.")
        if self._listener is not None:
            self._listener(Progress(phase, self.cycle, done, total))

    @contextmanager
    def running(self) -> Iterator[Meter]:
        """Sample memory while the block runs, and close the last phase at its end."""
        sampler = threading.Thread(target=self._sample, daemon=True, name="alviz-memory")
        sampler.start()
        try:
            yield self
        finally:
            self._close_phase()
            self.phase = None
            self._ended.set()
            sampler.join()

    def taken(self, *phases: str) -> dict[str, Phase]:
        """Close the phase in progress and return the costs of `phases` as far as they happened."""
        self._close_phase()
        self.phase = None
        return {name: self.phases[name] for name in phases if name in self.phases}

    def _close_phase(self) -> None:
        if self.phase is None:
            return
        before = self.phases.get(self.phase, Phase(0.0, 0))
        seconds = before.seconds + time.perf_counter() - self._since
        self.phases[self.phase] = Phase(seconds, max(before.peak_bytes, self._peak, self._process.memory_info().rss))

    def _sample(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self._peak = max(self._peak, self._process.memory_info().rss)
