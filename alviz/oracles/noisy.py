"""An oracle that errs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.oracles.base import Oracle, truth
from alviz.part import parameter
from alviz.pool import Pool

Confusion = tuple[tuple[float, ...], ...]

_RATE = 0.1


class Answered(Protocol):
    """A run in which people answered: what `Noisy.like` reads of it."""

    config: dict[str, Any]

    @property
    def pool(self) -> Pool:
        """The examples and what is known of their classes."""
        ...

    @property
    def book(self) -> Any:
        """The label book."""
        ...


@dataclass(frozen=True)
class Noisy(Oracle):
    """Answers with another class in a share of the ids: the same ids, and the same class, whenever asked.

    The noise depends on the run's seed and on the id alone.

    Parameters
    ----------
    rate : float
        The share of wrong answers, each other class as likely; 0 where `confusion` is given.
    confusion : nested sequence of float, (C, C), optional
        In place of `rate`: row t says how often examples of the true class t are answered as each class. Rows sum
        to 1.

    Raises
    ------
    InvalidInput
        For a matrix that is not square, has entries that are no shares or rows that do not sum to 1, or for a rate
        beside it.
    """

    name: ClassVar[str] = "noisy"

    rate: float = parameter(_RATE, "share of wrong answers", low=0.0, high=1.0, step=0.05)
    confusion: Confusion | None = parameter(None, "in place of the rate, how often each class is answered as which")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.confusion is None:
            return
        if self.rate not in (_RATE, 0):
            raise InvalidInput(f"Noisy: rate is {self.rate} and confusion is given too: pass one of them.")
        object.__setattr__(self, "rate", 0.0)
        object.__setattr__(self, "confusion", _checked(self.confusion))

    @classmethod
    def like(cls, run: Answered, pool: Pool | None = None) -> Self:
        """Return the oracle that errs as the people did who answered in a run, as far as the pool knows the truth.

        Each person's last answer to an example counts, one that was taken back does not, nor do those of oracles. A
        class that nobody answered is answered right. Answers in classes that people added are left out: the pool
        does not have these.

        Parameters
        ----------
        run : Run
        pool : Pool, optional
            By default the run's.

        Raises
        ------
        InvalidInput
            If no person answered an example whose true class the pool knows.
        """
        pool = run.pool if pool is None else pool
        classes = len(pool.classes)
        answers = [(id, label) for id, label in _by_people(run) if pool.known[id] and label < classes]
        if not answers:
            raise InvalidInput(
                f"No person answered an example whose true class {pool!r} knows: there is no pattern of errors to "
                "repeat. Pass confusion=... to Noisy."
            )
        ids, labels = np.array(answers, dtype=np.int64).T
        counts = np.zeros((classes, classes))
        np.add.at(counts, (pool.y[ids], labels), 1)
        nobody = np.flatnonzero(counts.sum(axis=1) == 0)
        counts[nobody, nobody] = 1
        return cls(confusion=_nested(counts / counts.sum(axis=1, keepdims=True)))

    def config(self) -> dict[str, Any]:
        """Return ``{"name": ..., "params": {...}}``, the confusion as nested lists; left out where there is none."""
        config = super().config()
        if self.confusion is None:
            # As runs recorded it before there was one: equal configs do equal things.
            del config["params"]["confusion"]
        else:
            config["params"]["confusion"] = [list(row) for row in self.confusion]
        return config

    def answer(self, pool: Pool, ids: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
        """Return the pool's labels of `ids`, some replaced.

        Raises
        ------
        InvalidInput
            If the confusion is not of the pool's classes, or the pool does not know a label.
        """
        labels = truth(pool, ids).copy()
        classes = len(pool.classes)
        if self.confusion is not None:
            return self._confused(labels, ids, seed, classes)
        for i, row in enumerate(ids):
            rng = _stream(seed, row)
            if rng.random() < self.rate:
                labels[i] = (labels[i] + rng.integers(1, classes)) % classes
        return labels

    def _confused(
        self, labels: NDArray[np.int64], ids: NDArray[np.int64], seed: int, classes: int
    ) -> NDArray[np.int64]:
        rows = np.array(self.confusion)
        if len(rows) != classes:
            raise InvalidInput(
                f"Noisy: confusion is {len(rows)} × {len(rows)}, and the pool has {classes} classes: expected a row "
                "and a column for each."
            )
        bounds = np.cumsum(rows, axis=1)
        # Exactly 1 from the last class on that is ever answered, or a draw just below 1 would fall beyond it.
        bounds /= bounds[:, -1:]
        draws = np.array([_stream(seed, row).random() for row in ids])
        return np.asarray((draws[:, None] >= bounds[labels]).sum(axis=1), dtype=np.int64)


def _stream(seed: int, row: int) -> np.random.Generator:
    return np.random.default_rng([int(seed), int(row), 0x6E6F6973])  # "nois": a stream of its own


def _nested(rows: NDArray[np.float64]) -> Confusion:
    return tuple(tuple(row) for row in rows.tolist())


def _checked(confusion: Sequence[Sequence[float]]) -> Confusion:
    """Return a confusion as nested tuples of float."""
    try:
        rows = np.array(confusion, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"Noisy: confusion is no table of numbers ({error}): expected a row per true class."
        ) from error
    if rows.ndim != 2 or rows.shape[0] != rows.shape[1] or len(rows) < 2:
        raise InvalidInput(
            f"Noisy: confusion has shape {rows.shape}, expected (C, C): a row per true class, a column per answer."
        )
    bad = ~np.isfinite(rows) | (rows < 0)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise InvalidInput(f"Noisy: confusion[{row}][{column}] is {rows[row, column]}, expected a share of 0 or more.")
    sums = rows.sum(axis=1)
    off = np.flatnonzero(np.abs(sums - 1) > 1e-6)
    if off.size:
        raise InvalidInput(
            f"Noisy: row {off[0]} of confusion sums to {sums[off[0]]:.6g}, expected 1: the shares of all answers to "
            "examples of that class."
        )
    return _nested(rows)


def _by_people(run: Answered) -> list[tuple[int, int]]:
    """Return the id and label of each person's last answer to each example that they did not take back."""
    from alviz.oracles import registry

    oracles = {*registry.names(), run.config["oracle"]["name"]} - {"human"}
    tally = run.book.look()
    last = [answer for id in tally.ids for answer in tally.last_of_each(id) if answer.who not in oracles]
    return [(answer.id, answer.label) for answer in last if answer.label is not None]
