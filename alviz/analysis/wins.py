"""Who beats whom, and how often: BADGE's pairwise penalty matrix.

Ash, Zhang, Krishnamurthy, Langford, Agarwal. Deep batch active learning by diverse, uncertain gradient lower bounds.
ICLR 2020, section 5: at every number of labels, i beats j where the paired t of their accuracies over seeds exceeds
the two-sided critical value (2.776 for five seeds at 95 %); P_ij grows by 1 over the count of these numbers. The
averages of columns say how often one is beaten: lower is better.

The paper takes the numbers M + 2^(m − 1) B up to where random sampling has 99 % of its last accuracy, and sums P over
pools, networks and batch sizes; here it is of one pool and of the numbers that are given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alviz.analysis.paired import paired_test
from alviz.analysis.student import critical_t
from alviz.errors import InvalidInput


@dataclass(frozen=True, eq=False)
class Wins:
    """How often each sampler beats each other one.

    Attributes
    ----------
    wins : ndarray of int64, (m, m)
        At how many numbers of labels row i beats column j.
    budgets : int
        How many numbers of labels there are.
    """

    wins: NDArray[np.int64]
    budgets: int

    @property
    def penalties(self) -> NDArray[np.float64]:
        """BADGE's P (m, m), 0..1: the share of the numbers of labels at which row i beats column j."""
        return np.asarray(self.wins / self.budgets)

    @property
    def averages(self) -> NDArray[np.float64]:
        """The mean (m,) of every column of P, its own 0 on the diagonal included, as in the paper: lower is better."""
        return np.asarray(self.penalties.mean(axis=0))

    @property
    def losses(self) -> NDArray[np.int64]:
        """At how many numbers of labels (m, m) row i is beaten by column j."""
        return self.wins.T

    @property
    def ties(self) -> NDArray[np.int64]:
        """At how many numbers of labels (m, m) neither beats the other; of a sampler with itself, all."""
        return np.asarray(self.budgets - self.wins - self.wins.T)


def wins(values: NDArray[np.floating], *, higher: bool = True, level: float = 0.95) -> Wins:
    """Count wins by paired t-tests over seeds at every number of labels, each at the level for itself.

    Parameters
    ----------
    values : ndarray, (m, seeds, budgets)
        The metric; NaN where a seed is missing. Pairs are tested over the seeds that both have; fewer than two are
        no win. Differences that are the same in every seed, and not 0, are one: t is infinite.
    higher : bool
        Whether higher values are better.
    level : float
        Confidence, 0..1.

    Raises
    ------
    InvalidInput
        If there are no numbers of labels.
    """
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 3 or not given.shape[2]:
        raise InvalidInput(f"Wins are counted over values (samplers, seeds, budgets), got {given.shape}.")
    curves = (1.0 if higher else -1.0) * given.transpose(0, 2, 1)
    # A row at a time: all pairs at once would be m² curves in memory.
    found = []
    for curve in curves:
        test = paired_test(curve, curves, level=level)
        found.append((test.t > critical_t(test.seeds - 1, level)).sum(axis=1))
    return Wins(np.array(found, dtype=np.int64).reshape(len(curves), len(curves)), given.shape[2])
