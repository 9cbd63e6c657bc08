"""Answers to ids: those given, those that stand in the label book, or those of an oracle."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.errors import InvalidInput
from alviz.oracles import Oracle
from alviz.pool import Pool
from alviz.record import Labels
from alviz.store import Run


def answer(
    oracle: Oracle, run: Run, pool: Pool, ids: NDArray[np.int64], labels: ArrayLike | None
) -> tuple[NDArray[np.int64], str]:
    """Return the labels of `ids` and who gave them: the caller, a person before, or the oracle.

    Raises
    ------
    InvalidInput
        For labels that are none, or an id without an answer.
    """
    if labels is not None:
        values: NDArray[np.int64] = pool.with_classes(run.classes).task.check_targets(labels, len(ids), "labels")
        if (values < 0).any():
            raise InvalidInput("labels holds -1 or NaN: leave ids without an answer out instead.")
        return values, "given"
    if oracle.name == "human":
        told = book_answers(run)
        open_ids = [row for row in ids.tolist() if row not in told]
        if open_ids:
            oracle.answer(pool, np.array(open_ids, dtype=np.int64), run.seed)
        return np.array([told[row] for row in ids.tolist()], dtype=np.int64), "given"
    return oracle_answers(oracle, pool, ids, run.seed), oracle.name


def oracle_answers(oracle: Oracle, pool: Pool, ids: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return an oracle's labels of `ids`, checked: an oracle may be somebody's own."""
    values: NDArray[np.int64] = pool.task.check_targets(
        oracle.answer(pool, ids, seed), len(ids), f"The answer of oracle {oracle.name!r}"
    )
    if (values < 0).any():
        raise InvalidInput(f"The oracle {oracle.name!r} left {int((values < 0).sum())} of {len(ids)} ids unlabeled.")
    return values


def book_answers(run: Run) -> dict[int, int]:
    """Return the last answer to every id that has one, given in this run or in one of its family."""
    return run.book.look().labels


@dataclass(frozen=True, eq=False)
class Closing:
    """What people said since the last fit: what closes the open cycle.

    Attributes
    ----------
    labels : Labels
        New and changed ones; -1 for a label that was taken back.
    set_aside : tuple of int
        All ids, ascending, that are not to be asked again, those of earlier cycles included.
    people : dict of str to int
        How many of the labels each person gave.
    """

    labels: Labels
    set_aside: tuple[int, ...]
    people: dict[str, int]


def closing(run: Run, cycle: int) -> Closing:
    """Return what closes the open cycle of a run by the label book as it stands.

    That is the answers to what was picked, whoever gave them and in whichever run of the family; the answers
    given in this run to anything else; and what changed about ids that were learned from before. Answers to
    what another run of the family picked stay out, or its branches could not be compared.
    """
    tally = run.book.look()
    before, now = run.labeled(cycle).by_id(), tally.held(run.initial.by_id())
    selection = run.selection(cycle)
    concerned = {*before, *(() if selection is None else selection.ids.tolist()), *tally.asked_in(run.uid)}
    changed: dict[int, int] = {}
    people: Counter[str] = Counter()
    for id, answer in list(tally.last.items()):
        label = now.get(id, -1)
        if id in concerned and before.get(id, -1) != label:
            changed[id] = label
            people[answer.who] += 1
    labels = Labels(np.array(list(changed), dtype=np.int64), np.array(list(changed.values()), dtype=np.int64))
    return Closing(labels, tuple(sorted(tally.set_aside)), dict(people))


def known_answers(oracle: Oracle, run: Run, pool: Pool | None) -> NDArray[np.int64]:
    """Return what the oracle of a run answers to every id (n,), -1 where nobody knows.

    The pool is loaded only where the oracle is no person.
    """
    told = np.full(run.size, -1, dtype=np.int64)
    if oracle.name == "human":
        for row, label in book_answers(run).items():
            told[row] = label
        return told
    pool = pool or run.pool
    known = np.flatnonzero(pool.known)
    told[known] = oracle_answers(oracle, pool, known, run.seed)
    return told
