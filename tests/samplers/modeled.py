"""Questions whose model is a script: what it says of every row, pass by pass."""

from typing import Any

import numpy as np
from samplers.helpers import ask

from alviz import datasets
from alviz.part import Report
from alviz.samplers import Query
from alviz.samplers.query import Model


def ask_passes(n: int, passes: Any, labeled: Any = (), **more: Any) -> Query:
    """Ask for `n` where the passes with dropout say `passes` (T, rows of the pool, C), one after the other."""
    passes = np.asarray(passes, dtype=np.float32)
    pool = datasets.arrays(np.arange(passes.shape[1], dtype=np.float32)[:, None], np.arange(passes.shape[1]) % 2)
    following = iter(passes)

    def said(X: Any, report: Report, rng: Any) -> Any:
        assert rng is not None
        report("embed", len(X), len(X))
        return next(following)[X[:, 0].astype(int)]

    model = Model(frozenset({"predict", "stochastic"}), said)
    return ask(n, labeled, probs=np.full(passes.shape[1:], np.nan), pool=pool, model=model, **more)


def random_passes(T: int = 7, n: int = 30, C: int = 4, seed: int = 0) -> Any:
    """Return predictions (T, n, C), some of them zero."""
    rng = np.random.default_rng(seed)
    p = rng.gamma(0.4, size=(T, n, C)) * (rng.random((T, n, C)) < 0.8) + 1e-30
    return (p / p.sum(axis=2, keepdims=True)).astype(np.float32)
