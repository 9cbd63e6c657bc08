"""Adjacency accuracy against labels: how often neighbors in the graph are of one class (REVIVAL, Fig 7c)."""

from __future__ import annotations

from typing import Any

import numpy as np

from alviz.adjacency import adjacency_frame
from alviz.figures import band_curves
from alviz.figures.page import pixels
from alviz.paper.inputs import check_features
from alviz.paper.seeds import NamedRuns, by_configuration, count_of_seeds, mean_band
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.store import Run

# A level that is so many times the height of all curves below them would press them flat: it is told in words.
_FAR = 2.0


def adjacency_curves(
    runs: NamedRuns,
    k: int = 20,
    *,
    weighted: bool = False,
    pool: Pool | None = None,
    width: str | float = "column",
    report: Report = silent,
) -> Any:
    """Draw the share of nearest neighbors that are of one true class, and the level of neighbors at random.

    Parameters
    ----------
    runs : Run, sequence of Run, or mapping of str to either
        Grouped by configuration as in `accuracy_curves`.
    k : int
        Neighbors per example, by cosine over the whole pool.
    weighted : bool
        Whether every edge counts by its similarity.
    pool : Pool, optional
        Needed where the runs' recipe cannot load it.
    width : "column", "text" or float
        3.25 in, 6.75 in, or inches.
    report : callable
        Progress of the search; what is computed is kept beside the runs.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    MissingNeeds
        If a fit holds no features.
    InvalidInput
        For k out of range, runs on different pools, or a pool without known classes.
    """
    pixels(width)  # refused before graphs are searched
    groups = by_configuration(runs)
    for run in (run for group in groups for run in group.runs):
        for cycle in range(run.fitted):
            check_features(run, cycle)
    chance: list[float] = []

    def read(run: Run) -> Any:
        frame = adjacency_frame(run, k, pool=pool, report=report)
        chance.append(100 * float(frame["chance"].iloc[0]))
        return 100 * frame["weighted" if weighted else "plain"]

    bands = count_of_seeds([mean_band(group, read) for group in groups], groups)
    title = f"{'weighted ' if weighted else ''}adjacency accuracy (%), k = {k}"
    means = np.concatenate([band.mean for band in bands])
    far = means.min() - chance[0] > _FAR * np.ptp(means)
    level = {"note": f"at random {chance[0]:.1f} %"} if far else {"levels": {"at random": chance[0]}}
    return band_curves(bands, x_title="labels", y_title=title, width=width, **level)
