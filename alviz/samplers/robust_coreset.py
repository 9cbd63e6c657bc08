"""Core-set selection by robust k-center, with a proof of how good it is.

Sener, Savarese. Active Learning for Convolutional Neural Networks: A Core-Set Approach. ICLR 2018, Algorithm 2 and
Equation 6.

Deviations: the feasibility of a radius is asked as a cover problem, which has the optimum of the paper's program with
a variable per example in place of one per pair; distances are not squared, as the published program squares them; it
is solved by HiGHS, which is free, in place of Gurobi. The paper's bounds (the greedy radius and its half) do not hold
once outliers are allowed; see `alviz.numeric.robust_k_center` for those that do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from alviz.numeric.robust_k_center import RobustKCenter, robust_k_center
from alviz.part import parameter
from alviz.samplers.base import Sampler, spread
from alviz.samplers.query import Query
from alviz.selection import Selection


@dataclass(frozen=True)
class RobustCoreset(Sampler):
    """Pick the examples from which all candidates but a few outliers lie within the least radius.

    The greedy selection comes first, and is what is picked if nothing better is found within the time limit. Chance
    plays no part: equal queries give equal picks wherever the gap is reached before the clock cuts a solution short
    (no single one takes more than half of the time that is left). Else they depend on the machine's speed.

    The score is that of `coreset`: the distance to the nearest labeled example (with nothing labeled yet, minus the
    distance to the mean). ``extra["gain"]`` is each pick's distance to the labeled and the picks before it, in the
    order of the farthest first; ``radius`` and ``gap`` say how far candidates lie and how much of that is not proved
    to be needed; ``outliers`` are the ids of those farther away. Kept beside the selection too: ``seconds``,
    ``upper`` and ``lower``, the bounds as they closed in, and ``outcome``, what came of the search in words.
    """

    name: ClassVar[str] = "robust_coreset"
    deterministic: ClassVar[bool] = False
    leisurely: ClassVar[bool] = True

    outliers: float = parameter(1e-4, "share of the candidates that may lie far", low=0.0, high=1.0, step=1e-4)
    time_limit: float = parameter(60.0, "seconds after the greedy selection", low=0.0, high=1e6, step=10.0)
    gap: float = parameter(0.01, "share of the radius that may stay unproved", low=0.0, high=1.0, step=0.01)

    @property
    def needs(self) -> frozenset[str]:
        """Features."""
        return frozenset({"features"})

    def select(self, query: Query) -> Selection:
        """Pick greedily, then search for better centers and for a proof."""
        found = robust_k_center(
            query.features,
            query.labeled,
            query.candidates,
            query.n,
            outlier_count(self.outliers, len(query.candidates)),
            time_limit=self.time_limit,
            gap=self.gap,
            progress=query.progress,
        )
        # Not in the selection: seconds differ from one time to the next.
        for name, values in zip(("seconds", "upper", "lower"), found.trace.T, strict=True):
            query.log(name, values.copy())
        query.log("outcome", outcome(found, self.gap, self.time_limit))
        extra = {
            "gain": found.gains.astype(np.float32),
            "radius": found.upper,
            "gap": found.gap,
            "outliers": found.outliers,
        }
        return Selection(found.picks, spread(query, found.start), extra)


def outlier_count(share: float, n: int) -> int:
    """Return ⌊share · n⌋: how many of `n` candidates may lie far."""
    # 0.29 · 100 is 28.999999999999996 in float64.
    return int(share * n * (1 + 1e-12))


def outcome(found: RobustKCenter, gap: float, time_limit: float) -> str:
    """Return in words what came of the search."""
    bound = f"radius {found.upper:.6g}, none goes below {found.lower:.6g}"
    if found.improved:
        return f"Better than greedy, whose radius is {found.trace[0, 1]:.6g}: {bound}."
    if found.gap <= gap:
        return f"The greedy selection is as good as asked for: {bound}."
    return f"Nothing better was found within {time_limit:g} seconds, so the greedy selection stands: {bound}."
