"""A run as the sequence of its commits, each with the numbers that it added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from alviz.record import CycleRecord
from alviz.store import Run
from alviz.store.stages import RECORDS, STAGES


@dataclass(frozen=True)
class Step:
    """One commit of a run: a fit, a pick, or the labels that close a cycle.

    Attributes
    ----------
    number : int
        Commits before it, from cycle 0 on: three a cycle.
    stage : str
        "fit", "pick" or "labels".
    numbers : mapping of str to float
        What it added. A fit: every metric (``class_accuracy/3`` for class number 3) and ``cycle``; a pick: ``picked``;
        labels: ``answered``; each with ``seconds/PHASE``. What was not measured is left out.
    when : float
        Seconds since the epoch at the commit.
    record : CycleRecord
        Of its cycle, as far as that is on disk now.
    """

    number: int
    stage: str
    numbers: Mapping[str, float]
    when: float
    record: CycleRecord

    @property
    def labeled(self) -> int:
        """How many labels the fit of the cycle learned from: the x axis of every curve."""
        return self.record.labeled


def committed(run: Run) -> int:
    """Return how many steps a run has made, those that it shares with its parents included."""
    return run.fitted + run.picked + run.closed


def first(run: Run) -> int:
    """Return the number of the first step that is told of a run: a fork's, the fit of the cycle of the fork.

    That fit may be shared. It is told nevertheless, for a curve to have its start; what it cost is told of the parent.
    """
    return len(STAGES) * (run.at or 0)


def step(run: Run, number: int) -> Step:
    """Return a committed step."""
    cycle, place = divmod(number, len(STAGES))
    stage = STAGES[place]
    record = run.record(cycle)
    numbers: dict[str, float | None] = {}
    if stage == "fit":
        numbers = {"cycle": cycle, **record.metrics}
        for name, values in record.per_class.items():
            numbers |= {f"{name}/{number}": value for number, value in enumerate(values)}
    elif stage == "pick":
        numbers = {"picked": record.asked}
    else:
        numbers = {"answered": record.answered}
    if run.owner(cycle, stage) is run:
        phases = run.stage(cycle, stage)["phases"]
        numbers |= {f"seconds/{name}": cost["seconds"] for name, cost in phases.items()}
    measured = {name: float(value) for name, value in numbers.items() if value is not None and isfinite(value)}
    when = (run.folder(cycle, stage) / RECORDS[stage]).stat().st_mtime
    return Step(number, stage, measured, when, record)
