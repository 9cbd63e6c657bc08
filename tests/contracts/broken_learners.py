"""Learners that break one promise each; the first breaks none."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from alviz.errors import InvalidInput, Stopped
from alviz.learners import Fit, Learner
from alviz.learners.linear import softmax, vectors
from alviz.part import parameter
from alviz.snapshot import Head, Snapshot


@dataclass(frozen=True)
class Sound(Learner):
    """Nearest class mean, as a linear head."""

    name: ClassVar[str] = "means"
    gives: ClassVar[frozenset[str]] = frozenset({"features", "probs", "head"})
    jitter: float = parameter(1e-3, "noise on the means", low=0.0, high=1.0)

    def fit(self, task: Any, pool: Any, labels: Any, previous: Any, rng: Any, progress: Any, synthetic: Any = None):
        progress("train", 0, 1)
        features = self.features(pool, rng)
        means = np.zeros((len(pool.classes), features.shape[1]), np.float32)
        values = self.targets(pool, labels)
        for label in np.unique(values):
            means[label] = features[labels.ids[values == label]].mean(axis=0)
        means += (self.jitter * rng.normal(size=means.shape)).astype(np.float32)
        head = Head(means, -(means**2).sum(axis=1) / 2)
        progress("embed", 0, 1)
        snapshot = Snapshot(features, softmax(features @ means.T + head.bias), head)
        metrics = {}
        if pool.X_test is not None:
            logits = self.scale(pool) * vectors(pool.X_test) @ means.T + head.bias
            metrics = task.score(pool.y_test, softmax(logits))
        progress("embed", 1, 1)
        return Fit(snapshot, {"means": means}, metrics)

    def features(self, pool: Any, rng: Any) -> Any:
        return self.scale(pool) * vectors(pool.X)

    def scale(self, pool: Any) -> Any:
        return np.float32(1)

    def targets(self, pool: Any, labels: Any) -> Any:
        return labels.values


class ReadsTargets(Sound):
    """Takes a hint from the targets of the whole pool."""

    def targets(self, pool: Any, labels: Any) -> Any:
        return np.full(len(labels), pool.y.max()) if pool.y.max() < 0 else labels.values


class ReadsTestSplit(Sound):
    def scale(self, pool: Any) -> Any:
        return np.float32(1 if pool.X_test is None else 1.5)


class Unseeded(Sound):
    def fit(self, task: Any, pool: Any, labels: Any, previous: Any, rng: Any, *rest: Any):
        return super().fit(task, pool, labels, previous, np.random.default_rng(), *rest)


class GlobalSeed(Sound):
    def fit(self, *args: Any):
        np.random.seed(0)  # noqa: NPY002
        return super().fit(*args)


class Dropout(Sound):
    """Scores the pool as it trains."""

    def features(self, pool: Any, rng: Any) -> Any:
        X = vectors(pool.X)
        return X * (rng.random(X.shape) > 0.3).astype(np.float32)


def deviating(name: str, change: Any) -> type[Learner]:
    """A learner whose fit is changed after it was made."""

    def fit(self: Any, *args: Any):
        return change(Sound.fit(self, *args))

    return type(name, (Sound,), {"fit": fit})


def of_snapshot(**changes: Any) -> Any:
    return lambda fit: replace(
        fit, snapshot=replace(fit.snapshot, **{name: change(fit.snapshot) for name, change in changes.items()})
    )


Logits = deviating("Logits", of_snapshot(probs=lambda s: s.features @ s.head.weight.T))
OtherHead = deviating("OtherHead", of_snapshot(head=lambda s: Head(-s.head.weight, s.head.bias)))
NoProbs = deviating("NoProbs", of_snapshot(probs=lambda s: None))
Diverges = deviating("Diverges", of_snapshot(features=lambda s: s.features * np.nan))
Doubles = deviating("Doubles", of_snapshot(features=lambda s: s.features.astype(np.float64)))
Boasts = deviating("Boasts", lambda fit: replace(fit, metrics=dict.fromkeys(fit.metrics, 1.0)))
ListWeights = deviating("ListWeights", lambda fit: replace(fit, weights={"means": [1.0]}))


class Silent(Sound):
    def fit(self, task: Any, pool: Any, labels: Any, previous: Any, rng: Any, progress: Any, synthetic: Any = None):
        return super().fit(task, pool, labels, previous, rng, lambda *_: None)


class Unstoppable(Sound):
    def fit(self, task: Any, pool: Any, labels: Any, previous: Any, rng: Any, progress: Any, synthetic: Any = None):
        def report(*said: Any) -> None:
            try:
                progress(*said)
            except Stopped:
                return

        return super().fit(task, pool, labels, previous, rng, report)


class WantsEveryClass(Sound):
    def targets(self, pool: Any, labels: Any) -> Any:
        if len(np.unique(labels.values)) < len(pool.classes):
            raise AssertionError("every class, please")
        return labels.values


class ColdInVain(Sound):
    gives_cold = frozenset({"features", "probs"})

    def fit(self, task: Any, pool: Any, labels: Any, *rest: Any):
        right = super().fit(task, pool, labels, *rest)
        return replace(right, snapshot=Snapshot(right.snapshot.features)) if len(labels) == 0 else right


class PromisesMore(Sound):
    def check(self, pool: Any) -> frozenset[str]:
        return frozenset({"features", "loss"})


class TakesNothing(Sound):
    def check(self, pool: Any) -> frozenset[str]:
        raise InvalidInput("not this one")


class Predicts(Sound):
    """Keeps its word about other examples, too: a pass drops a tenth of the inputs."""

    gives = Sound.gives | {"predict", "stochastic"}

    def predict(self, pool: Any, weights: Any, X: Any, report: Any, rng: Any = None):
        report("embed", 0, 1)
        x, means = self.seen(vectors(X), rng), weights["means"]
        return softmax(x @ means.T - (means**2).sum(axis=1) / 2)

    def seen(self, x: Any, rng: Any) -> Any:
        return x if rng is None else x * (rng.random(x.shape) > 0.1).astype(np.float32) / np.float32(0.9)


class PredictsElse(Predicts):
    """Scales examples by themselves."""

    def seen(self, x: Any, rng: Any) -> Any:
        return (x - x.mean(axis=0)) if len(x) else x


class PredictsByNothing(Predicts):
    def fit(self, *args: Any):
        return replace(super().fit(*args), weights={})


class PassesOnly(Predicts):
    def check(self, pool: Any) -> frozenset[str]:
        return self.gives - {"predict"}


class PredictsDoubles(Predicts):
    def predict(self, *args: Any):
        return super().predict(*args).astype(np.float64)


class PredictsSilently(Predicts):
    def predict(self, pool: Any, weights: Any, X: Any, report: Any, rng: Any = None):
        def swallow(*said: Any) -> None:
            try:
                report(*said)
            except Stopped:
                return

        return super().predict(pool, weights, X, swallow, rng)


class OnePass(Predicts):
    def seen(self, x: Any, rng: Any) -> Any:
        return x


class UnseededPass(Predicts):
    def seen(self, x: Any, rng: Any) -> Any:
        return super().seen(x, None if rng is None else np.random.default_rng())


class FarPass(Predicts):
    """Its passes know nothing of what was learned."""

    def predict(self, pool: Any, weights: Any, X: Any, report: Any, rng: Any = None):
        if rng is None:
            return super().predict(pool, weights, X, report)
        return rng.dirichlet(np.ones(len(pool.classes)), len(X)).astype(np.float32)


@dataclass(frozen=True)
class NoHelp(Sound):
    rate: float = field(default=0.1)


BROKEN: dict[type[Learner], str] = {
    ReadsTargets: "reads targets that nobody labeled",
    ReadsTestSplit: "learns otherwise when there is a test split",
    Unseeded: "two results for the same stream",
    GlobalSeed: "global random state of numpy",
    Dropout: "features to equal examples",
    Logits: "no distributions",
    OtherHead: "do not give the probs",
    NoProbs: "promised \\['probs'\\]",
    Diverges: "NaN or inf",
    Doubles: "float64",
    Boasts: "where its probs give",
    ListWeights: "is no array",
    Silent: "expected train and embed",
    Unstoppable: "goes on after a report raised Stopped",
    WantsEveryClass: "every class, please",
    ColdInVain: "gives no \\['probs'\\] cold",
    PromisesMore: "in vain",
    TakesNothing: "takes none of the pools",
    PredictsElse: "something else than the probs",
    PredictsByNothing: "without predict or weights",
    PassesOnly: "without predict or weights",
    PredictsDoubles: "predicts float64",
    PredictsSilently: "goes on after a report raised Stopped",
    OnePass: "same stochastic pass of every stream",
    UnseededPass: "two stochastic passes of the same stream",
    FarPass: "total variation",
    NoHelp: "NoHelp.rate has no help",
}
