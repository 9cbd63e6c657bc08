"""Questions for samplers, made of a few arrays."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from alviz.record import Labels
from alviz.samplers import Query
from alviz.snapshot import Snapshot
from alviz.task import Classification


def ask(
    n: int,
    labeled: ArrayLike = (),
    *,
    features: Any = None,
    probs: Any = None,
    candidates: Any = None,
    seed: int = 0,
    **more: Any,
) -> Query:
    """Ask for `n` of all that is unlabeled, or of `candidates`."""
    features, probs = (None if a is None else np.asarray(a, dtype=np.float32) for a in (features, probs))
    size = len(features if features is not None else probs)
    ids = np.asarray(labeled, dtype=np.int64)
    if candidates is None:
        candidates = np.setdiff1d(np.arange(size), ids)
    return Query(
        n,
        0,
        Classification(("a", "b")),
        Labels(ids, np.zeros(len(ids), np.int64)),
        np.asarray(candidates, dtype=np.int64),
        np.random.default_rng(seed),
        Snapshot(features, probs),
        size,
        **more,
    )
