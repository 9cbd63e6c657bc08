"""Logistic regression on vectors, or on the pixels of images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.errors import MissingNeeds
from alviz.examples import blocks
from alviz.learners.base import Fit, Learner, Previous, Weights
from alviz.part import Report, parameter
from alviz.pool import Pool
from alviz.record import Labels
from alviz.snapshot import Head, Snapshot
from alviz.task import Metrics, Task

# The logit offset of a class that no label shows: its probability is zero in float32.
_NEVER = -1e4


@dataclass(frozen=True)
class Linear(Learner):
    """Multinomial logistic regression by scikit-learn; features are the examples themselves.

    Images are read as pixels in 0..1. The features do not change between cycles and exist before any
    label, so a run may start from ``initial=0``. A class without a label gets probability zero.
    """

    name: ClassVar[str] = "linear"
    gives: ClassVar[frozenset[str]] = frozenset({"features", "probs", "head", "predict"})
    gives_cold: ClassVar[frozenset[str]] = frozenset({"features"})

    C: float = parameter(1.0, "inverse of the l2 penalty", low=1e-6, high=1e6)
    max_iter: int = parameter(1000, "most iterations of L-BFGS", low=1, high=100_000)

    def fit(
        self,
        task: Task,
        pool: Pool,
        labels: Labels,
        previous: Previous | None,
        rng: np.random.Generator,
        progress: Report,
        synthetic: Any = None,
    ) -> Fit:
        """Fit from scratch; see `Learner.fit`."""
        progress("train", 0, 1)
        features = vectors(pool.X)
        if len(labels) == 0:
            return Fit(Snapshot(features))
        head = fit_head(features[labels.ids], labels.values, len(pool.classes), self.C, self.max_iter)
        progress("train", 1, 1)
        progress("embed", 0, 1)
        snapshot = Snapshot(features, softmax(features @ head.weight.T + head.bias), head)
        metrics: Metrics = {}
        if pool.X_test is not None and pool.y_test is not None:
            metrics = task.score(pool.y_test, softmax(vectors(pool.X_test) @ head.weight.T + head.bias))
        progress("embed", 1, 1)
        return Fit(snapshot, {"weight": head.weight, "bias": head.bias}, metrics)

    def predict(
        self, pool: Pool, weights: Weights, X: NDArray[Any], report: Report, rng: np.random.Generator | None = None
    ) -> NDArray[np.float32]:
        """Return the probabilities of examples; see `Learner.predict`. There is no dropout here."""
        if rng is not None:
            raise MissingNeeds(
                "The learner 'linear' has no dropout, and so no stochastic passes. Choose 'supervised' with a dropout "
                "above 0."
            )
        report("embed", 0, max(1, len(X)))
        probs = np.empty((len(X), len(weights["bias"])), dtype=np.float32)
        for start, rows in blocks(X):
            probs[start : start + len(rows)] = softmax(vectors(rows) @ weights["weight"].T + weights["bias"])
            report("embed", start + len(rows), len(X))
        return probs


def vectors(X: NDArray[Any]) -> NDArray[np.float32]:
    """Return examples as float32 rows (n, d), images scaled to 0..1."""
    if X.dtype == np.uint8:
        return X.reshape(len(X), -1).astype(np.float32) / np.float32(255)
    return np.asarray(X, dtype=np.float32)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return row-wise softmax, float32."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (shifted / shifted.sum(axis=1, keepdims=True)).astype(np.float32)


def fit_head(X: NDArray[np.float32], y: NDArray[np.int64], classes: int, C: float, max_iter: int) -> Head:
    """Return the logistic regression of all `classes`, also of those that `y` does not show."""
    from sklearn.linear_model import LogisticRegression

    weight = np.zeros((classes, X.shape[1]), dtype=np.float32)
    bias = np.full(classes, _NEVER, dtype=np.float32)
    seen = np.unique(y)
    if seen.size == 1:
        bias[seen] = 0
        return Head(weight, bias)
    model = LogisticRegression(C=C, max_iter=max_iter).fit(X, y)
    if seen.size == 2:
        # scikit-learn keeps one row for two classes; half of it each way gives the same softmax.
        weight[seen] = np.concatenate([-model.coef_, model.coef_]) / 2
        bias[seen] = np.concatenate([-model.intercept_, model.intercept_]) / 2
    else:
        weight[seen] = model.coef_
        bias[seen] = model.intercept_
    return Head(weight, bias)
