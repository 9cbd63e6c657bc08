"""How far a sweep is, as its folder says: the same wherever the runs are made."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from alviz.sweep.grid import Cell
from alviz.sweep.job import RUNNING, Outcome

_SECONDS = 0.5


@dataclass(frozen=True)
class SweepProgress:
    """How far a sweep is.

    Attributes
    ----------
    acquisitions, acquisitions_of : int
        Closed cycles in all runs that are asked for.
    runs, runs_of : int
        Complete ones.
    failed : int
    running : tuple of str
        The runs that are made now.
    seconds_left : float or None
        An estimate from the runs that ended, sampler by sampler; None before the first acquisition.
    """

    acquisitions: int
    acquisitions_of: int
    runs: int
    runs_of: int
    failed: int
    running: tuple[str, ...]
    seconds_left: float | None


def closed(run: Path) -> int:
    """Return how many cycles of a run folder are closed."""
    return sum(1 for _ in (run / "cycles").glob("[0-9]*/labels"))


def complete(run: Path, cycles: int) -> bool:
    """Whether a run has its last fit."""
    return (run / "cycles" / f"{cycles:04d}" / "fit").is_dir()


class Watch:
    """Tells a listener how far a sweep is, twice a second, until it is left.

    Parameters
    ----------
    folder : Path
    cells : sequence of Cell
        What is asked for.
    cycles : int
    workers : int
    listener : callable or None
        Called in a thread of its own, and at the end in the caller's.
    """

    def __init__(
        self,
        folder: Path,
        cells: Sequence[Cell],
        cycles: int,
        workers: int,
        listener: Callable[[SweepProgress], None] | None,
    ) -> None:
        self._folder, self._cycles, self._workers, self._listener = folder, cycles, workers, listener
        self._open = {cell.name: cell for cell in cells if not complete(folder / cell.name, cycles)}
        self._closed = {cell.name: closed(folder / cell.name) for cell in cells}
        self._before = sum(self._closed.values())
        self._cells = len(cells)
        self._failed = 0
        self._costs: dict[tuple[str, str], tuple[float, int]] = {}
        self._since = time.perf_counter()
        self._left = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="alviz-sweep")

    def __enter__(self) -> Watch:
        if self._listener is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        if self._listener is not None:
            self._thread.join()
            self._listener(self.look())

    def ended(self, outcome: Outcome) -> None:
        """Take note of a run that ended."""
        with self._lock:
            cell = self._open.pop(outcome.name, None)
            if cell is None:
                return
            self._failed += bool(outcome.error)
            self._closed[cell.name] = closed(self._folder / cell.name)
            seconds, made = self._costs.get((cell.learner, cell.sampler), (0.0, 0))
            self._costs[cell.learner, cell.sampler] = seconds + outcome.seconds, made + outcome.acquisitions

    def look(self) -> SweepProgress:
        """Return how far the sweep is now."""
        running = tuple(sorted(mark.name for mark in (self._folder / RUNNING).glob("*")))
        with self._lock:
            for name in running:
                if name in self._open:
                    self._closed[name] = closed(self._folder / name)
            done = sum(self._closed.values())
            return SweepProgress(
                done,
                self._cells * self._cycles,
                self._cells - len(self._open) - self._failed,
                self._cells,
                self._failed,
                running,
                self._seconds_left(done),
            )

    def _seconds_left(self, done: int) -> float | None:
        made = done - self._before
        if made == 0:
            return None if self._open else 0.0
        usual = (time.perf_counter() - self._since) * self._workers / made
        left = 0.0
        for cell in self._open.values():
            seconds, acquisitions = self._costs.get((cell.learner, cell.sampler), (0.0, 0))
            each = seconds / acquisitions if acquisitions else usual
            left += each * max(0, self._cycles - self._closed[cell.name])
        return left / self._workers

    def _watch(self) -> None:
        assert self._listener is not None
        while not self._left.wait(_SECONDS):
            self._listener(self.look())
