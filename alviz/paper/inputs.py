"""The runs and cycles that a figure is made of, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.checks import whole
from alviz.errors import InvalidInput, MissingNeeds, PoolMissing
from alviz.pool import Pool
from alviz.store import Run
from alviz.task import Metric, metric

Runs = Run | Sequence[Run]


def checked_runs(runs: object, pool_per_seed: bool = False) -> list[Run]:
    """Return one run or several as a list of runs on one pool.

    Parameters
    ----------
    pool_per_seed : bool
        Whether every seed may have a pool of its own, drawn anew from the same data: all runs of a seed share it, and
        all pools have one name, size and classes. Runs are paired by their seed then, as ever.

    Raises
    ------
    InvalidInput
        For none, for what is no run, and for runs on different pools.
    """
    found: list[Any] = list(runs) if isinstance(runs, Iterable) else [runs]
    if not found:
        raise InvalidInput("Pass at least one run, got none.")
    for run in found:
        if not isinstance(run, Run):
            raise InvalidInput(
                f"{run!r} is no run: pass what alviz.Run.open(path) returns, or runner.history of a CycleRunner."
            )
        if not run.folder(0, "fit").is_dir():
            raise InvalidInput(f"Run {run.name!r} has no fit yet: there is nothing to draw.")
    first: dict[int | None, Run] = {}
    for run in found:
        other = first.setdefault(run.seed if pool_per_seed else None, run)
        mine, theirs = run.header["pool"], other.header["pool"]
        if mine["digest"] != theirs["digest"]:
            told = "of one seed on one pool" if pool_per_seed else "on one pool"
            raise InvalidInput(
                f"Runs {other.name!r} and {run.name!r} are on different pools ({theirs['name']!r} with "
                f"{theirs['size']} examples, {mine['name']!r} with {mine['size']}): pass runs {told}."
            )
        common = found[0].header["pool"]
        if any(mine[what] != common[what] for what in ("name", "size", "classes")):
            raise InvalidInput(
                f"Runs {found[0].name!r} and {run.name!r} are on different pools ({common['name']!r} with "
                f"{common['size']} examples, {mine['name']!r} with {mine['size']}). Seeds may have a pool each, drawn "
                "anew from the same data: of one name, size and classes."
            )
    return found


def checked_run(run: object) -> Run:
    """Return one run."""
    return checked_runs([run])[0]


def checked_cycles(cycles: int | Sequence[int]) -> list[int]:
    """Return one cycle or several as a list."""
    given = [cycles] if isinstance(cycles, (int, np.integer)) else list(cycles)
    if not given:
        raise InvalidInput("cycles is empty, expected at least one cycle, for example cycles=[1, 4].")
    return [whole("cycle", cycle, 0) for cycle in given]


def check_cycle(run: Run, cycle: int, stage: str = "fit") -> None:
    """Refuse a cycle of which a run has no fit, or no pick."""
    run.stage(cycle, stage)


def check_features(run: Run, cycle: int) -> None:
    """Refuse a cycle without features to lay out."""
    if not run.has(cycle, "fit", "features"):
        raise MissingNeeds(
            f"Cycle {cycle} of run {run.name!r} holds no features to lay out: its learner gives none, or keep= left "
            "them out."
        )


def checked_metric(runs: Sequence[Run], name: str) -> Metric:
    """Return what is known of a metric that every fit of the runs recorded, but for one of no labels.

    Raises
    ------
    InvalidInput
        Naming what is recorded.
    """
    for run in runs:
        for cycle in range(run.fitted):
            record = run.record(cycle)
            recorded = record.metrics
            # Before the first label of a cold start there is nothing to measure.
            if name not in recorded and (record.labeled or run.fitted == 1):
                there = ", ".join(recorded) or "none, the pool has no test split"
                raise InvalidInput(f"Cycle {cycle} of run {run.name!r} records no metric {name!r}. There are: {there}.")
    return metric(name)


def named_runs(runs: Runs | Mapping[str, Run]) -> dict[str, Run] | list[Run]:
    """Return runs with the names that were given to them, or without."""
    if isinstance(runs, Mapping):
        return dict(zip(map(str, runs), checked_runs(list(runs.values())), strict=True))
    return checked_runs(runs)


def known_classes(run: Run, pool: Pool | None) -> NDArray[np.int64]:
    """Return the class (n,) of every example where it is known, by the pool or by a label; else -1."""
    classes = np.full(run.size, -1, dtype=np.int64)
    labels = run.labeled(run.closed)
    classes[labels.ids] = labels.values
    try:
        truth = (pool or run.pool).y
    except PoolMissing:
        return classes
    return np.where(truth >= 0, truth, classes)
