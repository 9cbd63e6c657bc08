"""Whether more labels may change little, read from a recorded run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alviz.analysis.stabilization import WINDOW, Hint
from alviz.analysis.stabilization import stopping_hint as settled
from alviz.errors import PoolMissing
from alviz.numeric.proportion import standard_error
from alviz.store import Run

# The least that a comparison spans. After five labels even a model that still learns says almost what it said before:
# with cycles of five, digits looked settled three points below where they ended; with cycles of 20, at the end.
STEP = 20


def stopping_hint(run: Run, cycle: int) -> Hint | None:
    """Return a hint that the fits up to a cycle have settled, or None while nothing says so.

    The fit of that cycle is compared with the last one that had 20 labels less, that one with the next before, and
    so on, in three steps; on the examples that had no label at the first of the four. The accuracy is that of the
    test split; without one the out-of-fold predictions of the fits count, on what was labeled at the first of them:
    over a labeled set that grows, the accuracy moves with what is picked.

    There is no hint while there are fewer fits; where ``keep=`` dropped the probabilities of one, or another learner
    made it; where the accuracy moved, is missing from one of them, or is of a test split that cannot be loaded here.
    """
    cycles = _steps(run, cycle)
    if cycles is None or any(not run.has(each, "fit", "probs") for each in cycles):
        return None
    if any(run.stage(each, "fit")["learner"] != run.stage(cycle, "fit")["learner"] for each in cycles):
        return None
    first, last = run.labeled(cycles[0]).ids, run.labeled(cycle).ids
    unlabeled = np.setdiff1d(np.arange(run.size), first)
    predictions = [_predicted(run, each)[unlabeled] for each in cycles]
    new = len(np.setdiff1d(last, first))
    metrics = [run.record(each).metrics for each in cycles]
    if any("accuracy" in told for told in metrics):
        accuracies, error = _of_test_split(run, [told.get("accuracy", np.nan) for told in metrics])
        return settled(predictions, new, accuracies, error, "test accuracy")
    if any("cross_validated_accuracy" in told for told in metrics):
        accuracies, error = _out_of_fold(run, cycles)
        return settled(predictions, new, accuracies, error, "cross-validated accuracy of what was labeled before")
    return settled(predictions, new)


def _steps(run: Run, cycle: int) -> list[int] | None:
    """Return the fits to compare, oldest first; None while there are not enough."""
    if not 0 <= cycle < run.fitted:
        return None
    cycles, labels = [cycle], run.stage(cycle, "fit")["labeled"]
    for before in range(cycle - 1, -1, -1):
        count = run.stage(before, "fit")["labeled"]
        if labels - count >= STEP:
            cycles.append(before)
            labels = count
        if len(cycles) > WINDOW:
            return cycles[::-1]
    return None


def _predicted(run: Run, cycle: int) -> NDArray[np.int64]:
    """Return the class numbers that a fit predicts; a class that was added later is one that it never says."""
    return np.asarray(run.array(cycle, "fit", "probs").argmax(axis=1), dtype=np.int64)


def _of_test_split(run: Run, accuracies: list[float]) -> tuple[list[float], float]:
    """Return test accuracies and the standard error of the last, NaN where the test split is out of reach."""
    try:
        pool = run.pool
    except PoolMissing:
        return accuracies, float("nan")
    rows = 0 if pool.y_test is None else int(pool.task.known(pool.y_test).sum())
    return accuracies, standard_error(accuracies[-1], rows)


def _out_of_fold(run: Run, cycles: list[int]) -> tuple[list[float], float]:
    """Return the accuracy of each fit's out-of-fold predictions on what all of them have, and the last one's error.

    The labels are those of the last fit: one that was corrected on the way counts as corrected for all.
    """
    if any(not run.has(cycle, "fit", "folds_probs") for cycle in cycles):
        return [float("nan")], float("nan")
    learned = run.labeled(cycles[-1])
    labels = np.full(run.size, -1, dtype=np.int64)
    labels[learned.ids] = learned.values
    said = np.full((len(cycles), run.size), -1, dtype=np.int64)
    for row, cycle in enumerate(cycles):
        of, probs = (run.array(cycle, "fit", name) for name in ("folds_ids", "folds_probs"))
        said[row, of] = probs.argmax(axis=1)
    common = np.flatnonzero((labels >= 0) & (said >= 0).all(axis=0))
    if common.size == 0:
        return [float("nan")], float("nan")
    accuracies = (said[:, common] == labels[common]).mean(axis=1).tolist()
    return accuracies, standard_error(accuracies[-1], common.size)
