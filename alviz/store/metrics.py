"""Metrics in JSON, which has no NaN: null stands for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from alviz.task import Metrics


def to_json(metrics: Metrics) -> dict[str, Any]:
    """Return metrics as a record holds them; one with a value per class becomes a list."""
    return {
        name: [_or_null(one) for one in value] if isinstance(value, tuple) else _or_null(value)
        for name, value in metrics.items()
    }


def from_json(told: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, tuple[float, ...]]]:
    """Return the metrics that are one number, and those with a value per class."""
    lists = {name: value for name, value in told.items() if isinstance(value, list)}
    return (
        {name: _or_nan(value) for name, value in told.items() if name not in lists},
        {name: tuple(map(_or_nan, value)) for name, value in lists.items()},
    )


def _or_null(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
