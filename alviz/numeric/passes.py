"""What several predictions of the same examples say together: their mean, their votes, how much they disagree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy


@dataclass(frozen=True)
class Passes:
    """Sums over T predictions of m examples.

    Attributes
    ----------
    mean : ndarray of float64, (m, C)
        The mean prediction, E p.
    entropy : ndarray of float64, (m,)
        The mean of the predictions' entropies in nats, E H[p].
    votes : ndarray of int64, (m, C)
        How many predictions have each class as the most likely one, ties to the lowest class.
    """

    mean: NDArray[np.float64]
    entropy: NDArray[np.float64]
    votes: NDArray[np.int64]


def nats(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Shannon entropy of each row of `p` (m, C), float64: differences of entropies are smaller than they."""
    return np.asarray(-xlogy(p, p).sum(axis=1))


def summed(passes: Iterable[NDArray[np.floating]]) -> Passes:
    """Return what T predictions (m, C), or an array (T, m, C), say together; one is held at a time.

    Sums are float64: where predictions agree, what the sums differ by is far below what a score tells.
    """
    count, total, entropies, votes = 0, np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64)
    for count, p in enumerate(passes, start=1):
        wide: NDArray[np.float64] = p.astype(np.float64)
        if count == 1:
            total, entropies, votes = np.zeros(wide.shape), np.zeros(len(wide)), np.zeros(wide.shape, dtype=np.int64)
        total += wide
        entropies += nats(wide)
        votes[np.arange(len(wide)), wide.argmax(axis=1)] += 1
    return Passes(total / count, entropies / count, votes)
