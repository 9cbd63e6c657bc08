"""A recorded cycle that is made up, to put questions to samplers about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.asking import MODEL, TRUTH
from alviz.learners.linear import softmax
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.record import Labels
from alviz.samplers import Query
from alviz.samplers.query import Model
from alviz.snapshot import Head, Snapshot
from alviz.task import Classification
from alviz.testing.common import frozen

ROWS, CLASSES, WANTED, CYCLE = 48, 4, 5, 3


def made_up_snapshot(seed: int = 0) -> Snapshot:
    """Return features after a ReLU, a head, the probabilities that follow from them, and predicted losses."""
    rng = np.random.default_rng(seed)
    features = rng.gamma(1.0, size=(ROWS, 6)).astype(np.float32)
    head = Head(rng.normal(size=(CLASSES, 6)).astype(np.float32), rng.normal(size=CLASSES).astype(np.float32))
    loss = rng.normal(size=ROWS).astype(np.float32)
    return Snapshot(features, softmax(features @ head.weight.T + head.bias), head, loss)


@dataclass(frozen=True, eq=False)
class Cycle:
    """A fitted cycle whose labeled rows lie scattered over the pool, the first and the last row among them.

    Attributes
    ----------
    snapshot : Snapshot
    pool : Pool
        Images that have nothing to do with the snapshot.
    labels : Labels
    lent : frozenset of str
        What a query can be asked for beside the snapshot: of ``predict``, ``stochastic``, ``truth``.
    """

    snapshot: Snapshot
    pool: Pool
    labels: Labels
    lent: frozenset[str] = MODEL | TRUTH

    @classmethod
    def of(cls, snapshot: Snapshot, n: int) -> Cycle:
        """Return a cycle of `n` rows in which a model says what `snapshot` holds."""
        rng = np.random.default_rng(1)
        classes = CLASSES if snapshot.probs is None else snapshot.probs.shape[1]
        y = rng.permutation(np.arange(n) % classes)
        pool = Pool(rng.integers(0, 256, (n, 8, 8), dtype=np.uint8), y, Classification(tuple(map(str, range(classes)))))
        # The first and the last row are labeled: a position among the others is never its own id.
        ids = frozen(np.concatenate([[0, n - 1], 1 + rng.permutation(n - 2)[: n // 5]]).astype(np.int64))
        return cls(of_rows(snapshot, slice(None)), pool, Labels(ids, frozen(y[ids])))

    @property
    def unlabeled(self) -> NDArray[np.int64]:
        """Ids, ascending."""
        return np.setdiff1d(np.arange(len(self.pool)), self.labels.ids)

    def query(
        self,
        n: int = WANTED,
        *,
        candidates: NDArray[np.int64] | None = None,
        seed: int = 0,
        report: Report = silent,
    ) -> Query:
        """Return the question for `n` of all that is unlabeled, or of `candidates`."""
        return Query(
            n,
            CYCLE,
            self.pool.task,
            self.labels,
            frozen(self.unlabeled if candidates is None else candidates),
            np.random.default_rng(seed),
            self.snapshot,
            len(self.pool),
            self.pool,
            report,
            model=Model(self.lent & MODEL, _made_up_model(self.pool)) if self.lent & MODEL else None,
            labels_of_all=(lambda: self.pool.y) if self.lent & TRUTH else None,
        )

    def only(self, names: frozenset[str]) -> Cycle:
        """Return the cycle with nothing to look at but what is named."""
        snapshot = replace(self.snapshot, **dict.fromkeys(self.snapshot.gives - names))
        return replace(self, snapshot=snapshot, lent=self.lent & names)

    def labeled(self, ids: NDArray[np.int64]) -> Cycle:
        """Return the cycle with these labeled, and no others."""
        return replace(self, labels=Labels(frozen(ids.astype(np.int64)), frozen(self.pool.y[ids])))

    def showing(self, rows: NDArray[np.int64]) -> Cycle:
        """Return the cycle where row i looks as row ``rows[i]`` did; what is labeled stays."""
        pool = replace(self.pool, X=self.pool.X[rows], y=self.pool.y[rows])
        return replace(self, snapshot=of_rows(self.snapshot, rows), pool=pool)

    def with_targets(self, y: NDArray[np.int64]) -> Cycle:
        """Return the cycle of a pool with other targets; what is labeled stays."""
        return replace(self, pool=replace(self.pool, y=y))

    def permuted(self, order: NDArray[np.int64]) -> Cycle:
        """Return the same cycle with row ``order[i]`` at place i."""
        place = np.argsort(order)
        return replace(self.showing(order), labels=Labels(frozen(place[self.labels.ids]), self.labels.values))

    def of_size(self, n: int) -> Cycle:
        """Return another cycle of `n` rows, new ones much like these if there are more, that holds the same."""
        rows = np.resize(np.arange(len(self.pool)), n)
        snapshot = of_rows(self.snapshot, rows)
        if snapshot.features is not None and n > len(self.pool):
            apart = 1 + 0.1 * np.random.default_rng(3).random(snapshot.features.shape, dtype=np.float32)
            snapshot = replace(snapshot, features=frozen(snapshot.features * apart))
        return replace(Cycle.of(snapshot, n), lent=self.lent)

    def everything(self) -> dict[str, bytes]:
        """Return what a sampler could have changed, by name."""
        shown: dict[str, Any] = {"X": self.pool.X, "y": self.pool.y}
        shown |= {"labels.ids": self.labels.ids, "labels.values": self.labels.values}
        shown |= {name: getattr(self.snapshot, name) for name in ("features", "probs", "loss")}
        head = self.snapshot.head
        shown |= {} if head is None else {"head.weight": head.weight, "head.bias": head.bias}
        return {name: array.tobytes() for name, array in shown.items() if array is not None}


def rows_of(snapshot: Snapshot) -> int:
    """Return how many rows the arrays of a snapshot have; `ROWS` if there are none."""
    given = (array for array in (snapshot.features, snapshot.probs, snapshot.loss) if array is not None)
    return len(next(given, range(ROWS)))


def of_rows(snapshot: Snapshot, rows: Any) -> Snapshot:
    """Return what the snapshot says of some rows of the pool, read-only."""
    arrays = {name: getattr(snapshot, name) for name in ("features", "probs", "loss")}
    head = snapshot.head and Head(frozen(snapshot.head.weight), frozen(snapshot.head.bias))
    return Snapshot(head=head, **{name: None if a is None else frozen(a[rows]) for name, a in arrays.items()})


def _made_up_model(pool: Pool) -> Any:
    """Return a linear model of examples for `Model.ask`; with an rng it drops a half of their entries."""
    weight = np.random.default_rng(4).normal(size=(pool.X[0].size, len(pool.classes))).astype(np.float32)

    def ask(X: NDArray[Any], report: Report, rng: np.random.Generator | None) -> NDArray[np.float32]:
        report("embed", 0, 1)
        rows = X.reshape(len(X), -1).astype(np.float32) / np.float32(64 * 255)
        if rng is not None:
            rows = 2 * rows * (rng.random(rows.shape) < 0.5)
        probs = softmax(np.asarray(rows @ weight, dtype=np.float32))
        report("embed", 1, 1)
        return probs

    return ask
