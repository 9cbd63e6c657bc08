"""Short ways to train."""

from typing import Any

import numpy as np

from alviz import Pool
from alviz.learners import Fit, Learner
from alviz.part import silent
from alviz.record import Labels


def fit(learner: Learner, pool: Pool, ids: Any, previous: Any = None, seed: int = 0) -> Fit:
    """Train on the true labels of `ids`."""
    ids = np.asarray(ids, dtype=np.int64)
    return learner.fit(pool.task, pool, Labels(ids, pool.y[ids]), previous, np.random.default_rng(seed), silent)


def per_class(pool: Pool, n: int, seed: int = 0) -> np.ndarray[Any, Any]:
    """Return `n` random ids of each class."""
    rng = np.random.default_rng(seed)
    ids = [rng.permutation(np.flatnonzero(pool.y == c))[:n] for c in range(len(pool.classes))]
    return np.sort(np.concatenate(ids))
