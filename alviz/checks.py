"""Checks of single values that several modules share."""

from __future__ import annotations

import numpy as np

from alviz.errors import InvalidInput


def whole(name: str, value: object, low: int) -> int:
    """Return `value` as an int.

    Raises
    ------
    InvalidInput
        If it is no whole number, or lower than `low`.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        raise InvalidInput(f"{name} is {value!r}, expected a whole number of at least {low}.")
    return int(value)
