"""Label review: the labels of a run that look wrong, the most suspicious first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alviz import learners
from alviz.analysis.suspicion import neighbor_votes, suspicion
from alviz.assembly import recorded_part
from alviz.cross_validation import out_of_fold
from alviz.errors import InvalidInput, PoolMissing
from alviz.learners import Learner
from alviz.learners.cold import cold_features
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.record import Labels
from alviz.seeding import stream
from alviz.store import Run

# Where a run was not cross-validated: as many as a runner makes by default.
_FOLDS = 5


@dataclass(frozen=True, eq=False)
class Review:
    """Labeled examples, the most suspicious first; equally suspicious ones by id.

    Attributes
    ----------
    cycle : int
        The fit whose features and predictions judge them.
    ids : ndarray of int64, (m,)
    labels : ndarray of int64, (m,)
        As they stand in the label book now.
    suspicion : ndarray of float64, (m,)
        0..1, see `alviz.analysis.suspicion`.
    suggested : ndarray of int64, (m,)
        The class that most speaks for instead; -1 where nothing speaks for another.
    neighbors_agree, neighbors_asked : ndarray of int64, (m,)
        How many of the nearest labeled examples have the same label, of how many.
    probability : ndarray of float64, (m,)
        The out-of-fold probability of the label; NaN where there is none.
    """

    cycle: int
    ids: NDArray[np.int64]
    labels: NDArray[np.int64]
    suspicion: NDArray[np.float64]
    suggested: NDArray[np.int64]
    neighbors_agree: NDArray[np.int64]
    neighbors_asked: NDArray[np.int64]
    probability: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)


def review(
    run: Run,
    cycle: int | None = None,
    pool: Pool | None = None,
    learner: Learner | None = None,
    report: Report = silent,
) -> Review:
    """Return the labels that a fit learned from, the most suspicious first.

    Labels count as they stand in the label book now, one that was taken back is left out: a relabel after the fit is
    judged by what the fit made of the others. Out-of-fold probabilities are the recorded ones; where there are none
    they are computed from the labels as they stand. Of a run without the pool at hand what is recorded speaks alone.

    Parameters
    ----------
    run : Run
    cycle : int, optional
        A fitted cycle, the last one by default.
    pool : Pool, optional
        By default the run's, where it can be loaded.
    learner : Learner, optional
        For what is computed: needed where the recorded one cannot be made by its name.
    report : callable
        Hears ``("validate", folds done, folds)`` while probabilities are computed; may raise `Stopped`.

    Raises
    ------
    InvalidInput
        If the run has no such fit, or fewer than 2 labels of it stand; or neither features nor probabilities are
        recorded and the pool is out of reach.
    ConfigMismatch
        If `pool` is not the pool of the run.
    """
    cycle = run.fitted - 1 if cycle is None else cycle
    labels = _as_they_stand(run, cycle)
    if len(labels) < 2:
        raise InvalidInput(
            f"{len(labels)} of the labels that cycle {cycle} of run {run.name!r} learned from stand in the book: a "
            "review needs at least 2."
        )
    if pool is not None:
        run.check_pool(pool)
    features = _features(run, cycle, labels.ids, pool)
    votes = None if features is None else neighbor_votes(features, labels.values, len(run.classes))
    probs = _recorded(run, cycle, labels.ids)
    if probs is None:
        probs = _computed(run, cycle, labels, pool, learner, report)
    if votes is None and probs is None:
        raise InvalidInput(
            f"The fit of cycle {cycle} of run {run.name!r} keeps neither features nor predictions to review labels by. "
            "Pass the pool: review(run, pool=pool)."
        )
    found = suspicion(labels.values, votes, probs)
    order = np.lexsort((labels.ids, -found.values))
    nobody = np.zeros(len(labels), dtype=np.int64)
    return Review(
        cycle,
        labels.ids[order],
        labels.values[order],
        found.values[order],
        found.suggested[order],
        (nobody if votes is None else votes.agree)[order],
        (nobody if votes is None else votes.asked)[order],
        _given(probs, labels.values)[order],
    )


def _as_they_stand(run: Run, cycle: int) -> Labels:
    """Return what a fit learned from by id, each label as the book has it now."""
    run.stage(cycle, "fit")
    now = run.book.look().held(run.initial.by_id())
    learned = sorted(run.labeled(cycle).ids.tolist())
    now = {id: now[id] for id in learned if id in now}
    return Labels(np.array(list(now), dtype=np.int64), np.array(list(now.values()), dtype=np.int64))


def _features(run: Run, cycle: int, ids: NDArray[np.int64], pool: Pool | None) -> NDArray[np.float32] | None:
    """Return the recorded features of `ids`, or the examples themselves where they were dropped."""
    try:
        if run.has(cycle, "fit", "features"):
            return np.asarray(run.array(cycle, "fit", "features")[ids], dtype=np.float32)
        return cold_features((pool or run.pool).subset(ids))
    except PoolMissing:
        return None


def _recorded(run: Run, cycle: int, ids: NDArray[np.int64]) -> NDArray[np.float32] | None:
    """Return the out-of-fold probabilities of `ids` that were recorded with a fit."""
    if not run.has(cycle, "fit", "folds_probs"):
        return None
    of, probs = run.array(cycle, "fit", "folds_ids"), run.array(cycle, "fit", "folds_probs")
    order = np.argsort(of)
    return np.asarray(probs)[order[np.searchsorted(of, ids, sorter=order)]]


def _computed(
    run: Run, cycle: int, labels: Labels, pool: Pool | None, learner: Learner | None, report: Report
) -> NDArray[np.float32] | None:
    """Return out-of-fold probabilities of the labels as they stand; None without the pool, or of too few."""
    try:
        named = (pool or run.pool).with_classes(run.classes)
    except PoolMissing:
        return None
    learner = recorded_part(learners, run.stage(cycle, "fit")["learner"], learner, "learner")
    return out_of_fold(named.task, named, labels, learner, _FOLDS, stream(run.seed, cycle, "folds"), report)


def _given(probs: NDArray[np.float32] | None, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the probability of each label, NaN where none is known."""
    given = np.full(len(labels), np.nan)
    if probs is not None:
        known = np.flatnonzero(labels < probs.shape[1])
        given[known] = probs[known, labels[known]]
    return given
