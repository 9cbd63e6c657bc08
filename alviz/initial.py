"""The initial labeled set."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import AlvizWarning, InvalidInput
from alviz.pool import Pool
from alviz.seeding import stream


def initial_ids(pool: Pool, initial: Any, seed: int) -> NDArray[np.int64]:
    """Return the ids that are labeled before the first cycle, ascending.

    Parameters
    ----------
    pool : Pool
    initial : int, "balanced", "known", or sequence of int
        How many (stratified by class, among the examples whose truth is known; at random where none is),
        one per class, all whose truth is known, or the ids themselves.
    seed : int
    """
    rng = stream(seed, 0, "initial")
    if isinstance(initial, str):
        if initial == "balanced":
            return np.sort(_per_class(pool, np.ones(len(pool.classes), dtype=np.int64), rng))
        if initial != "known":
            raise InvalidInput(f"initial is {initial!r}, expected a number, 'balanced', 'known', or ids.")
        initial = np.flatnonzero(pool.known)
    if isinstance(initial, (int, np.integer)) and not isinstance(initial, bool):
        count = int(initial)
        if not 0 <= count < len(pool):
            raise InvalidInput(
                f"initial is {count}, expected 0 to {len(pool) - 1}: of {len(pool)} examples one has to stay unlabeled."
            )
        if count and pool.known.any():
            counts = np.bincount(pool.y[pool.known], minlength=len(pool.classes))
            if count > counts.sum():
                raise InvalidInput(
                    f"initial is {count}, the pool knows the labels of {counts.sum()} examples. Ask for no more, or "
                    "name the ids: initial=[...]."
                )
            return np.sort(_per_class(pool, _shares(counts, count, rng), rng))
        return np.sort(rng.choice(len(pool), count, replace=False))
    ids = pool.check_ids(initial, "initial")
    if len(ids) == len(pool):
        raise InvalidInput("initial names every example of the pool: nothing is left to pick.")
    return np.sort(ids)


def usual_initial(pool: Pool, person: bool) -> int | str:
    """Return what is labeled at first where nobody says; a person starts from what the pool knows if that is a part."""
    if not person:
        return 20
    return "known" if 0 < pool.known.sum() < len(pool) else 0


def warn_missing_classes(pool: Pool, labels: NDArray[np.int64]) -> None:
    """Warn when the initial labels do not show every class."""
    missing = np.setdiff1d(np.arange(len(pool.classes)), labels)
    if labels.size and missing.size:
        names = ", ".join(pool.classes[label] for label in missing[:10]) + (", …" if missing.size > 10 else "")
        warnings.warn(
            f"The initial set misses {missing.size} of {len(pool.classes)} classes ({names}): the first model cannot "
            "predict them. initial='balanced' or a larger number avoids it.",
            AlvizWarning,
            stacklevel=3,
        )


def _shares(counts: NDArray[np.int64], total: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return how many of each class make `total`, in proportion to `counts`: largest remainders, ties drawn."""
    exact = counts * (total / counts.sum())
    shares = np.floor(exact).astype(np.int64)
    order = np.lexsort((rng.random(len(counts)), -(exact - shares)))
    shares[order[: total - shares.sum()]] += 1
    return shares


def _per_class(pool: Pool, shares: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    chosen = []
    for label, share in enumerate(shares):
        rows = np.flatnonzero(pool.y == label)
        if len(rows) < share:
            raise InvalidInput(f"Class {pool.classes[label]!r} has {len(rows)} known examples, {share} are wanted.")
        chosen.append(rng.choice(rows, share, replace=False))
    return np.concatenate(chosen).astype(np.int64)
