"""Where samplers pick, early and late (SeqGCN, Fig 5 and 6; REVIVAL, Fig 8; CoreSet, Fig 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz import maps
from alviz.compare import compare
from alviz.errors import InvalidInput
from alviz.figures import Panel, map_grid
from alviz.figures.page import pixels
from alviz.maps import Layouts, MapMethod
from alviz.paper.inputs import check_cycle, check_features, checked_cycles, known_classes, named_runs
from alviz.paper.settings import names, numbered, settings
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.samplers import Sampler
from alviz.store import Run


def selection_grid(
    runs: Run | Sequence[Run] | Mapping[str, Run],
    cycles: Sequence[int] = (1, 4),
    *,
    samplers: Sequence[str | Sampler] | None = None,
    method: str | MapMethod = "tsne",
    pool: Pool | None = None,
    width: str | float = "column",
    report: Report = silent,
) -> Any:
    """Draw a map for every run (rows) and cycle (columns): unlabeled dots, rings on the labeled, diamonds on the picks.

    Parameters
    ----------
    runs : Run, sequence of Run, or mapping of str to Run
        Rows are named by a mapping's keys, else by the samplers that picked.
    cycles : sequence of int
        Cycles that every run has picked in.
    samplers : sequence of str or Sampler, optional
        With one run: what each of them would pick there (`alviz.compare`), a row each, on the maps of that run.
    method : str or MapMethod
        See ``alviz.maps.names()``. Layouts are kept beside the run.
    pool : Pool, optional
        For the colors of classes, where the runs' recipe cannot load it; without it only labels have colors.
    width : "column", "text" or float
        3.25 in, 6.75 in, or inches.
    report : callable
        Progress of maps and samplers.

    Returns
    -------
    plotly.graph_objects.Figure
        See `alviz.figures.map_grid`: the ids of every dot, ring and diamond are its ``customdata``.

    Raises
    ------
    InvalidInput
        For a cycle without a pick, runs on different pools, or `samplers` with more than one run.
    MissingNeeds
        If a cycle holds no features, or not what a sampler needs.
    """
    pixels(width)  # refused before maps are computed, as all else
    given = named_runs(runs)
    members = list(given.values()) if isinstance(given, dict) else given
    wanted = checked_cycles(cycles)
    method = maps.registry.make(method)
    for run in members:
        if pool is not None:
            run.check_pool(pool)
        for cycle in wanted:
            check_cycle(run, cycle, "fit" if samplers is not None else "pick")
            check_features(run, cycle)
    if samplers is None:
        rows = list(given) if isinstance(given, dict) else _names(members)
        picks = [[_picked(run, cycle) for cycle in wanted] for run in members]
    else:
        if len(members) != 1:
            raise InvalidInput(f"samplers= asks at the cycles of one run, got {len(members)}.")
        found = [compare(members[0], cycle, samplers, pool=pool, report=report) for cycle in wanted]
        rows = list(found[0].selections)
        picks = [[comparison.selections[name].ids for comparison in found] for name in rows]
        members = members * len(rows)
    layouts = Layouts()
    panels = [
        [_panel(layouts, run, cycle, ids, method, pool, report) for cycle, ids in zip(wanted, row, strict=True)]
        for run, row in zip(members, picks, strict=True)
    ]
    columns = [_column(members, cycle) for cycle in wanted]
    return map_grid(panels, rows, columns, members[0].classes, width=width)


def _picked(run: Run, cycle: int) -> NDArray[np.int64]:
    selection = run.selection(cycle)
    assert selection is not None
    return selection.ids


def _names(runs: Sequence[Run]) -> list[str]:
    return numbered(names([settings(run) for run in runs]), [run.name for run in runs])


def _column(runs: Sequence[Run], cycle: int) -> str:
    """Return the title of a column: with the labels that there are, where all rows have the same."""
    labels = {run.record(cycle).labeled for run in runs}
    return f"cycle {cycle}" + (f" ({labels.pop():,} labels)" if len(labels) == 1 else "")


def _panel(
    layouts: Layouts,
    run: Run,
    cycle: int,
    picks: NDArray[np.int64],
    method: MapMethod,
    pool: Pool | None,
    report: Report,
) -> Panel:
    layout = layouts.of(run, cycle, method, picks, lambda done, total: report("map", done, total))
    labeled = np.zeros(len(layout.ids), dtype=bool)
    labeled[layout.rows(run.labeled(cycle).ids)] = True
    classes = known_classes(run, pool)[layout.ids]
    return Panel(layout.ids, layout.xy, classes, labeled, layout.rows(picks))
