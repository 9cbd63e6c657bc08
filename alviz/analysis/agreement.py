"""Agreement: whether two samplers' answers lead to the same pseudo-labels.

Siméoni, Budnik, Avrithis, Gravier. Rethinking deep active learning. ICPR 2020, appendix A.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.graphs.propagate import Propagated


@dataclass(frozen=True)
class Agreement:
    """How two propagations compare on the examples that neither labeled.

    Attributes
    ----------
    weighted : float
        Σ w·[y₁ = y₂] / Σ w with w the mean of both weights (the appendix's text).
    plain : float
        The share of examples on which the pseudo-labels agree (the caption of its Table 3).
    accuracy_agree, accuracy_disagree : float
        Of the pseudo-labels against the truth, weighted, where both agree and where they do not; there of the
        second. NaN where no true class is known.
    weight_agree, weight_disagree : float
        The mean weight there.
    """

    weighted: float
    plain: float
    accuracy_agree: float
    accuracy_disagree: float
    weight_agree: float
    weight_disagree: float


def agreement(first: Propagated, second: Propagated, rest: NDArray[np.int64], truth: NDArray[np.int64]) -> Agreement:
    """Compare the pseudo-labels that follow from two batches of answers.

    Parameters
    ----------
    first, second : Propagated
        Labels propagated from what is labeled and the one batch, or the other; weights not divided by their
        largest.
    rest : ndarray of int64
        The unlabeled examples that are in neither batch.
    truth : ndarray of int64, (n,)
        True classes, -1 where not known.

    Raises
    ------
    InvalidInput
        If no example is left to compare on.
    """
    if len(rest) == 0:
        raise InvalidInput("Agreement compares on examples that neither batch labels, and none is left.")
    weights = (first.weights[rest].astype(np.float64) + second.weights[rest]) / 2
    labels, known = second.labels[rest], truth[rest] >= 0
    right = labels == truth[rest]
    agree = first.labels[rest] == labels
    parts = {True: agree, False: ~agree}

    def accuracy(of: bool) -> float:
        inside = parts[of] & known
        return _ratio(weights[inside & right].sum(), weights[inside].sum())

    def weight(of: bool) -> float:
        return _ratio(weights[parts[of]].sum(), float(parts[of].sum()))

    return Agreement(
        # Where nothing reaches any example no weight is left to share out.
        weighted=_ratio(weights[agree].sum(), weights.sum()),
        plain=float(agree.mean()),
        accuracy_agree=accuracy(True),
        accuracy_disagree=accuracy(False),
        weight_agree=weight(True),
        weight_disagree=weight(False),
    )


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")
