"""Runs whose worker died are made again, from their last finished step; one that always kills its worker fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from alviz.errors import AlvizError, DiskFull, WorkerDied, WorkerMismatch
from alviz.sweep.job import RUNNING, Job, Outcome
from alviz.sweep.places import Place

# How often a run may take its worker with it, without a step done in between, before it counts as failed.
_DEATHS = 3

_FATAL: dict[str, type[AlvizError]] = {"DiskFull": DiskFull, "WorkerMismatch": WorkerMismatch}


def outcomes(folder: Path, where: Place, jobs: Sequence[Job]) -> Iterator[Outcome]:
    """Yield the outcome of every job.

    Raises
    ------
    DiskFull, WorkerMismatch
        From any worker: no other could go on either.
    WorkerDied
        If workers die before they begin with anything.
    """
    left = {job.name: job for job in jobs}
    deaths: Counter[str] = Counter()
    unheld = 0
    while left:
        # When one worker dies, others are ended with it. What was there every time is tried alone in the end: it is
        # then known whose fault it was.
        suspects = [job for job in left.values() if deaths[job.name] >= _DEATHS - 1]
        now = suspects[:1] or list(left.values())
        before = {job.name: _steps(folder / job.name) for job in now}
        try:
            with closing(where.outcomes(now)) as made:
                for outcome in made:
                    if outcome.fatal:
                        raise _FATAL[outcome.fatal](outcome.error.partition(": ")[2])
                    del left[outcome.name]
                    yield outcome
        except WorkerDied as error:
            held = [mark.name for mark in (folder / RUNNING).glob("*") if mark.name in before and mark.name in left]
            clear_marks(folder)
            unheld += not held
            if unheld >= _DEATHS:
                raise WorkerDied(
                    f"{error} Before any run began, {_DEATHS} times. All finished steps are kept."
                ) from error
            for name in held:
                deaths[name] = 1 if _steps(folder / name) > before[name] else deaths[name] + 1
                if deaths[name] >= _DEATHS:
                    del left[name]
                    yield Outcome(
                        name,
                        error=f"WorkerDied: it took its worker with it {_DEATHS} times without a step done, the last "
                        "time with no other run beside it. Was there enough memory?",
                        traceback=str(error),
                    )


def clear_marks(folder: Path) -> None:
    """Remove the marks of runs that nobody is at any more."""
    for mark in (folder / RUNNING).glob("*"):
        mark.unlink(missing_ok=True)


def _steps(run: Path) -> int:
    return sum(1 for _ in (run / "cycles").glob("[0-9]*/[a-z]*"))
