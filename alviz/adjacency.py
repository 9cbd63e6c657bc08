"""Adjacency accuracy of recorded cycles: computed from the store when it is asked for, and kept beside the maps."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from alviz.analysis import Adjacency, adjacency_accuracy
from alviz.checks import whole
from alviz.errors import InvalidInput, MissingNeeds
from alviz.graphs import knn_graph
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.store import Run

if TYPE_CHECKING:
    import pandas as pd


def adjacency(run: Run, cycle: int, k: int = 20, *, pool: Pool | None = None, report: Report = silent) -> Adjacency:
    """Return how often the nearest neighbors of a cycle's features are of one true class (REVIVAL, Fig 7c).

    Parameters
    ----------
    run : Run
    cycle : int
        A fitted cycle.
    k : int
        Neighbors per example, by cosine over the whole pool.
    pool : Pool, optional
        Needed where the run's recipe cannot load it.
    report : callable
        Progress of the search.

    Raises
    ------
    MissingNeeds
        If the cycle holds no features.
    InvalidInput
        For k out of range, or a pool without known classes.
    """
    k = whole("k", k, 1)
    if k >= run.size:
        raise InvalidInput(f"k is {k}, expected 1 to {run.size - 1}: the other examples of {run.size}.")
    known = known_adjacency(run, cycle, k)
    if known is not None:
        return known
    features = run.snapshot(cycle).features
    if features is None:
        raise MissingNeeds(
            f"Cycle {cycle} of run {run.name!r} holds no features: its learner gives none, or keep= left them out."
        )
    y = (pool or run.pool).y
    graph = knn_graph(features, k, progress=lambda done, total: report("graph", done, total))
    found = adjacency_accuracy(graph, y, len(run.classes))
    path = _path(run, cycle, k)
    with suppress(OSError):  # a folder that cannot be written: computed again next time
        path.parent.mkdir(parents=True, exist_ok=True)
        per_class = [None if np.isnan(share) else share for share in found.per_class.tolist()]
        path.write_text(json.dumps({**asdict(found), "per_class": per_class}))
    return found


def known_adjacency(run: Run, cycle: int, k: int = 20) -> Adjacency | None:
    """Return what `adjacency` found before and kept beside the run's maps, or None."""
    with suppress(OSError, ValueError, TypeError):  # a cache: what cannot be read is computed again
        told = json.loads(_path(run, cycle, k).read_text())
        return Adjacency(**{**told, "per_class": np.array(told["per_class"], dtype=np.float64)})
    return None


def adjacency_frame(run: Run, k: int = 20, *, pool: Pool | None = None, report: Report = silent) -> pd.DataFrame:
    """Return the adjacency accuracy of every fit: one row each, by its labels; parameters as those of `adjacency`."""
    import pandas as pd

    cycles = [adjacency(run, cycle, k, pool=pool, report=report) for cycle in range(run.fitted)]
    labels = pd.Index([run.record(cycle).labeled for cycle in range(run.fitted)], name="labels")
    return pd.DataFrame(
        {
            "plain": [found.plain for found in cycles],
            "weighted": [found.weighted for found in cycles],
            "chance": [found.chance for found in cycles],
        },
        index=labels,
    )


def _path(run: Run, cycle: int, k: int) -> Path:
    return run.maps_path(cycle) / f"adjacency-{cycle:04d}-k{k}.json"
