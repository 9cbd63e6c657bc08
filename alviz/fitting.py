"""Fits of a recorded run: the one place where a learner is called and its answer checked."""

from __future__ import annotations

from alviz.learners import Fit, Learner, Previous
from alviz.learners.base import Weights
from alviz.learners.cold import cold_features
from alviz.part import Report
from alviz.pool import Pool
from alviz.seeding import stream
from alviz.snapshot import Snapshot, check_snapshot
from alviz.store import Run


def fit(run: Run, cycle: int, learner: Learner, pool: Pool, report: Report) -> Fit:
    """Return the fit of a cycle of a run, made now; nothing is written.

    Without a label a learner that cannot start so is not asked: the examples are their own features. A cycle
    that was fitted before is fitted with the classes that there were then, a new one with those of `pool`.
    """
    labels = run.labeled(cycle)
    if len(labels) == 0 and not learner.gives_cold:
        report("embed", 0, 1)
        return Fit(Snapshot(cold_features(pool)))
    report("train", 0, 1)
    if cycle < run.fitted:
        pool = pool.with_classes(run.classes_at(cycle))
    previous = _previous(run, cycle, learner, pool, report)
    made = learner.fit(pool.task, pool, labels, previous, stream(run.seed, cycle, "learner"), report)
    check_snapshot(made.snapshot, len(pool), len(pool.classes))
    return made


def follows(run: Run, cycle: int, learner: Learner) -> bool:
    """Whether the fit before is by this same learner, so that a warm start can go on from its weights."""
    return cycle > 0 and run.stage(cycle - 1, "fit")["learner"] == learner.config()


def _previous(run: Run, cycle: int, learner: Learner, pool: Pool, report: Report) -> Previous | None:
    if not follows(run, cycle, learner) or not len(run.labeled(cycle - 1)):
        return None
    return Previous(_weights(run, cycle - 1, learner, pool, report), run.selection(cycle - 1))


def _weights(run: Run, cycle: int, learner: Learner, pool: Pool, report: Report) -> Weights:
    """Return the weights of a recorded fit: those on disk, or made again where ``keep=`` dropped them."""
    if "weights" not in run.dropped(cycle):
        return run.weights(cycle)
    return fit(run, cycle, learner, pool, report).weights if getattr(learner, "warm", False) else {}
