"""Which branches differ only in their seed: what is drawn as one mean."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from alviz.figures import Curve
from alviz.store import Run


def same_but_seed(runs: Sequence[Run]) -> list[tuple[int, ...]]:
    """Group runs that were asked to do the same with different seeds.

    They have one config, and every pick of theirs is by the same sampler; forks left parents that had done the
    same until then, at the same cycle. Of two runs with the same seed the second starts a group of its own: it
    repeats the first and tells nothing of seeds.

    Parameters
    ----------
    runs : sequence of Run

    Returns
    -------
    list of tuple of int
        Positions in `runs`, ascending, each in one group; groups in the order of their first.
    """
    groups: dict[tuple[Any, int], list[int]] = {}
    for place, run in enumerate(runs):
        key, twin = _story(run, run.picked), 0
        while any(runs[other].seed == run.seed for other in groups.get((key, twin), ())):
            twin += 1
        groups.setdefault((key, twin), []).append(place)
    return [tuple(group) for group in groups.values()]


def _story(run: Run, until: int) -> tuple[Any, ...]:
    """Return all that made a run what it is before cycle `until`, but its seed."""
    config = {name: value for name, value in run.config.items() if name != "keep"}
    parent = None if run.parent is None or run.at is None else (run.at, _story(run.parent, run.at))
    return _text(config), _switches(run, until), parent


def _switches(run: Run, until: int) -> tuple[tuple[int, str], ...]:
    """Return where the sampler became another one, by cycle; the config tells the first."""
    told, before = [], run.config["sampler"]
    for cycle in range(run.at or 0, min(run.picked, until)):
        config = run.stage(cycle, "pick")["sampler"]
        if config != before:
            told.append((cycle, _text(config)))
        before = config
    return tuple(told)


def _text(config: Any) -> str:
    return json.dumps(config, sort_keys=True)


def with_all_labels(curves: Sequence[Curve], size: int) -> float | None:
    """Return the mean of what fits on the whole pool reached: the ceiling of every curve; None without one.

    Parameters
    ----------
    curves : sequence of Curve
        One per run.
    size : int
        How many examples the pool has.
    """
    last = [
        float(curve.values[-1])
        for curve in curves
        if len(curve.labels) > curve.shared and curve.labels[-1] == size and np.isfinite(curve.values[-1])
    ]
    return float(np.mean(last)) if last else None
