"""The one queue, with the one thread, through which all computing that views start goes.

One for the whole process: torch's generator and thread pool are, and two explorers that compute at once
would only slow each other down.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from alviz.errors import AlvizError, Stopped

# What goes first: what a person clicked, then what is there at once, then what takes its time, then what nobody
# waits for.
ACT, GLANCE, PREVIEW, LAYOUT, FEED = range(5)

_SECONDS_BETWEEN_REPORTS = 0.1

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Job:
    """Something to compute, and who hears of it.

    Attributes
    ----------
    owner : object
        Whose job it is: jobs supersede and are waited for per owner.
    key : str
        What it is about. A new job supersedes the owner's one with the same key, queued or running.
    rank : int
        ACT, GLANCE, PREVIEW, LAYOUT or FEED; lower ranks go first. A running LAYOUT or FEED yields to lower
        ranks and is taken up again; nobody waits for a FEED.
    work : callable
        ``work(job)`` runs in the thread and calls `job.report`.
    done, failed : callable
        Get the result, or the error; called in the thread.
    heard : callable
        ``heard(phase, done, total)``: progress, ten times a second at most.
    """

    owner: object
    key: str
    rank: int
    work: Callable[[Job], Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]
    heard: Callable[[str, int, int], None]
    _cancelled: threading.Event = field(default_factory=threading.Event)
    _superseded: bool = False
    _last: tuple[str, float] = ("", 0.0)

    def report(self, phase: str, done: int, total: int) -> None:
        """Say how far the work is.

        Raises
        ------
        Stopped
            If the job was asked to end.
        """
        if self._cancelled.is_set():
            raise Stopped(f"Stopped in the {phase} phase; all finished steps are kept.")
        now = time.monotonic()
        if phase != self._last[0] or now - self._last[1] >= _SECONDS_BETWEEN_REPORTS:
            self._last = (phase, now)
            self.heard(phase, done, total)

    def cancel(self, *, superseded: bool) -> None:
        """Ask the work to end at its next report; what is superseded ends without a word."""
        self._superseded = superseded
        self._cancelled.set()


class Worker:
    """Runs jobs one after the other. Use `shared()`."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: list[Job] = []
        self._running: Job | None = None
        # Whether it still works: a job that hands over its result has nothing left to be taken up again.
        self._computing = False
        self._thread: threading.Thread | None = None

    def submit(self, job: Job) -> None:
        """Queue a job; returns at once."""
        with self._changed:
            same = [other for other in self._queue if other.owner is job.owner and other.key == job.key]
            for other in same:
                self._queue.remove(other)
            running = self._running
            if running is not None and running.owner is job.owner and running.key == job.key:
                running.cancel(superseded=True)
            elif running is not None and self._yields(running, job):
                running.cancel(superseded=True)
                self._queue.insert(0, _again(running))
            self._queue.append(job)
            self._queue.sort(key=lambda queued: queued.rank)  # stable: first come, first served
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="alviz-worker")
                self._thread.start()
            self._changed.notify_all()

    def _yields(self, running: Job, job: Job) -> bool:
        """Whether what runs is to make room for a job; what was asked to end already is not taken up again."""
        ending = not self._computing or running._cancelled.is_set()
        return not ending and running.rank >= LAYOUT and job.rank < running.rank

    def cancel(self, owner: object, key: str) -> None:
        """End the job of `owner` with that key, queued or running, without a word."""
        with self._changed:
            self._queue = [job for job in self._queue if (job.owner, job.key) != (owner, key)]
            running = self._running
            if running is not None and (running.owner, running.key) == (owner, key):
                running.cancel(superseded=True)
            self._changed.notify_all()

    def stop(self, owner: object) -> None:
        """End the queued jobs of `owner` before they begin, and ask its running one to end."""
        with self._changed:
            ended = [job for job in self._queue if job.owner is owner]
            self._queue = [job for job in self._queue if job.owner is not owner]
            if self._running is not None and self._running.owner is owner:
                self._running.cancel(superseded=False)
            self._changed.notify_all()
        for job in ended:
            job.failed(Stopped("Stopped before it began."))

    def running(self, owner: object) -> str | None:
        """Return the key of the job of `owner` that runs or waits, None when it is idle."""
        with self._changed:
            jobs = (self._running, *self._queue)
            mine = [job for job in jobs if job is not None and job.owner is owner and job.rank < FEED]
            return mine[0].key if mine else None

    def wait(self, owner: object, timeout: float | None = None) -> bool:
        """Wait until no job of `owner` runs or waits; return whether that came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.running(owner) is None, timeout)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._queue))
                job = self._running = self._queue.pop(0)
                self._computing = True
            try:
                result = job.work(job)
                with self._changed:
                    self._computing = False
                job.done(result)
            except Exception as error:  # noqa: BLE001 - the thread outlives any job; the view shows the error
                self._fail(job, error)
            finally:
                with self._changed:
                    self._running = None
                    self._changed.notify_all()

    def _fail(self, job: Job, error: Exception) -> None:
        if isinstance(error, Stopped) and job._superseded:
            return
        if not isinstance(error, AlvizError):  # those say what is to be done, where they are shown
            log.error("%s failed", job.key, exc_info=error)
        job.failed(error)


def _again(job: Job) -> Job:
    return Job(job.owner, job.key, job.rank, job.work, job.done, job.failed, job.heard)


@cache
def shared() -> Worker:
    """Return the process's worker."""
    return Worker()
