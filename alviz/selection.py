"""What a sampler picked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Selection:
    """The picks of one cycle.

    Attributes
    ----------
    ids : ndarray of int64, (b,)
        Pool rows in the order in which they were picked.
    scores : ndarray of float32, (n,)
        Higher means more wanted; NaN exactly on rows that were not candidates. For samplers that pick a
        batch jointly it is the criterion before the first pick.
    extra : mapping
        Arrays and numbers that are worth looking at, by name.
    """

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        shown = ", ".join(map(str, self.ids[:5])) + (", …" if len(self) > 5 else "")
        return f"Selection({len(self)} ids: {shown})"
