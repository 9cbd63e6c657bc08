"""What a sampler picks at a recorded cycle: the one place where a query is made and its answer checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz import samplers
from alviz.checks import whole
from alviz.errors import ArrayDropped, InvalidInput, MissingNeeds
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.record import Labels
from alviz.samplers import Query, Sampler
from alviz.seeding import stream
from alviz.selection import Selection
from alviz.store import Run
from alviz.task import Classification

LABELS = frozenset({"labels"})


def ask(
    run: Run,
    cycle: int,
    sampler: str | Sampler,
    n: int | None = None,
    pool: Pool | None = None,
    report: Report = silent,
) -> Selection:
    """Return what a sampler would pick at a fitted cycle of a run: exactly what a fork there picks.

    Nothing is trained but what the sampler itself trains, nothing is written.

    Parameters
    ----------
    run : Run
    cycle : int
    sampler : str or Sampler
    n : int, optional
        How many; the run's budget by default. At the end of the pool, as many as there are left.
    pool : Pool, optional
        Needed only by samplers that look at images; that of the run if it was opened with one.

    Raises
    ------
    MissingNeeds
        If the sampler needs what the recorded fit does not hold.
    ArrayDropped
        If it needs what ``keep=`` dropped.
    """
    sampler = samplers.make(sampler)
    check_askable(run, cycle, sampler)
    labels = run.labeled(cycle)
    candidates = draw_candidates(run, cycle, labels)
    wanted = run.config["budget"] if n is None else whole("n", n, 1)
    query = Query(
        min(wanted, len(candidates)),
        cycle,
        Classification(run.classes_at(cycle)),
        labels,
        candidates,
        stream(run.seed, cycle, "sampler"),
        run.snapshot(cycle),
        run.size,
        pool or run.loaded,
        report,
    )
    report("select", 0, 1)
    selection = sampler.select(query)
    check_selection(selection, query, sampler.name)
    report("select", 1, 1)
    return replace(selection, extra={**query.noted, **selection.extra})


def check_askable(run: Run, cycle: int, sampler: Sampler) -> None:
    """Refuse a sampler that a recorded cycle does not hold enough for.

    Raises
    ------
    MissingNeeds, ArrayDropped
    """
    for name in run.dropped(cycle):
        if name.split("_")[0] in sampler.needs:
            raise ArrayDropped(run.dropped_message(cycle, "fit", name))
    check_needs(sampler, given(run, cycle), f"cycle {cycle} of run {run.name!r}")


def draw_candidates(run: Run, cycle: int, labels: Labels) -> NDArray[np.int64]:
    """Return the ids that may be picked, ascending: the unlabeled, or the ``subset`` drawn for this cycle.

    What a person set aside is none of them. The draw is the same for every sampler.
    """
    aside = run.set_aside(cycle)
    unlabeled = np.setdiff1d(np.arange(run.size), np.concatenate([labels.ids, aside]))
    if len(unlabeled) == 0:
        but = f" but {len(aside)} that were set aside" if len(np.setdiff1d(aside, labels.ids)) else ""
        raise InvalidInput(
            f"Every example of run {run.name!r} is labeled at cycle {cycle}{but}: nothing is left to pick."
        )
    subset = run.config["subset"]
    if subset is None or subset >= len(unlabeled):
        return unlabeled
    return np.sort(stream(run.seed, cycle, "subset").choice(unlabeled, subset, replace=False))


def given(run: Run, cycle: int) -> frozenset[str]:
    """Return what samplers find at a fitted cycle: what the learner gave, and ``labels`` if there is one."""
    return run.snapshot(cycle).gives | (LABELS if len(run.labeled(cycle)) else frozenset())


def check_needs(sampler: Sampler, there: frozenset[str], giver: str) -> None:
    """Refuse a sampler that needs what is not given."""
    missing = sampler.needs - there
    if missing:
        raise MissingNeeds(
            f"The sampler {sampler.name!r} needs {', '.join(sorted(missing))}; {giver} gives "
            f"{', '.join(sorted(there - LABELS)) or 'nothing'}. Choose another sampler or learner."
        )


def check_selection(selection: Selection, query: Query, name: str) -> None:
    """Refuse a selection that breaks the contract; a sampler's author sees this."""
    problems: dict[str, Any] = {
        f"{len(selection.ids)} ids instead of {query.n}": len(selection.ids) != query.n,
        f"ids of dtype {selection.ids.dtype} instead of int64": selection.ids.dtype != np.int64,
        "an id twice": len(np.unique(selection.ids)) != len(selection.ids),
        "ids that were no candidates": not np.isin(selection.ids, query.candidates).all(),
        f"scores {selection.scores.dtype} {selection.scores.shape} instead of float32 ({query.size},)": (
            selection.scores.shape != (query.size,) or selection.scores.dtype != np.float32
        ),
    }
    if not any(problems.values()):
        scored = np.flatnonzero(~np.isnan(selection.scores))
        problems["scores that are not NaN exactly on the rows that were no candidates"] = not np.array_equal(
            scored, query.candidates
        )
    broken = [text for text, is_so in problems.items() if is_so]
    if broken:
        raise InvalidInput(f"The sampler {name!r} returned {'; '.join(broken)}.")
