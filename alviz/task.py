"""What is being learned: the shape of the targets, the metrics, and which direction is better.

Only classification exists so far. A regression or segmentation task is another subclass of `Task`:
it says how targets are checked, what a missing one looks like, and how predictions are scored.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput

# Of the calibration error, as in the paper.
BINS = 15

ACCURACY = "accuracy"
CROSS_VALIDATED = "cross_validated_accuracy"


@dataclass(frozen=True)
class Metric:
    """A number that a task reports after each fit.

    Attributes
    ----------
    name : str
    higher_is_better : bool
    percent : bool
        Whether a figure shows it as a percentage (stored as a share, 0 to 1).
    per_class : bool
        Whether there is one value per class, NaN for a class without test rows.
    tested : bool
        Whether it is measured on the test split; else on the labeled set itself.
    """

    name: str
    higher_is_better: bool = True
    percent: bool = False
    per_class: bool = False
    tested: bool = True

    @property
    def title(self) -> str:
        """What figures call it."""
        words = self.name.replace("cross_validated", "cross-validated").replace("_", " ")
        return f"test {words}" if self.tested else words


Metrics = Mapping[str, "float | tuple[float, ...]"]
"""Values by name: a number, or one per class."""


class Task(ABC):
    """The kind of question that a pool's targets answer."""

    name: str
    metrics: tuple[Metric, ...]

    @abstractmethod
    def check_targets(self, y: Any, n: int, what: str) -> NDArray[Any]:
        """Return `y` as a checked array of `n` targets, missing ones kept."""

    @abstractmethod
    def known(self, y: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the mask (n,) of targets that are not missing."""

    @abstractmethod
    def score(self, y: NDArray[Any], prediction: NDArray[Any]) -> Metrics:
        """Return every metric of `prediction` against the known targets `y`; nothing where none is known."""


@dataclass(frozen=True)
class Classification(Task):
    """One of C classes per example.

    Attributes
    ----------
    classes : tuple of str
        Names, in the order of the labels 0..C-1. A missing label is -1.
    """

    classes: tuple[str, ...]
    name = "classification"
    metrics = (
        Metric("accuracy", percent=True),
        Metric("balanced_accuracy", percent=True),
        Metric("calibration_error", higher_is_better=False, percent=True),
        Metric("class_accuracy", percent=True, per_class=True),
        # Of the labeled set, where there is no test split: the runner's, not `score`'s.
        Metric(CROSS_VALIDATED, percent=True, tested=False),
    )

    def __post_init__(self) -> None:
        if len(self.classes) < 2:
            raise InvalidInput(
                f"Classification needs at least 2 classes, got {list(self.classes)}. "
                "Pass classes=[...] if the labels at hand do not show them all."
            )
        if len(set(self.classes)) != len(self.classes):
            raise InvalidInput(f"Class names must differ from each other, got {list(self.classes)}.")

    def check_targets(self, y: Any, n: int, what: str = "y") -> NDArray[np.int64]:
        """Return labels (n,) int64 with -1 where the label is missing (-1 or NaN)."""
        y = np.asarray(y)
        if y.shape != (n,):
            raise InvalidInput(f"{what} has shape {y.shape}, expected ({n},): one label per example.")
        if y.dtype.kind == "f":
            missing = np.isnan(y)
            whole = np.where(missing, -1, y)
            odd = ~np.isfinite(whole) | (whole != np.round(whole))
            if odd.any():
                row = int(odd.argmax())
                raise InvalidInput(f"{what}[{row}] is {y[row]}: labels are whole numbers, or NaN where missing.")
            y = whole
        elif y.dtype.kind not in "iub":
            raise InvalidInput(
                f"{what} has dtype {y.dtype}: labels are whole numbers 0..{len(self.classes) - 1}, -1 where missing."
            )
        labels = y.astype(np.int64)
        bad = np.flatnonzero((labels < -1) | (labels >= len(self.classes)))
        if bad.size:
            raise InvalidInput(
                f"{what} holds {bad.size} label(s) outside the {len(self.classes)} classes, the first in row "
                f"{bad[0]}: {labels[bad[0]]}. Expected 0..{len(self.classes) - 1}, or -1 where missing."
            )
        return labels

    def known(self, y: NDArray[Any]) -> NDArray[np.bool_]:
        """Return the mask (n,) of labels that are not -1."""
        return np.asarray(y) >= 0

    def score(self, y: NDArray[Any], prediction: NDArray[Any]) -> Metrics:
        """Return every metric of predicted probabilities (n, C) on the rows whose label is known.

        ``balanced_accuracy`` is the mean of ``class_accuracy`` over the classes that have rows, the others are
        NaN there. ``calibration_error`` is the expected one (Guo et al., ICML 2017, eq. 3): over `BINS` bins of
        equal width of the highest probability, the mean distance of confidence and accuracy, by rows.
        """
        known = self.known(y)
        if not known.any():
            return {}
        labels, probs = np.asarray(y)[known], np.asarray(prediction)[known]
        right = probs.argmax(axis=1) == labels
        rows = np.bincount(labels, minlength=len(self.classes))
        hits = np.bincount(labels[right], minlength=len(self.classes))
        per_class = np.divide(hits, rows, out=np.full(len(rows), np.nan), where=rows > 0)
        return {
            "accuracy": float(right.mean()),
            "balanced_accuracy": float(np.nanmean(per_class)),
            "calibration_error": calibration_error(probs.max(axis=1), right),
            "class_accuracy": tuple(per_class.tolist()),
        }


def metric(name: str) -> Metric:
    """Return what is known of a metric by name; of a learner's own, that it has one."""
    return next((known for known in Classification.metrics if known.name == name), Metric(name))


def headline(metrics: Iterable[str]) -> str:
    """Return which of the recorded metrics says how good a model is: without a test split, the cross-validated one."""
    there = set(metrics)
    return CROSS_VALIDATED if CROSS_VALIDATED in there and ACCURACY not in there else ACCURACY


def calibration_error(confidence: NDArray[np.floating], right: NDArray[np.bool_], bins: int = BINS) -> float:
    """Return the expected calibration error of predictions.

    Parameters
    ----------
    confidence : ndarray, (n,)
        The highest probability of each row, 0..1.
    right : ndarray of bool, (n,)
        Whether the class that it belongs to is the true one.
    bins : int
        Bins of equal width, each open to the left: a confidence of 1 falls into the last.
    """
    places = np.clip(np.ceil(confidence.astype(np.float64) * bins) - 1, 0, bins - 1).astype(np.int64)
    # Rows of a bin times |its mean confidence - its accuracy|.
    gaps = np.abs(np.bincount(places, confidence - right, minlength=bins))
    return float(gaps.sum() / len(confidence))
