"""A sampler as a function of a classifier and a pool of arrays, which is what modAL calls a query strategy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.checks import whole
from alviz.errors import InvalidInput
from alviz.record import Labels
from alviz.samplers.base import Sampler
from alviz.samplers.query import Query
from alviz.seeding import stream
from alviz.snapshot import Head, Snapshot
from alviz.task import Classification


@dataclass(eq=False)
class QueryFunction:
    """``ids, scores = f(classifier, X_pool, n_instances)``; ``ActiveLearner(query_strategy=f)`` of modAL calls it so.

    The rows of `X_pool`, flattened, are the features, all of them candidates. The classifier's ``predict_proba`` gives
    the probabilities; a last linear layer is what `coef_` and `intercept_` say, where they explain the probabilities;
    labeled examples are the classifier's ``X_training`` and ``y_training``, which modAL's learners have.

    Attributes
    ----------
    sampler : Sampler
    seed : int
        Of the streams: calls draw as the cycles of a run with this seed do.
    cycle : int
        How many calls were answered so far: a `Schedule` goes by it.
    """

    sampler: Sampler
    seed: int = 0
    cycle: int = field(default=0, init=False)

    def __call__(
        self, classifier: Any, X_pool: Any, n_instances: int = 1
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the picked rows of `X_pool` (n_instances,) in pick order, and their scores, higher more wanted.

        Raises
        ------
        InvalidInput
            For more instances than rows, or a pool that is no array of finite numbers.
        MissingNeeds
            If the sampler needs what the classifier does not have.
        """
        pool = _rows(X_pool, "X_pool")
        n = whole("n_instances", n_instances, 1)
        if n > len(pool):
            raise InvalidInput(f"n_instances is {n}, expected at most {len(pool)}: the rows of X_pool.")
        classes = _classes(classifier)
        given, targets = _training(classifier, classes, pool.shape[1])
        X = np.concatenate([pool, given])
        probs = _probs(classifier, X_pool, given) if len(classes) else None
        query = Query(
            n,
            self.cycle,
            Classification(tuple(map(str, classes)) if len(classes) > 1 else ("0", "1")),
            Labels(np.arange(len(pool), len(X)), targets),
            np.arange(len(pool)),
            stream(self.seed, self.cycle, "sampler"),
            Snapshot(X, probs, None if probs is None else _head(classifier, X, probs)),
            len(X),
        )
        selection = self.sampler.select(query)
        self.cycle += 1
        return selection.ids, selection.scores[selection.ids]


def _rows(X: Any, name: str) -> NDArray[np.float32]:
    """Return examples as float32 rows."""
    try:
        found = np.asarray(X, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{name} is {type(X).__name__}, expected an array of numbers: {error}") from error
    if found.ndim < 2 or not np.isfinite(found).all():
        raise InvalidInput(f"{name} has shape {found.shape}, expected rows of finite numbers, (n, d).")
    return found.reshape(len(found), -1)


def _classes(classifier: Any) -> NDArray[Any]:
    """Return the classes that a fitted classifier, or the estimator in it, knows; none of one that is not fitted."""
    for owner in (classifier, getattr(classifier, "estimator", None)):
        found = getattr(owner, "classes_", None)
        if found is not None:
            return np.asarray(found)
    return np.zeros(0)


def _training(classifier: Any, classes: NDArray[Any], width: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return what the classifier was trained on, (m, d), and the places of its labels among the classes, (m,)."""
    X, y = getattr(classifier, "X_training", None), getattr(classifier, "y_training", None)
    if X is None or y is None or len(classes) == 0:
        return np.zeros((0, width), dtype=np.float32), np.zeros(0, dtype=np.int64)
    return _rows(X, "X_training"), np.searchsorted(classes, np.asarray(y)).astype(np.int64)


def _probs(classifier: Any, X_pool: Any, given: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """Return the probabilities of pool and training rows; None of a classifier that has none."""
    if not hasattr(classifier, "predict_proba"):
        return None
    parts = [classifier.predict_proba(X_pool)]
    if len(given):
        parts.append(classifier.predict_proba(classifier.X_training))
    return np.concatenate(parts).astype(np.float32)


def _head(classifier: Any, X: NDArray[np.float32], probs: NDArray[np.float32]) -> Head | None:
    """Return the linear layer of a linear classifier, if its softmax is what the classifier predicts."""
    from scipy.special import softmax

    owner = getattr(classifier, "estimator", classifier)
    weight, bias = (np.atleast_1d(np.asarray(getattr(owner, name, 0.0))) for name in ("coef_", "intercept_"))
    if weight.shape == (1, X.shape[1]) and probs.shape[1] == 2:
        # One row stands for two classes; half of it each way gives the same softmax.
        weight, bias = np.concatenate([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    if weight.shape != (probs.shape[1], X.shape[1]) or bias.shape != (len(weight),):
        return None
    head = Head(weight.astype(np.float32), bias.astype(np.float32))
    few = softmax(X[:8] @ head.weight.T + head.bias, axis=1)
    return head if np.allclose(few, probs[:8], atol=1e-3) else None
