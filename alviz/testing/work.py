"""Whether work says often enough how far it is: a stop is heard where it reports, and nowhere else.

What lies between two reports is counted in lines of Python that run, not in seconds: a busy machine counts the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alviz.samplers import Sampler
from alviz.testing.answers import answer
from alviz.testing.common import expect
from alviz.testing.cycle import CYCLE, Cycle

# Lines between two reports; the array work that goes with that many takes a second or so at the sizes of a real pool.
MOST = 100_000
# Lines that a larger question may cost for each report that it brings.
MOST_PER_REPORT = 2_000
_ROWS, _PICKS = 1_000, 700


@dataclass
class Work:
    """What was done between reports.

    Attributes
    ----------
    reports : int
    lines : int
        In all.
    longest : int
        Lines without a report.
    """

    reports: int = 0
    lines: int = 0
    longest: int = 0


def measured(work: Callable[[Callable[[str, int, int], None]], object]) -> Work:
    """Return how much `work`, which is given what it is to report to, does between reports."""
    found, since = Work(), 0

    def line(frame: Any, event: str, argument: Any) -> Any:
        nonlocal since
        if frame.f_code is report.__code__:
            return None
        since += event == "line"
        return line

    def report(phase: str, done: int, total: int) -> None:
        nonlocal since
        found.reports += 1
        found.lines += since
        found.longest = max(found.longest, since)
        since = 0

    before = sys.gettrace()
    sys.settrace(line)
    try:
        work(report)
    finally:
        sys.settrace(before)
    report("", 0, 1)
    found.reports -= 1
    return found


def check_heard(sampler: Sampler, cycle: Cycle) -> None:
    """Refuse a sampler that works long without a report, or longer for a larger question without reporting more.

    What calls itself not `stoppable` may.
    """
    if not sampler.stoppable:
        return
    small = measured(lambda report: answer(sampler, cycle.query(report=report)))
    expect(
        small.longest <= MOST,
        f"{sampler.name} does not hear a stop in time: {small.longest:,} lines of Python run without a report, "
        f"expected at most {MOST:,}. Call query.progress in loops.",
    )
    if sampler.trains or sampler.at(CYCLE).trains:
        return
    many = cycle.of_size(_ROWS)
    large = measured(lambda report: answer(sampler, many.query(_PICKS, report=report), f" when {_PICKS} are wanted"))
    lines, reports = large.lines - small.lines, max(0, large.reports - small.reports)
    expect(
        lines <= MOST_PER_REPORT * (1 + reports),
        f"{sampler.name} does not hear a stop in time: for {_PICKS} picks of {_ROWS:,} rows it runs {lines:,} more "
        f"lines of Python than for a few, and reports {reports} times more. Call query.progress in loops over picks or "
        "rows.",
    )
