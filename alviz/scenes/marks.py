"""Picks on a map, and the names under which columns travel: equal names stand for equal columns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.store import Run


@dataclass(frozen=True, eq=False)
class Mark:
    """Picks that are drawn with one shape.

    Attributes
    ----------
    name : str
    key : str
        Of the column of ids: equal keys stand for equal ids.
    ids : ndarray of int64
        In pick order.
    preview : bool
    """

    name: str
    key: str
    ids: NDArray[np.int64]
    preview: bool = False

    def told(self) -> dict[str, Any]:
        """Return what the page is told of it beside the ids."""
        return {"name": self.name, "key": self.key, "preview": self.preview}


def fit_name(run: Run, cycle: int) -> str:
    """Return a name for a fit, the same for all runs that share it."""
    return f"{run.owner(cycle).uid[:8]}.{cycle}"


def recorded_mark(run: Run, cycle: int) -> Mark | None:
    """Return what was picked in a cycle, None while nothing is."""
    if not 0 <= cycle < run.picked:
        return None
    name = str(run.stage(cycle, "pick")["sampler"]["name"])
    ids = np.asarray(run.array(cycle, "pick", "selected"))
    return Mark(name, f"picks|{fit_name(run, cycle)}|{run.owner(cycle, 'pick').uid[:8]}", ids)


def asked_mark(run: Run, cycle: int, name: str, config: Any, ids: NDArray[np.int64]) -> Mark:
    """Return what a sampler would pick, which is on no disk."""
    return Mark(name, f"picks|{fit_name(run, cycle)}|{digest(config)}", ids, preview=True)


def recorded_ids(runs: Iterable[Run]) -> NDArray[np.int64]:
    """Return every example that was labeled or picked in any run; some more than once."""
    seen = [np.zeros(0, dtype=np.int64)]
    for run in runs:
        if run.fitted:
            seen.append(run.labeled(run.fitted - 1).ids)
        seen += [np.asarray(run.array(k, "pick", "selected")) for k in range(run.picked)]
    return np.concatenate(seen)


def digest(config: Any) -> str:
    """Return a short name for a sampler's config."""
    return hashlib.sha256(json.dumps(config, sort_keys=True, default=str).encode()).hexdigest()[:8]
