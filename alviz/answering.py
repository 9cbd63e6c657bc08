"""Answers to ids: those given, those that stand in the label book, or those of an oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.errors import InvalidInput
from alviz.oracles import Oracle
from alviz.pool import Pool
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
        values: NDArray[np.int64] = pool.task.check_targets(labels, len(ids), "labels")
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


def book_answers(run: Run) -> dict[int, Any]:
    """Return the last answer to every id that a person answered, in this run or in one of its family."""
    return {told["id"]: told["label"] for told in run.label_book()}


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
