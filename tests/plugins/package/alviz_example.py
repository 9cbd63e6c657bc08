"""One of each kind of thing that another package can add to alviz."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from alviz import Pool
from alviz.learners import Fit, Learner
from alviz.learners.linear import softmax, vectors
from alviz.maps import MapMethod
from alviz.part import parameter
from alviz.samplers import Query, Sampler
from alviz.samplers.base import highest
from alviz.selection import Selection
from alviz.snapshot import Snapshot
from alviz.task import Classification


@dataclass(frozen=True)
class Typical(Sampler):
    """Pick what lies closest to the mean of the candidates."""

    name: ClassVar[str] = "typical"
    power: float = parameter(2.0, "power of the distance", low=0.5, high=4.0, step=0.5)

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"features"})

    def select(self, query: Query) -> Selection:
        X = query.features[query.candidates].astype(np.float64)
        return highest(query, -(np.linalg.norm(X - X.mean(axis=0), axis=1) ** self.power))


@dataclass(frozen=True)
class NearestMean(Learner):
    """The nearer the mean of a class, the likelier the class."""

    name: ClassVar[str] = "nearest_mean"
    gives: ClassVar[frozenset[str]] = frozenset({"features", "probs"})

    def fit(
        self, task: Any, pool: Any, labels: Any, previous: Any, rng: Any, progress: Any, synthetic: Any = None
    ) -> Fit:
        progress("train", 0, 1)
        X = vectors(pool.X)
        seen = np.unique(labels.values)
        means = np.stack([X[labels.ids[labels.values == label]].mean(axis=0) for label in seen])
        progress("embed", 0, 1)
        metrics = {}
        if pool.X_test is not None:
            metrics = task.score(pool.y_test, self._probs(vectors(pool.X_test), means, seen, pool))
        probs = self._probs(X, means, seen, pool)
        progress("embed", 1, 1)
        return Fit(Snapshot(X, probs), {"means": means}, metrics)

    def _probs(self, X: Any, means: Any, seen: Any, pool: Any) -> Any:
        logits = np.full((len(X), len(pool.classes)), -1e4, dtype=np.float32)
        logits[:, seen] = -((X[:, None] - means) ** 2).sum(axis=2)
        return softmax(logits)


@dataclass(frozen=True)
class Axes(MapMethod):
    """The first two features."""

    name: ClassVar[str] = "axes"
    title: ClassVar[str] = "Axes"

    def layout(self, features: Any, *, seed: int, start: Any = None, progress: Any = lambda done, total: None) -> Any:
        progress(0, 1)
        return np.ascontiguousarray(features[:, :2])


def blobs() -> Pool:
    """Return 60 vectors around three corners, 20 of them for testing."""
    y = np.arange(60) % 3
    X = (np.random.default_rng(0).normal(size=(60, 4)) + 3 * np.eye(3, 4)[y]).astype(np.float32)
    recipe = {"dataset": "blobs", "params": {}}
    return Pool(X[:40], y[:40], Classification(("a", "b", "c")), X[40:], y[40:], name="blobs", recipe=recipe)
