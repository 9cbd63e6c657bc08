"""The curves of a configuration's seeds, over the numbers of labels that all of them reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.paper.history import History, read_history
from alviz.paper.seeds import NamedRuns, Seeds, by_configuration
from alviz.paper.settings import Settings, settings_of
from alviz.store import Run
from alviz.task import headline


class HasRuns(Protocol):
    """What has runs, such as a sweep."""

    @property
    def runs(self) -> Sequence[Run]:
        """Finished and unfinished ones."""


@dataclass(frozen=True, eq=False)
class Curves:
    """A metric of one configuration.

    Attributes
    ----------
    name : str
    settings : mapping
        What its runs were made with.
    seeds : tuple of int
        Ascending.
    labels : ndarray of float64, (k,)
        Numbers of labels that every seed has a fit of, ascending.
    values : ndarray of float64, (seeds, k)
        The metric as it is recorded.
    """

    name: str
    settings: Settings
    seeds: tuple[int, ...]
    labels: NDArray[np.float64]
    values: NDArray[np.float64]


def read_curves(runs: NamedRuns | HasRuns, metric: str | None) -> tuple[list[Curves], str, list[str]]:
    """Return the curves of every configuration, the metric, and in sentences what was left out of them.

    Without a name the metric is the accuracy, on pools without a test split the cross-validated one.

    Raises
    ------
    InvalidInput
        For no runs with a fit, runs on different pools, the same seed twice in one configuration, a metric that is
        not recorded, or seeds of one configuration without a number of labels in common.
    """
    given: Any = runs if isinstance(runs, (Run, Mapping)) else getattr(runs, "runs", runs)
    histories: dict[int, History] = {}
    notes: list[str] = []

    def started(members: Any) -> Any:
        """Return the members that have a fit of a label; what is no run is told by `by_configuration`."""
        if isinstance(members, Run) or not isinstance(members, Sequence):
            members = [members] if isinstance(members, Run) else list(members)
        kept = []
        for run in members:
            if isinstance(run, Run):
                histories[id(run)] = read_history(run)
                if not any(histories[id(run)].labels):
                    notes.append(f"Run {run.name!r} has no fit of a label yet: it is left out.")
                    continue
            kept.append(run)
        return kept

    if isinstance(given, Mapping):
        ready: Any = {name: kept for name, members in given.items() if (kept := started(members))}
    elif isinstance(given, (str, bytes)) or not hasattr(given, "__iter__"):
        ready = started([given])
    else:
        ready = started(given)
    if not ready and notes:
        raise InvalidInput(f"No run has a fit of a label yet: there is nothing to compare. {notes[0]}")
    groups = by_configuration(ready, lambda run: settings_of(run, histories[id(run)]))
    name = (
        metric if metric is not None else headline(chain(*(one for each in histories.values() for one in each.metrics)))
    )
    return [_curves(group, histories, name, notes) for group in groups], name, notes


def _curves(group: Seeds, histories: Mapping[int, History], metric: str, notes: list[str]) -> Curves:
    """Return the curves of a group; what they lack is added to the notes."""
    runs = sorted(group.runs, key=lambda run: run.seed)
    found = [_values(run, histories[id(run)], metric) for run in runs]
    common = sorted(set.intersection(*(set(one) for one in found)))
    most = max(len(one) for one in found)
    if not common:
        names = ", ".join(repr(run.name) for run in runs)
        raise InvalidInput(f"The runs of {group.name!r} ({names}) have no number of labels in common.")
    short = [f"{run.name!r} ({max(one)})" for run, one in zip(runs, found, strict=True) if len(one) < most]
    if short:
        verb = "has" if len(short) == 1 else "have"
        notes.append(
            f"{group.name}: {', '.join(short)} {verb} fewer labels than other seeds, which are used up to "
            f"{common[-1]:,} labels only."
        )
    values = np.array([[one[count] for count in common] for one in found], dtype=np.float64)
    return Curves(
        group.name, group.settings, tuple(run.seed for run in runs), np.array(common, dtype=np.float64), values
    )


def _values(run: Run, history: History, metric: str) -> dict[int, float]:
    """Return the metric of a run by its number of labels; of several fits of one number the last.

    First fits of too few labels to measure anything, as of none in a cold start, are left out.
    """
    found: dict[int, float] = {}
    for cycle, (labels, recorded) in enumerate(zip(history.labels, history.metrics, strict=True)):
        if metric in recorded:
            found[labels] = recorded[metric]
        elif recorded or found:
            raise InvalidInput(_missing(run, cycle, recorded, metric))
    if not found:
        raise InvalidInput(_missing(run, len(history.labels) - 1, {}, metric))
    return found


def _missing(run: Run, cycle: int, recorded: Mapping[str, float], metric: str) -> str:
    there = ", ".join(recorded) or "none: the pool has no test split"
    hint = f" Pass metric={next(iter(recorded))!r}." if len(recorded) == 1 else ""
    return f"Cycle {cycle} of run {run.name!r} records no metric {metric!r}. There are: {there}.{hint}"


def common_range(curves: Sequence[Curves]) -> tuple[float, float]:
    """Return the lowest and the highest number of labels that all curves cover.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    low, high = max(one.labels[0] for one in curves), min(one.labels[-1] for one in curves)
    if low > high:
        last = min(curves, key=lambda one: one.labels[-1])
        first = max(curves, key=lambda one: one.labels[0])
        raise InvalidInput(
            f"{last.name!r} ends at {high:g} labels, where {first.name!r} has not begun ({low:g}): they cannot be "
            "compared."
        )
    return float(low), float(high)


def by_seed(curves: Sequence[Curves], numbers: Sequence[NDArray[np.float64]]) -> tuple[list[int], NDArray[np.float64]]:
    """Return all seeds, and numbers (m, seeds, ...) of every configuration in their places, NaN where one is missing.

    Parameters
    ----------
    curves : sequence of Curves, (m,)
    numbers : sequence of ndarray, (own seeds, ...)
    """
    seeds = sorted({seed for one in curves for seed in one.seeds})
    place = {seed: at for at, seed in enumerate(seeds)}
    table = np.full((len(curves), len(seeds), *numbers[0].shape[1:]), np.nan)
    for row, one, found in zip(table, curves, numbers, strict=True):
        row[[place[seed] for seed in one.seeds]] = found
    return seeds, table
