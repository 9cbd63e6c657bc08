"""What is being learned: the shape of the targets, the metrics, and which direction is better.

Only classification exists so far. A regression or segmentation task is another subclass of `Task`:
it says how targets are checked, what a missing one looks like, and how predictions are scored.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput


@dataclass(frozen=True)
class Metric:
    """A number that a task reports after each fit.

    Attributes
    ----------
    name : str
    higher_is_better : bool
    percent : bool
        Whether a figure shows it as a percentage (stored as a share, 0 to 1).
    """

    name: str
    higher_is_better: bool = True
    percent: bool = False


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
    def score(self, y: NDArray[Any], prediction: NDArray[Any]) -> dict[str, float]:
        """Return every metric of `prediction` against the known targets `y`."""


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
    metrics = (Metric("accuracy", percent=True),)

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

    def score(self, y: NDArray[Any], prediction: NDArray[Any]) -> dict[str, float]:
        """Return ``{"accuracy": ...}`` of predicted probabilities (n, C) on the rows whose label is known.

        The dict is empty where no label is known.
        """
        known = self.known(y)
        if not known.any():
            return {}
        return {"accuracy": float(np.mean(prediction[known].argmax(axis=1) == y[known]))}
