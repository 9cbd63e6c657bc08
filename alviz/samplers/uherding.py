"""UHerding: MaxHerding in which what the model is unsure of counts more.

Bae, Oliveira, Sutherland. Uncertainty Herding: One Active Learning Method for All Label Budgets. ICLR 2025: greedy
maximization of E_x u(x) max_l k_σ(x, l) with u = 1 − (p₍₁₎ − p₍₂₎), the margin's uncertainty. Both parameters follow
the labeled set: σ is the smallest distance between two labeled examples, so that it shrinks as they grow in number
and the choice turns from coverage to uncertainty; the temperature T of p ∝ p^(1/T) is the one with the least expected
calibration error on labeled examples that were held out.

Deviations. A sampler cannot train the learner again, so a logistic regression on its features stands in for it
when T is chosen: fitted on four fifths of the labeled examples, judged on the rest, in turn, so that each is held out
once. With fewer than two labeled examples, or none but duplicates, σ is ``sigma``, and it never exceeds that; without
two labeled classes u = 1, which is MaxHerding. The expectation is over at most ``reference`` drawn rows.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.graphs.knn import unit_rows
from alviz.numeric.calibration import expected_calibration_error, tempered
from alviz.numeric.herding import Gaussian
from alviz.part import parameter
from alviz.samplers.base import Sampler
from alviz.samplers.finite import finite_features
from alviz.samplers.margin import margin
from alviz.samplers.maxherding import cover, drawn
from alviz.samplers.query import Query
from alviz.selection import Selection

TEMPERATURES = np.geomspace(0.1, 100.0, 61)
# Labeled examples that the temperature and the radius are chosen on.
_MOST = 2000
_FOLDS = 5


def smallest_distance(X: NDArray[np.floating]) -> float:
    """Return the smallest distance between rows of `X` that differ; inf where none do."""
    rows = np.unique(np.asarray(X, dtype=np.float64), axis=0)
    squares = np.einsum("ij,ij->i", rows, rows)
    squared = (squares[:, None] + squares - 2 * rows @ rows.T)[np.triu_indices(len(rows), 1)]
    return float(np.sqrt(max(squared.min(initial=np.inf), 0.0)))


def held_out_temperature(
    X: NDArray[np.floating],
    y: NDArray[np.int64],
    rng: np.random.Generator,
    progress: Callable[[], None] = lambda: None,
) -> float:
    """Return the temperature at which a logistic regression's held-out probabilities are calibrated best.

    Of equally good ones it is the nearest to 1.

    Parameters
    ----------
    X : ndarray, (m, d)
        Features of labeled examples.
    y : ndarray of int64, (m,)
        Their classes, at least two of them.
    rng : numpy.random.Generator
        Draws the folds.
    progress : callable
        Called before each of them; what it raises stops the work.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    classes, codes = np.unique(y, return_inverse=True)
    folds = rng.permutation(len(y)) % min(_FOLDS, len(y))
    logits = np.full((len(y), len(classes)), -np.inf)
    for fold in range(folds.max() + 1):
        progress()
        train, held = folds != fold, folds == fold
        known = np.unique(codes[train])
        if len(known) < 2:
            # Nothing to tell apart: what is held out gets the one class that there is.
            logits[np.ix_(held, known)] = 0
            continue
        with warnings.catch_warnings():
            # One number is wanted of it, which the last digits do not change.
            warnings.simplefilter("ignore", ConvergenceWarning)
            found = LogisticRegression(max_iter=200).fit(X[train], codes[train])
        logits[np.ix_(held, known)] = found.predict_log_proba(X[held])
    correct = logits.argmax(axis=1) == codes
    errors = np.array([expected_calibration_error(tempered(logits, T), correct) for T in TEMPERATURES])
    best = TEMPERATURES[errors <= errors.min() + 1e-9]
    return float(best[np.abs(np.log(best)).argmin()])


@dataclass(frozen=True)
class UHerding(Sampler):
    """Pick again and again what adds most to E_x u(x) max_l k(x, l), l labeled or picked.

    The score is what a candidate alone would add, ``extra["gain"]`` what each pick added. ``extra`` also holds the
    ``coverage`` before and after, the ``radius`` σ and the ``temperature``.
    """

    name: ClassVar[str] = "uherding"
    deterministic: ClassVar[bool] = False

    sigma: float = parameter(
        1.0, "largest σ, and that of the start, on features of length one", low=1e-3, high=10.0, step=0.1
    )
    shrink: bool = parameter(True, "let σ be the smallest distance between labeled examples")
    calibrate: bool = parameter(True, "choose the temperature on held-out labeled examples")
    reference: int = parameter(
        10_000, "most rows that the expectation is taken over", low=1, high=100_000_000, step=1000
    )

    @property
    def needs(self) -> frozenset[str]:
        """Features and probabilities."""
        return frozenset({"features", "probs"})

    def select(self, query: Query) -> Selection:
        """Choose σ and the temperature, weigh the pool, and cover it."""
        X = unit_rows(finite_features(query))
        query.progress(0, query.n)
        known = query.labels
        some = np.sort(drawn(query, len(known), _MOST))
        ids, y = known.ids[some], known.values[some]
        sigma = self.sigma
        if self.shrink:
            sigma = max(min(sigma, smallest_distance(X[ids])), 1e-3)
        several = len(np.unique(y)) > 1
        temperature = 1.0
        if self.calibrate and several:
            temperature = held_out_temperature(query.features[ids], y, query.rng, lambda: query.progress(0, query.n))
        uncertain = uncertainty(query.probs, temperature) if several else np.ones(len(X))
        rows = drawn(query, len(X), self.reference)
        query.log("temperature", temperature)
        return cover(query, X, Gaussian(sigma), sigma, rows, uncertain[rows])


def uncertainty(probs: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Return u = 1 − (p₍₁₎ − p₍₂₎) of each row of `probs` (n, C) at a temperature."""
    with np.errstate(divide="ignore"):
        p: Any = tempered(np.log(np.asarray(probs, dtype=np.float64)), temperature)
    return np.asarray(1.0 - margin(p), dtype=np.float64)
