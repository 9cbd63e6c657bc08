"""The record of one cycle, as it stands in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Labels:
    """Labeled ids and their labels.

    Attributes
    ----------
    ids : ndarray of int64, (m,)
    values : ndarray of int64, (m,)
        The label of each id, as the oracle gave it.
    """

    ids: NDArray[np.int64]
    values: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    def by_id(self) -> dict[int, int]:
        """Return the label of each id."""
        return dict(zip(self.ids.tolist(), self.values.tolist(), strict=True))


@dataclass(frozen=True)
class Phase:
    """What one phase of a cycle cost.

    Attributes
    ----------
    seconds : float
        Wall-clock time.
    peak_bytes : int
        The largest resident memory of the process that was sampled during the phase.
    """

    seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class CycleRecord:
    """One cycle: what was learned from, how well, who picked, who answered, what it cost.

    Attributes
    ----------
    cycle : int
    labeled : int
        How many labels the fit learned from.
    metrics : mapping of str to float
        From the test split; empty where there is none, and a note says so.
    learner : mapping
        The config that was fitted.
    sampler : mapping or None
        The config that picked; None while nothing is picked.
    asked : int or None
        How many ids the sampler picked.
    oracle : str or None
        Who answered; None while the cycle is open.
    answered : int or None
        How many answers were given.
    phases : mapping of str to Phase
        train, embed, graph, select, label.
    notes : tuple of str
        What happened otherwise than asked, in a sentence each.
    per_class : mapping of str to tuple of float
        Metrics with a value per class, NaN for classes without test rows.
    """

    cycle: int
    labeled: int
    metrics: Mapping[str, float]
    learner: Mapping[str, Any]
    sampler: Mapping[str, Any] | None = None
    asked: int | None = None
    oracle: str | None = None
    answered: int | None = None
    phases: Mapping[str, Phase] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    per_class: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain dicts, lists, strings and numbers."""
        return asdict(self)
