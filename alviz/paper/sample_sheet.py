"""What was there and what was picked, as pictures (SeqGCN, Fig B.5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from alviz.checks import whole
from alviz.errors import InvalidInput
from alviz.figures import sheet
from alviz.paper.inputs import check_cycle, checked_run
from alviz.pool import Pool
from alviz.store import Run


def sample_sheet(
    run: Run,
    cycle: int,
    *,
    count: int = 20,
    columns: int = 10,
    seed: int = 0,
    pool: Pool | None = None,
    width: str | float = "column",
) -> Any:
    """Draw the examples that a run started from, some that are unlabeled at a cycle, and those selected there.

    Parameters
    ----------
    run : Run
    cycle : int
        A cycle with a pick.
    count : int
        Pictures per block: the first of the initial set, a random draw of the unlabeled, the first picks.
    columns : int
        Pictures in a row.
    seed : int
        Of the draw.
    pool : Pool, optional
        Needed where the run's recipe cannot load it.
    width : "column", "text" or float
        3.25 in, 6.75 in, or inches.

    Returns
    -------
    plotly.graph_objects.Figure
        ``layout.meta`` holds the ids drawn, by block: "initial", "unlabeled", "selected".

    Raises
    ------
    InvalidInput
        If nothing is picked at the cycle, or the pool has no pictures.
    PoolMissing
    """
    run = checked_run(run)
    cycle, count, columns = whole("cycle", cycle, 0), whole("count", count, 1), whole("columns", columns, 1)
    check_cycle(run, cycle, "pick")
    if pool is not None:
        run.check_pool(pool)
    examples = run.pool if pool is None else pool
    if not examples.pictured:
        raise InvalidInput(f"{examples!r} holds vectors without thumbnails: there are no pictures to show.")
    selection, record = run.selection(cycle), run.record(cycle)
    assert selection is not None
    assert record.sampler is not None
    initial = run.initial.ids
    taken = np.concatenate([run.labeled(cycle).ids, selection.ids])
    unlabeled = np.setdiff1d(np.arange(run.size), taken)
    rng = np.random.default_rng([seed, cycle, len(unlabeled)])
    drawn = np.sort(rng.choice(unlabeled, min(count, len(unlabeled)), replace=False))
    blocks = {
        "initial": ("initial", initial[:count], len(initial)),
        "unlabeled": (f"unlabeled at cycle {cycle}", drawn, len(unlabeled)),
        "selected": (f"selected by {record.sampler['name']}", selection.ids[:count], len(selection)),
    }
    pictures = {
        f"{title} ({_of(len(ids), total)})": examples.thumbnails(ids) for title, ids, total in blocks.values() if total
    }
    figure = sheet(pictures, columns=columns, width=width)
    return figure.update_layout(meta={name: ids.tolist() for name, (_, ids, _) in blocks.items()})


def _of(shown: int, total: int) -> str:
    return f"{total:,}" if shown == total else f"{shown:,} of {total:,}"
