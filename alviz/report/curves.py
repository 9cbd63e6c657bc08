"""The curves of a page: accuracy and adjacency accuracy against labels, runs of several seeds as one band."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from alviz.adjacency import adjacency, known_adjacency
from alviz.analysis import Adjacency
from alviz.errors import AlvizError
from alviz.figures.palette import BRANCHES
from alviz.part import Report, silent
from alviz.report.branches import Branches
from alviz.store import Run
from alviz.task import headline, metric

NEIGHBORS = 20
"""Of adjacency accuracy."""

# Up to this size neighbors are found in seconds; above it, adjacency accuracy is told where it is known.
_CHEAP = 5_000

Values = Callable[[Run, int], float | None]


def accuracy(branches: Branches) -> dict[str, Any]:
    """Return the accuracy of every run and group: on the test split, or cross-validated where there is none."""
    fits = [(run, cycle) for run in branches.runs for cycle in range(run.fitted)]
    name = headline(name for run, cycle in fits for name in run.record(cycle).metrics)
    return {
        **_curves(branches, lambda run, cycle: run.record(cycle).metrics.get(name)),
        "title": metric(name).title.capitalize(),
    }


def adjacency_accuracy(branches: Branches, report: Report = silent) -> dict[str, Any]:
    """Return adjacency accuracy of every run and group, where it is known or found in seconds."""
    found: dict[tuple[str, int], Adjacency | None] = {}
    fits = [(run, cycle) for run in branches.runs for cycle in range(run.fitted)]
    for done, (run, cycle) in enumerate(fits):
        key = (run.owner(cycle).uid, cycle)
        if key not in found:
            report("adjacency", done, len(fits))
            found[key] = _adjacency(branches, run, cycle)
    chances = [one.chance for one in found.values() if one is not None]

    def plain(run: Run, cycle: int) -> float | None:
        one = found[(run.owner(cycle).uid, cycle)]
        return None if one is None else one.plain

    return {**_curves(branches, plain), "k": NEIGHBORS, "chance": chances[0] if chances else None}


def _adjacency(branches: Branches, run: Run, cycle: int) -> Adjacency | None:
    known = known_adjacency(run, cycle, NEIGHBORS)
    if known is not None or branches.pool is None or not NEIGHBORS < run.size <= _CHEAP:
        return known
    try:
        return adjacency(run, cycle, NEIGHBORS, pool=branches.pool)
    except AlvizError:  # no features, or classes that are not known: there is no such curve
        return None


def _curves(branches: Branches, value: Values) -> dict[str, Any]:
    """Return values by fit of each run, and mean and deviation of each group."""
    runs = [
        {
            "labels": [run.record(cycle).labeled for cycle in range(run.fitted)],
            "values": [value(run, cycle) for cycle in range(run.fitted)],
            "shared": _shared(run, branches.runs),
        }
        for run in branches.runs
    ]
    lines = [
        {
            "name": name,
            "color": BRANCHES[index % len(BRANCHES)],
            "members": list(members),
            **_mean([runs[i] for i in members]),
        }
        for index, (name, members) in enumerate(branches.groups)
    ]
    return {"runs": runs, "lines": lines}


def _mean(runs: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return mean and deviation (n − 1) at the numbers of labels that all of the runs reached."""
    by_labels = [
        {n: value for n, value in zip(run["labels"], run["values"], strict=True) if value is not None} for run in runs
    ]
    common = [n for n in by_labels[0] if all(n in one for one in by_labels)]
    table = np.array([[one[n] for n in common] for one in by_labels], dtype=np.float64)
    std = table.std(axis=0, ddof=1).tolist() if len(runs) > 1 else []
    return {"labels": common, "mean": table.mean(axis=0).tolist(), "std": std}


def _shared(run: Run, shown: Sequence[Run]) -> int:
    """Return how many leading fits are those of another run on the page, on whose line they are drawn."""
    uids = {other.uid for other in shown if other is not run}
    return sum(run.owner(cycle).uid in uids for cycle in range(run.fitted))
