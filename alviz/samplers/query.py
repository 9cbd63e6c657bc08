"""The question that a sampler answers, and everything that it may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.analysis import adjacency_accuracy
from alviz.errors import MissingNeeds, PoolMissing
from alviz.graphs import Graph, knn_graph
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.record import Labels
from alviz.snapshot import Head, Snapshot
from alviz.task import Task

# Bytes of examples that are gathered at once for a pass.
_BYTES = 2**28


@dataclass(frozen=True, eq=False)
class Model:
    """The fitted model, which can be asked about any examples.

    Attributes
    ----------
    gives : frozenset of str
        What it can be asked for: ``predict``, ``stochastic``.
    ask : callable
        ``ask(X, report, rng=None)`` returns float32 (m, C) for examples in the pool's form; with `rng` one pass with
        dropout on.
    """

    gives: frozenset[str]
    ask: Callable[[NDArray[Any], Report, np.random.Generator | None], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Query:
    """Pick `n` of `candidates`.

    Attributes
    ----------
    n : int
        How many ids are wanted, at most as many as there are candidates.
    cycle : int
    task : Task
    labels : Labels
        What is labeled so far.
    candidates : ndarray of int64
        Ids that may be picked, ascending.
    rng : numpy.random.Generator
        The sampler's stream of this cycle; the only source of randomness.
    report : callable
        Progress; see `progress`.
    model : Model, optional
        What answers `predict` and `stochastic`.
    labels_of_all : callable, optional
        Returns `truth`; None where the oracle is another one.
    """

    n: int
    cycle: int
    task: Task
    labels: Labels
    candidates: NDArray[np.int64]
    rng: np.random.Generator
    snapshot: Snapshot | Callable[[], Snapshot] = field(repr=False)
    size: int = 0
    pool: Pool | None = field(default=None, repr=False)
    report: Report = field(default=silent, repr=False)
    noted: dict[str, Any] = field(default_factory=dict, repr=False)
    model: Model | None = field(default=None, repr=False)
    labels_of_all: Callable[[], NDArray[np.int64]] | None = field(default=None, repr=False)

    @property
    def labeled(self) -> NDArray[np.int64]:
        """Labeled ids, ascending."""
        return np.sort(self.labels.ids)

    @cached_property
    def _snapshot(self) -> Snapshot:
        return self.snapshot() if callable(self.snapshot) else self.snapshot

    @property
    def features(self) -> NDArray[np.float32]:
        """Features of the whole pool, (n, d)."""
        return self._given("features", self._snapshot.features)

    @property
    def probs(self) -> NDArray[np.float32]:
        """Class probabilities of the whole pool, (n, C)."""
        return self._given("probs", self._snapshot.probs)

    @property
    def head(self) -> Head:
        """The model's last linear layer."""
        return self._given("head", self._snapshot.head)

    @property
    def loss(self) -> NDArray[np.float32]:
        """The model's own prediction of its loss on each example of the pool, (n,)."""
        return self._given("loss", self._snapshot.loss)

    @cached_property
    def truth(self) -> NDArray[np.int64]:
        """The true label of every example of the pool (n,), -1 where nobody knows; only where the oracle is `truth`."""
        if self.labels_of_all is None:
            raise MissingNeeds("Only the oracle 'truth' knows the true labels, and this sampler reads them.")
        return self.labels_of_all()

    def predict(self, X: NDArray[Any], step: int = 0, steps: int = 1) -> NDArray[np.float32]:
        """Return class probabilities (m, C) of any examples, in the form of the pool's.

        Parameters
        ----------
        X : ndarray, (m, ...)
        step, steps : int
            For the progress: this is call `step` (from 0) of so many.
        """
        return self._model("predict").ask(X, self._part(step, steps), None)

    def stochastic(self, passes: int) -> NDArray[np.float32]:
        """Return class probabilities of the candidates (T, m, C) in so many passes with dropout on."""
        return np.stack(list(self.stochastic_passes(passes)))

    def stochastic_passes(self, passes: int) -> Iterator[NDArray[np.float32]]:
        """Yield the arrays (m, C) of `stochastic` one by one, for what needs only sums of them."""
        model, pool = self._model("stochastic"), self._loaded()
        rows_per_block = max(1, _BYTES // pool.X[:1].nbytes)
        blocks = np.array_split(self.candidates, -(-len(self.candidates) // rows_per_block))
        for number in range(passes):
            found = []
            for place, rows in enumerate(blocks):
                report = self._part(number * len(blocks) + place, passes * len(blocks))
                found.append(model.ask(pool.X[rows], report, self.rng))
            yield np.concatenate(found)

    def _model(self, name: str) -> Model:
        if self.model is None or name not in self.model.gives:
            raise MissingNeeds(f"The learner gave no {name} in cycle {self.cycle}, and this sampler needs it.")
        return self.model

    def _part(self, step: int, steps: int) -> Report:
        """Return a report for step `step` of `steps` of the selection."""
        return lambda _, done, total: self.progress(step * total + done, steps * total)

    def _loaded(self) -> Pool:
        if self.pool is None:
            raise PoolMissing("This sampler reads examples: open the run with its pool, Run.open(path, pool=...).")
        return self.pool

    def _given(self, name: str, value: Any) -> Any:
        if value is None:
            raise MissingNeeds(f"The learner gave no {name} in cycle {self.cycle}, and this sampler needs them.")
        return value

    def examples(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        """Return the examples of `ids`, images or vectors, in the pool's form."""
        return self._loaded().X[ids]

    def images(self, ids: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the images of `ids`."""
        return self._loaded().images(ids)

    def graph(self, k: int, metric: str = "cosine", rows: NDArray[np.int64] | None = None) -> Graph:
        """Return the kNN graph of the whole pool, or of `rows` (whose node i is ``rows[i]``).

        Reported as a phase of its own. Searched once per cycle for the same rows. The adjacency accuracy of the
        whole pool's graph is kept beside the selection.
        """
        self.report("graph", 0, 1)
        features = self.features if rows is None else self.features[rows]
        graph = knn_graph(features, k, metric, progress=lambda done, total: self.report("graph", done, total))
        if rows is None and metric == "cosine" and self.pool is not None and self.pool.known.any():
            found = adjacency_accuracy(graph, self.pool.y, len(self.pool.classes))
            self.log("adjacency_accuracy", found.plain)
            self.log("adjacency_k", found.k)
        self.report("graph", 1, 1)
        self.report("select", 0, 1)
        return graph

    def progress(self, done: int, total: int) -> None:
        """Say how far the selection is; raises `Stopped` when the work was asked to stop."""
        self.report("select", done, total)

    def log(self, name: str, value: Any) -> None:
        """Keep a number or array beside the selection, in its ``extra``."""
        self.noted[name] = value
