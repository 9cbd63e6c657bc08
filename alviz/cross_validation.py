"""Out-of-fold predictions: what a learner says of labeled examples that it was not shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from alviz.checks import whole
from alviz.errors import InvalidInput
from alviz.learners import Learner
from alviz.numeric.proportion import standard_error
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.record import Labels
from alviz.snapshot import check_snapshot
from alviz.task import Classification

# Below this the accuracy's standard error is some ten points whatever it is: that says nothing.
FEWEST = 10


def out_of_fold(
    task: Classification,
    pool: Pool,
    labels: Labels,
    learner: Learner,
    folds: int,
    rng: np.random.Generator,
    report: Report = silent,
) -> NDArray[np.float32] | None:
    """Return class probabilities of each labeled example by a fit that did not see its label.

    Every fold is a cold start on a pool that holds the labeled rows alone, so that a network does not describe
    everything else once per fold. A learner that uses unlabeled examples has fewer of them there than in a fit.
    A class with a single label is never predicted for it: the fit without it does not know the class.

    Parameters
    ----------
    task : Classification
        The classes, C of them; `pool` may know fewer.
    pool : Pool
    labels : Labels
        In any order: the same labels give the same probabilities.
    learner : Learner
    folds : int
        At least 2; no more than there are labels. Classes are spread over them evenly.
    rng : numpy.random.Generator
        Deals the folds and seeds the fits.
    report : callable
        Called with ``("validate", folds done, folds)`` at every report of the learner; may raise `Stopped`.

    Returns
    -------
    ndarray of float32, (m, C), or None
        In the order of `labels`. None if the learner gives no probabilities, or of fewer than 10 labels, or
        fewer than two classes with two labels each: there a fold may be without a second class to learn.

    Raises
    ------
    InvalidInput
        For fewer than 2 folds, ids outside the pool, or a fit that does not fit the pool.
    """
    folds = whole("folds", folds, 2)
    if "probs" not in learner.gives or not _enough(labels):
        return None
    small, values, places = _only_labeled(task, pool, labels)
    fold_of = _deal(values, min(folds, len(values)), rng)
    folds = int(fold_of.max()) + 1
    probs = np.empty((len(values), len(task.classes)), dtype=np.float32)
    for fold, seed in enumerate(rng.integers(2**63, size=folds).tolist()):
        shown, held = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)

        def progress(phase: str, done: int, total: int, fold: int = fold) -> None:
            report("validate", fold, folds)

        progress("train", 0, 1)
        fit = learner.fit(task, small, Labels(shown, values[shown]), None, np.random.default_rng(seed), progress)
        check_snapshot(fit.snapshot, len(small), len(task.classes))
        if fit.snapshot.probs is None:
            return None
        probs[held] = fit.snapshot.probs[held]
    report("validate", folds, folds)
    return probs[places]


def cross_validated_accuracy(probs: NDArray[np.float32], labels: Labels) -> tuple[float, float]:
    """Return the accuracy of out-of-fold predictions on the labeled set, and its standard error.

    What a sampler picked is no random sample of the pool: on picks that are hard it is below the accuracy on the
    rest. The error is that of a share of independent trials (see `standard_error`); that folds share most of what
    they learn from is not in it, and no unbiased estimate of that exists (Bengio, Grandvalet. JMLR 5, 2004).

    Parameters
    ----------
    probs : ndarray of float32, (m, C)
        As `out_of_fold` returns them.
    labels : Labels
        Of the same m examples, in the same order.
    """
    if len(probs) != len(labels) or len(labels) == 0:
        raise InvalidInput(f"{len(probs)} predictions for {len(labels)} labels: expected one each, of at least one.")
    accuracy = float((probs.argmax(axis=1) == labels.values).mean())
    return accuracy, standard_error(accuracy, len(labels))


def _enough(labels: Labels) -> bool:
    _, counts = np.unique(labels.values, return_counts=True)
    return len(labels) >= FEWEST and int((counts >= 2).sum()) >= 2


def _only_labeled(task: Classification, pool: Pool, labels: Labels) -> tuple[Pool, NDArray[np.int64], NDArray[np.intp]]:
    """Return a pool of the labeled rows by id, their labels, and where in it each of `labels` stands.

    It knows no targets: a held-out label cannot be read.
    """
    order = np.argsort(labels.ids)
    rows = pool.subset(labels.ids[order])
    unknown = np.full(len(order), -1)
    small = replace(
        rows, y=unknown, task=task, X_test=None, y_test=None, recipe=None, name=f"{pool.name}, labeled rows"
    )
    return small, labels.values[order], np.argsort(order)


def _deal(values: NDArray[np.int64], folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the fold of each label (m,): sizes differ by at most one, and so does what each holds of a class."""
    shuffled = rng.permutation(len(values))
    by_class = shuffled[np.argsort(values[shuffled], kind="stable")]
    fold_of = np.empty(len(values), dtype=np.int64)
    fold_of[by_class] = np.arange(len(values)) % folds
    return fold_of
