"""Paired tests of configurations, corrected for how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alviz.analysis import Outcome, Paired, holm, paired_test, seeds_needed, verdict
from alviz.analysis.power import ALPHA, MOST
from alviz.task import Metric

if TYPE_CHECKING:
    import pandas as pd

# Wilcoxon's test finds normal differences with 3/π as many: its asymptotic relative efficiency.
_EFFICIENCY = 3 / np.pi


@dataclass(frozen=True, eq=False)
class Comparisons:
    """One family of tests.

    Attributes
    ----------
    pairs : sequence of (str, str)
    metric : Metric
    tests : Paired
        Arrays with an element per pair.
    holm, needed : ndarray of float64
        Adjusted p-values, and how many seeds would do.
    method : str
    """

    pairs: Sequence[tuple[str, str]]
    metric: Metric
    tests: Paired
    holm: NDArray[np.float64]
    needed: NDArray[np.float64]
    method: str

    @classmethod
    def made(
        cls, names: Sequence[str], table: NDArray[np.float64], metric: Metric, method: str, against: str | None = None
    ) -> Comparisons:
        """Test every pair of rows of a table (m, seeds), or every row against one.

        What would do is counted at the level over the number of tests: what Holm's correction asks of the smallest p.
        """
        count = len(names)
        if against is None:
            places = [(i, j) for i in range(count) for j in range(i + 1, count)]
        else:
            second = list(names).index(against)
            places = [(i, second) for i in range(count) if i != second]
        first, other = np.array(places, dtype=np.int64).reshape(-1, 2).T
        tests = paired_test(table[first], table[other], method)
        alpha = ALPHA / max(int(np.isfinite(tests.p).sum()), 1)
        needed = seeds_needed(tests.effect, alpha)
        if method == "wilcoxon":
            # And no p is below two of all assignments of signs.
            needed = np.maximum(np.ceil(needed / _EFFICIENCY), 1 + np.ceil(-np.log2(alpha)))
            needed = np.where(needed > MOST, np.inf, needed)
        pairs = [(names[i], names[j]) for i, j in places]
        return cls(pairs, metric, tests, holm(tests.p), needed, method)

    def outcomes(self) -> list[Outcome]:
        """Return what is known of each pair."""
        one = self.tests
        adjusted = "Holm p" if self.method == "t" else "Wilcoxon, Holm p"
        numbers = np.stack([one.difference, one.low, one.high, one.std, self.holm, self.needed], axis=1).tolist()
        found = []
        for seeds, (difference, low, high, std, p, needed) in zip(one.seeds.tolist(), numbers, strict=True):
            found.append(Outcome(seeds, difference, low, high, std, p, needed, MOST, adjusted))
        return found

    def verdicts(self) -> list[str]:
        """Return a sentence per pair."""
        return [
            verdict(first, second, outcome, self.metric)
            for (first, second), outcome in zip(self.pairs, self.outcomes(), strict=True)
        ]

    def frame(self) -> pd.DataFrame:
        """Return a row per pair."""
        import pandas as pd

        one = self.tests
        return pd.DataFrame(
            {
                "first": [first for first, _ in self.pairs],
                "second": [second for _, second in self.pairs],
                "seeds": one.seeds,
                "difference": one.difference,
                "std": one.std,
                "low": one.low,
                "high": one.high,
                "effect": one.effect,
                "p": one.p,
                "holm": self.holm,
                "needed": self.needed,
            }
        )
