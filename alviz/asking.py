"""What a sampler picks at a recorded cycle: the one place where a query is made and its answer checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz import learners, samplers
from alviz.checks import whole
from alviz.errors import ArrayDropped, InvalidInput, MissingNeeds, UnknownName
from alviz.learners import Learner
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.record import Labels
from alviz.samplers import Query, Sampler
from alviz.samplers.query import Model
from alviz.seeding import stream
from alviz.selection import Selection
from alviz.store import Run
from alviz.task import Classification

LABELS = frozenset({"labels"})

# What the weights of a fit answer, and what the oracle `truth` lets be known.
MODEL = frozenset({"predict", "stochastic"})
TRUTH = frozenset({"truth"})


def ask(
    run: Run,
    cycle: int,
    sampler: str | Sampler,
    n: int | None = None,
    pool: Pool | None = None,
    report: Report = silent,
    learner: Learner | None = None,
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
        Needed only by samplers that look at examples; that of the run if it was opened with one.
    learner : Learner, optional
        Needed only by samplers that ask the fitted model, and only where the record cannot make the learner again:
        one of your own.

    Raises
    ------
    MissingNeeds
        If the sampler needs what the recorded fit does not hold.
    ArrayDropped
        If it needs what ``keep=`` dropped.
    PoolMissing
        If it needs examples that cannot be loaded here.
    """
    sampler = samplers.make(sampler)
    check_askable(run, cycle, sampler, learner)
    # What is read for a selection is part of what it costs.
    report("select", 0, 1)
    labels = run.labeled(cycle)
    candidates = draw_candidates(run, cycle, labels)
    wanted = run.config["budget"] if n is None else whole("n", n, 1)
    needs = sampler.at(cycle).needs
    pool = pool or (run.pool if needs & (MODEL | TRUTH) else run.loaded)
    query = Query(
        min(wanted, len(candidates)),
        cycle,
        Classification(run.classes_at(cycle)),
        labels,
        candidates,
        stream(run.seed, cycle, "sampler"),
        run.snapshot(cycle),
        run.size,
        pool,
        report,
        model=_model(run, cycle, learner, pool) if pool is not None and needs & MODEL else None,
        # Who does not say that it reads the truth is not told it.
        labels_of_all=(lambda: pool.y) if pool is not None and needs & TRUTH else None,
    )
    selection = sampler.select(query)
    check_selection(selection, query, sampler.name)
    report("select", 1, 1)
    return replace(selection, extra={**query.noted, **selection.extra})


def check_askable(run: Run, cycle: int, sampler: Sampler, learner: Learner | None = None) -> None:
    """Refuse a sampler that a recorded cycle does not hold enough for.

    Raises
    ------
    MissingNeeds, ArrayDropped
    """
    sampler = sampler.at(cycle)
    needed = sampler.needs | ({"weights"} if sampler.needs & MODEL else set())
    for name in run.dropped(cycle):
        if name.split("_")[0] in needed:
            raise ArrayDropped(run.dropped_message(cycle, "fit", name))
    check_needs(sampler, given(run, cycle), f"cycle {cycle} of run {run.name!r}")
    if sampler.needs & MODEL:
        _learner(run, cycle, learner)


def _learner(run: Run, cycle: int, learner: Learner | None) -> Learner:
    """Return who made the fit of a cycle: `learner` if it is the same, else made from the record."""
    config = run.stage(cycle, "fit")["learner"]
    if learner is not None and learner.config() == config:
        return learner
    try:
        return learners.make(config)
    except (UnknownName, InvalidInput, TypeError) as error:
        raise MissingNeeds(
            f"The learner of cycle {cycle} of run {run.name!r} cannot be made from its record ({config}), and this "
            f"sampler asks its model: {error} Pass it: alviz.ask(..., learner=...), or ask the runner."
        ) from error


def _model(run: Run, cycle: int, learner: Learner | None, pool: Pool) -> Model:
    """Return the fitted model of a cycle: its learner, with the weights that were recorded."""
    maker, weights = _learner(run, cycle, learner), run.weights(cycle)
    known = pool.with_classes(run.classes_at(cycle))
    return Model(by_record(run, cycle) & MODEL, lambda X, report, rng: maker.predict(known, weights, X, report, rng))


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
    """Return what samplers find at a fitted cycle: what its snapshot holds, and what is there beside it."""
    return run.snapshot(cycle).gives | by_record(run, cycle)


def by_record(run: Run, cycle: int) -> frozenset[str]:
    """Return what samplers find at a fitted cycle beside its snapshot; no array is read for that.

    That is ``labels`` if there is one, ``truth`` if the oracle is that, and what the recorded weights can be asked for.
    """
    there = LABELS if len(run.labeled(cycle)) else frozenset()
    there |= TRUTH if knows_truth(run.config["oracle"]) else frozenset()
    if not run.has(cycle, "fit", "weights"):
        return there
    fit = run.stage(cycle, "fit")
    if "model_gives" in fit:
        return there | frozenset(fit["model_gives"])
    # Recorded before fits said so; there was no dropout then.
    name = fit["learner"]["name"]
    return there | (learners.get(name).gives & {"predict"} if name in learners.names() else frozenset())


def knows_truth(oracle: Mapping[str, Any]) -> bool:
    """Whether an oracle, by its config, is the one that samplers may be told the truth of."""
    return bool(oracle["name"] == "truth")


def check_needs(sampler: Sampler, there: frozenset[str], giver: str) -> None:
    """Refuse a sampler that needs what is not given."""
    missing = sampler.needs - there
    if missing & TRUTH:
        raise MissingNeeds(
            f"The sampler {sampler.name!r} reads the true label of every example, and only with the oracle 'truth' may "
            "a sampler do so. Choose another sampler, or run with oracle='truth'."
        )
    if missing:
        hints = {
            "loss": " A loss is predicted by learners with loss_head=True.",
            "stochastic": " Passes that differ take dropout: Supervised(dropout=0.3).",
        }
        hint = "".join(words for name, words in hints.items() if name in missing)
        raise MissingNeeds(
            f"The sampler {sampler.name!r} needs {', '.join(sorted(missing))}; {giver} gives "
            f"{', '.join(sorted(there - LABELS - TRUTH)) or 'nothing'}. Choose another sampler or learner.{hint}"
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
