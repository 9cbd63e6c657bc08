"""The question that a sampler answers, and everything that it may look at."""

from __future__ import annotations

from collections.abc import Callable
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

    def _given(self, name: str, value: Any) -> Any:
        if value is None:
            raise MissingNeeds(f"The learner gave no {name} in cycle {self.cycle}, and this sampler needs them.")
        return value

    def images(self, ids: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the images of `ids`."""
        if self.pool is None:
            raise PoolMissing("This sampler reads images: open the run with its pool, Run.open(path, pool=...).")
        return self.pool.images(ids)

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
