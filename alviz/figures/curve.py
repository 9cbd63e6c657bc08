"""What the curves' drawing is given: one line per branch or mean of seeds, and a level across."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Curve:
    """One line.

    Attributes
    ----------
    name : str
    labels : ndarray of int64, (k,)
        How many labels each fit learned from, ascending.
    values : ndarray of float, (k,)
        What was measured, or its mean over seeds; NaN where it was not.
    shared : int
        How many leading fits are its parent's, and drawn there.
    std : ndarray of float, (k,), optional
        The sample standard deviation over seeds (ddof 1); NaN where fewer than two were measured.
    seeds : ndarray of int64, (k,), optional
        Over how many seeds `values` is the mean.
    places : ndarray of int64, (k, m), optional
        What a click on each point stands for: carried along as plotly's ``customdata``.
    """

    name: str
    labels: NDArray[np.int64]
    values: NDArray[np.floating]
    shared: int = 0
    std: NDArray[np.floating] | None = None
    seeds: NDArray[np.int64] | None = None
    places: NDArray[np.int64] | None = None

    @classmethod
    def mean(cls, name: str, curves: Sequence[Curve], places: NDArray[np.int64] | None = None) -> Self:
        """Return the mean of one curve per seed, at every number of labels that any of them has.

        Parameters
        ----------
        name : str
        curves : sequence of Curve
            With equal `shared`.
        places : ndarray of int64, (k, m), optional
            For the k numbers of labels, ascending.
        """
        labels = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(curve.labels for curve in curves)]))
        values = np.full((len(curves), len(labels)), np.nan)
        for row, curve in zip(values, curves, strict=True):
            row[np.searchsorted(labels, curve.labels)] = curve.values
        there = np.isfinite(values)
        seeds = there.sum(axis=0)
        known = np.where(there, values, 0)
        mean = np.divide(known.sum(axis=0), seeds, out=np.full(len(labels), np.nan), where=seeds > 0)
        squares = np.where(there, (known - np.nan_to_num(mean)) ** 2, 0).sum(axis=0)
        variance = np.divide(squares, seeds - 1, out=np.full(len(labels), np.nan), where=seeds > 1)
        shared = min((curve.shared for curve in curves), default=0)
        return cls(name, labels.astype(np.int64), mean, shared, np.sqrt(variance), seeds.astype(np.int64), places)

    @property
    def start(self) -> int:
        """Where its own line begins: at the last shared fit, from which a fork leaves."""
        return max(self.shared - 1, 0)


@dataclass(frozen=True)
class Level:
    """What a line across says: the same at any number of labels.

    Attributes
    ----------
    name : str
        Written at the line.
    value : float
        In the unit of the curves' values.
    always : bool
        Whether the axis is stretched to show it, however far it is; else only where the curves keep half of it.
    """

    name: str
    value: float
    always: bool = True


def ends_of(curves: Sequence[Curve]) -> tuple[float, float]:
    """Return the least and the most labels."""
    labels = np.concatenate([*(curve.labels for curve in curves), np.zeros(0)])
    return (float(labels.min()), float(labels.max())) if labels.size else (0.0, 1.0)
