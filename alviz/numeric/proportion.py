"""How sure a share is."""

from __future__ import annotations

import math


def standard_error(share: float, n: int) -> float:
    """Return the standard error of a share of `n` trials, with two successes and two failures added to them.

    The plain √(p(1 − p)/n) is zero where all trials agree, however few they are; this one is not. Agresti, Coull.
    Approximate is better than "exact" for interval estimation of binomial proportions. The American Statistician
    52(2), 1998.
    """
    center = (share * n + 2) / (n + 4)
    return math.sqrt(center * (1 - center) / (n + 4))
