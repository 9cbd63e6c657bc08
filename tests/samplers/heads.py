"""Questions about a model with a linear head."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from samplers.helpers import ask

from alviz.learners.linear import softmax
from alviz.record import Labels
from alviz.samplers import Query
from alviz.snapshot import Head, Snapshot


def head_of(weight: ArrayLike, bias: ArrayLike | None = None) -> Head:
    weight = np.asarray(weight, dtype=np.float32)
    return Head(weight, np.zeros(len(weight), np.float32) if bias is None else np.asarray(bias, dtype=np.float32))


def ask_head(
    n: int, features: Any, head: Head, labeled: ArrayLike = (), values: ArrayLike | None = None, **more: Any
) -> Query:
    """Ask for `n`, the model being `head` on `features`; `values` are the labels, those predicted by default."""
    features = np.asarray(features, dtype=np.float32)
    probs = softmax(features @ head.weight.T + head.bias)
    ids = np.asarray(labeled, dtype=np.int64)
    given = probs[ids].argmax(axis=1) if values is None else np.asarray(values, dtype=np.int64)
    query = ask(n, ids, features=features, **more)
    return replace(query, labels=Labels(ids, given), snapshot=Snapshot(features, probs, head))
