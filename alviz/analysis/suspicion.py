"""Which labels look wrong: those that their neighbors, or predictions that never saw them, contradict.

Two pieces of evidence, both a share in 0..1 that does not depend on the scale of the features or on how many labels
there are:

- the neighbors: one minus the similarity-weighted share of the nearest labeled examples that have the same label, by
  cosine (the k-nearest-neighbor vote of Wilson. Asymptotic properties of nearest neighbor rules using edited data.
  IEEE SMC 2, 1972). As many as the class has other labels and at most k are asked: two labels of a rare class that
  lie beside each other agree, whatever comes after them;
- the predictions: (1 - (p_given - p_other)) / 2, where p_other is the highest out-of-fold probability of another
  class: the normalized margin by which confident learning ranks (Northcutt, Jiang, Chuang. Confident learning:
  estimating uncertainty in dataset labels. JAIR 70, 2021). It is 0 for a sure agreement, 1/2 where two classes are
  level, 1 for a sure contradiction.

The suspicion is the mean of what there is. Where nothing can be said, as of the only label of its class, it is 1/2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.graphs import knn_graph

NEIGHBORS = 10


@dataclass(frozen=True, eq=False)
class Votes:
    """What the nearest labeled examples say of each label.

    Attributes
    ----------
    shares : ndarray of float64, (m, C)
        The similarity-weighted share of each class among the neighbors asked; zeros where none was asked.
    asked : ndarray of int64, (m,)
        How many neighbors were asked.
    agree : ndarray of int64, (m,)
        How many of them have the same label.
    """

    shares: NDArray[np.float64]
    asked: NDArray[np.int64]
    agree: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Suspicion:
    """How much speaks against each of m labels.

    Attributes
    ----------
    values : ndarray of float64, (m,)
        0 nothing, 1 everything there is.
    suggested : ndarray of int64, (m,)
        The class that most speaks for, other than the given one; -1 where nothing speaks for another.
    neighbors, predictions : ndarray of float64, (m,)
        Both pieces of evidence; NaN where one has nothing to say.
    """

    values: NDArray[np.float64]
    suggested: NDArray[np.int64]
    neighbors: NDArray[np.float64]
    predictions: NDArray[np.float64]


def neighbor_votes(features: NDArray[np.float32], labels: NDArray[np.int64], classes: int, k: int = NEIGHBORS) -> Votes:
    """Return the votes of the nearest labeled examples by cosine, each example itself left out.

    Parameters
    ----------
    features : ndarray of float32, (m, d)
    labels : ndarray of int64, (m,)
    classes : int
        C.
    k : int
        The most that are asked: fewer where the class of the label has fewer other labels.
    """
    m = len(labels)
    if features.ndim != 2 or len(features) != m:
        raise InvalidInput(f"features have shape {features.shape}, expected ({m}, d): a row per label.")
    shares = np.zeros((m, classes))
    others = np.bincount(labels, minlength=classes)[labels] - 1
    k = min(k, int(others.max(initial=0)))
    if k == 0:
        return Votes(shares, np.zeros(m, np.int64), np.zeros(m, np.int64))
    graph = knn_graph(features, k)
    asked = np.minimum(k, others)
    counts = np.arange(k) < asked[:, None]
    theirs = labels[graph.indices.reshape(m, k)]
    weights = np.where(counts, np.maximum(graph.weights.reshape(m, k), 0), 0).astype(np.float64)
    # Neighbors without any similarity, as those of a row of zeros, count alike.
    weights = np.where((weights.sum(axis=1) > 0)[:, None], weights, counts)
    np.add.at(shares, (np.arange(m)[:, None], theirs), weights)
    total = shares.sum(axis=1, keepdims=True)
    np.divide(shares, total, out=shares, where=total > 0)
    return Votes(shares, asked, ((theirs == labels[:, None]) & counts).sum(axis=1))


def suspicion(
    labels: NDArray[np.int64], votes: Votes | None = None, probs: NDArray[np.floating] | None = None
) -> Suspicion:
    """Return how suspicious each label is.

    Parameters
    ----------
    labels : ndarray of int64, (m,)
    votes : Votes, optional
        What the neighbors say.
    probs : ndarray of float, (m, C)
        Class probabilities by models that did not see the label; a row of NaN where there is none. Labels beyond the
        C classes were added later: the models do not know them.

    Raises
    ------
    InvalidInput
        If neither is given, or one is not of the m labels.
    """
    m = len(labels)
    if votes is None and probs is None:
        raise InvalidInput("Suspicion needs the votes of neighbors, or out-of-fold probabilities, or both.")
    for name, given in (("votes", None if votes is None else votes.shares), ("probs", probs)):
        if given is not None and len(given) != m:
            raise InvalidInput(f"{name} are of {len(given)} examples, expected {m}: one row per label.")
    neighbors = _Evidence.nothing(m) if votes is None else _of_neighbors(labels, votes)
    predictions = _Evidence.nothing(m) if probs is None else _of_predictions(labels, probs)
    against = np.stack([neighbors.against, predictions.against])
    pieces = np.isfinite(against).sum(axis=0)
    values = np.nansum(against, axis=0) / np.maximum(pieces, 1)
    support = np.zeros((m, max(int(labels.max(initial=0)) + 1, neighbors.shares.shape[1], predictions.shares.shape[1])))
    for piece in (neighbors, predictions):
        support[:, : piece.shares.shape[1]] += piece.shares
    support[np.arange(m), labels] = 0
    return Suspicion(
        np.where(pieces > 0, values, 0.5),
        np.where(support.any(axis=1), support.argmax(axis=1), -1),
        neighbors.against,
        predictions.against,
    )


class _Evidence(NamedTuple):
    """What speaks against each label (m,), and for each class (m, C); NaN and zeros where nothing is known."""

    against: NDArray[np.float64]
    shares: NDArray[np.float64]

    @classmethod
    def nothing(cls, m: int) -> _Evidence:
        return cls(np.full(m, np.nan), np.zeros((m, 1)))


def _of_neighbors(labels: NDArray[np.int64], votes: Votes) -> _Evidence:
    same = votes.shares[np.arange(len(labels)), labels]
    return _Evidence(np.where(votes.asked > 0, 1 - same, np.nan), votes.shares)


def _of_predictions(labels: NDArray[np.int64], probs: NDArray[np.floating]) -> _Evidence:
    shares = np.asarray(probs, dtype=np.float64)
    # Of the only label of its class a model that does not see it cannot know the class.
    judged = (labels < shares.shape[1]) & (np.bincount(labels)[labels] > 1) & np.isfinite(shares).all(axis=1)
    shares = np.where(judged[:, None], shares, 0)
    rows, columns = np.arange(len(labels)), np.where(judged, labels, 0)
    others = shares.copy()
    others[rows, columns] = -np.inf
    margin = shares[rows, columns] - others.max(axis=1)
    return _Evidence(np.where(judged, (1 - margin) / 2, np.nan), shares)
