"""Ids are rows of the pool, and the order of the rows says nothing: the same examples are picked in any other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alviz.samplers import Sampler
from alviz.testing.answers import answer
from alviz.testing.common import expect
from alviz.testing.cycle import CYCLE, Cycle

# Of so many streams in each order, on so many rows, for so many picks.
STREAMS, POINTS, PICKS = 200, 30, 3
# Where so many in each order all pick the same, the rest need not be asked: neither stream nor order matter.
SETTLED = 25
# A sound sampler is refused at most once in so many times, over the choice of the streams.
ONCE_IN = 1_000_000


def check_order(sampler: Sampler, cycle: Cycle) -> None:
    """Refuse picks that depend on where a row stands; of a sampler that trains a network nothing can be asked.

    Deterministic samplers pick the same examples in the same order, whatever the order of the rows. For the others
    the distribution of the picks is the same: over `STREAMS` streams for the rows as they are, and as many other ones
    for the rows in reverse. No two streams are the same, and all are fixed, so the verdict is, too.
    """
    if sampler.trains or sampler.at(CYCLE).trains:
        return
    if sampler.deterministic:
        _check_same_picks(sampler, cycle)
    else:
        _check_same_distribution(sampler, cycle)


def _check_same_picks(sampler: Sampler, cycle: Cycle) -> None:
    picked = answer(sampler, cycle.query()).ids
    for seed in (2, 3):
        order = np.random.default_rng(seed).permutation(len(cycle.pool))
        moved = order[answer(sampler, cycle.permuted(order).query(), " when the pool comes in another order").ids]
        expect(
            np.array_equal(picked, moved),
            f"{sampler.name} picks {picked.tolist()}, and {moved.tolist()} when the pool comes in another order: "
            "are positions taken for ids?",
        )


def _check_same_distribution(sampler: Sampler, cycle: Cycle) -> None:
    some = cycle.of_size(min(POINTS, len(cycle.pool)))
    rows = np.arange(len(some.pool))
    # The other way round: whichever of two tied examples came first, now the other does.
    order = rows[::-1]
    moved = some.permuted(order)
    here, there = [], []
    for seed in range(STREAMS):
        here.append(_picked(sampler, some, seed, rows))
        there.append(_picked(sampler, moved, STREAMS + seed, order))
        if seed + 1 == SETTLED and (np.array(here + there) == here[0]).all():
            return
    expect(
        not far_apart(np.array(here), np.array(there)),
        f"{sampler.name} picks other examples when the pool comes in another order: of {STREAMS} streams each, they "
        f"lie farther apart than chance puts them once in {ONCE_IN:,} times. Are positions taken for ids, or ties "
        "given to the lowest id? Those of a sampler that draws are to be drawn, too.",
    )


def _picked(sampler: Sampler, cycle: Cycle, seed: int, names: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which example was picked, and which first, (2 n,); row i is example ``names[i]``."""
    ids = names[answer(sampler, cycle.query(PICKS, seed=seed)).ids]
    found = np.zeros((2, len(names)), dtype=bool)
    found[0, ids] = found[1, ids[:1]] = True
    return found.ravel()


def far_apart(here: NDArray[np.bool_], there: NDArray[np.bool_]) -> bool:
    """Whether two samples of equal size are of two distributions, wrong at most once in `ONCE_IN` times if not.

    Row s of the one is paired with row s of the other. If both are of one distribution, independent, then each pair
    may as well be the other way round: of `ONCE_IN` ways to turn the pairs, the given one among them, the given one is
    as likely as any other to have the largest of the statistic Σ (a - b)² / (a + b), a and b the sums of a column.

    Parameters
    ----------
    here, there : ndarray of bool, (pairs, columns)
    """
    gaps = here.astype(np.float32) - there
    sums = here.sum(axis=0) + there.sum(axis=0)
    weights = np.divide(1, sums, out=np.zeros(len(sums), dtype=np.float32), where=sums > 0)
    # Sums of whole numbers are exact; what is rounded when they are weighed must not break a tie.
    given = float((gaps.sum(axis=0) ** 2) @ weights) * (1 - 1e-5)
    rng, left, block = np.random.default_rng(5), ONCE_IN - 1, 100
    while left > 0 and given > 0:
        turned = rng.integers(0, 2, (min(block, left), len(gaps)), dtype=np.int8).astype(np.float32) * 2 - 1
        if (((turned @ gaps) ** 2) @ weights).max() >= given:
            return False
        left, block = left - len(turned), 10_000
    return given > 0
