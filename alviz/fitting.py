"""Fits of a recorded run: the one place where a learner is called and its answer checked."""

from __future__ import annotations

from alviz.errors import MissingNeeds
from alviz.learners import Fit, Learner, Previous
from alviz.learners.base import Weights
from alviz.part import Report
from alviz.pool import Pool
from alviz.seeding import stream
from alviz.snapshot import check_snapshot
from alviz.store import Run


def fit(run: Run, cycle: int, learner: Learner, pool: Pool, report: Report) -> Fit:
    """Return the fit of a cycle of a run, made now; nothing is written.

    Raises
    ------
    MissingNeeds
        If nothing is labeled and the learner cannot start so.
    """
    labels = run.labeled(cycle)
    if len(labels) == 0 and not learner.gives_cold:
        raise MissingNeeds(
            f"The learner {learner.name!r} cannot start without a label. Use initial of at least 1, or the learner "
            "'linear'."
        )
    previous = _previous(run, cycle, learner, pool, report)
    made = learner.fit(pool.task, pool, labels, previous, stream(run.seed, cycle, "learner"), report)
    check_snapshot(made.snapshot, len(pool), len(pool.classes))
    return made


def follows(run: Run, cycle: int, learner: Learner) -> bool:
    """Whether the fit before is by this same learner, so that a warm start can go on from its weights."""
    return cycle > 0 and run.stage(cycle - 1, "fit")["learner"] == learner.config()


def _previous(run: Run, cycle: int, learner: Learner, pool: Pool, report: Report) -> Previous | None:
    if not follows(run, cycle, learner):
        return None
    return Previous(_weights(run, cycle - 1, learner, pool, report), run.selection(cycle - 1))


def _weights(run: Run, cycle: int, learner: Learner, pool: Pool, report: Report) -> Weights:
    """Return the weights of a recorded fit: those on disk, or made again where ``keep=`` dropped them."""
    if "weights" not in run.dropped(cycle):
        return run.weights(cycle)
    return fit(run, cycle, learner, pool, report).weights if getattr(learner, "warm", False) else {}
