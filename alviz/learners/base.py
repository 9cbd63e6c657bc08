"""What a learner is: a training regime that turns labels into a snapshot of the pool."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from alviz.errors import MissingNeeds
from alviz.part import Part, Report
from alviz.pool import Pool
from alviz.record import Labels
from alviz.selection import Selection
from alviz.snapshot import Snapshot
from alviz.task import Metrics, Task

Weights = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Previous:
    """What the cycle before left: for warm starts and for learners that use a sampler's extras."""

    weights: Weights
    selection: Selection | None = None


@dataclass(frozen=True)
class Fit:
    """The outcome of a training.

    Attributes
    ----------
    snapshot : Snapshot
    weights : mapping of str to ndarray
        What a warm start or somebody else needs to have the model again.
    metrics : mapping of str to float, or to a tuple of floats, one per class
        What `Task.score` says of the pool's test split; empty where there is none.
    """

    snapshot: Snapshot
    weights: Weights = field(default_factory=dict)
    metrics: Metrics = field(default_factory=dict)


@dataclass(frozen=True)
class Learner(Part):
    """Base of all learners.

    Attributes
    ----------
    gives : frozenset of str
        The most that the snapshot will hold: any of ``features``, ``probs``, ``head``; and what the weights of a fit
        can be asked for later: ``predict`` (probabilities of any examples) and ``stochastic`` (passes with dropout
        on), see `predict`.
    gives_cold : frozenset of str
        What the snapshot holds when there is not a single label; empty if the learner cannot start so.
    """

    gives: ClassVar[frozenset[str]]
    gives_cold: ClassVar[frozenset[str]] = frozenset()

    def check(self, pool: Pool) -> frozenset[str]:
        """Refuse a pool that this learner cannot be trained on, and say what it will give there."""
        return self.gives

    @abstractmethod
    def fit(
        self,
        task: Task,
        pool: Pool,
        labels: Labels,
        previous: Previous | None,
        rng: np.random.Generator,
        progress: Report,
        synthetic: Any = None,
    ) -> Fit:
        """Train on `labels` and describe the whole pool.

        Parameters
        ----------
        task : Task
        pool : Pool
            Examples are read from it; its targets are not, except those of the test split.
        labels : Labels
            Ids and labels to learn from; empty only if `gives_cold` is not.
        previous : Previous or None
            The fit before, None in the first cycle.
        rng : numpy.random.Generator
            The only source of randomness.
        progress : callable
            ``progress("train" | "embed", done, total)``; may raise `Stopped`.
        synthetic : optional
            Labeled examples that are in no pool.
        """

    def predict(
        self,
        pool: Pool,
        weights: Weights,
        X: NDArray[Any],
        report: Report,
        rng: np.random.Generator | None = None,
    ) -> NDArray[np.float32]:
        """Return the probabilities of examples by the weights that a fit left; nothing is trained.

        Parameters
        ----------
        pool : Pool
            The pool of that fit, with its classes.
        weights : mapping of str to ndarray
            As the fit returned them.
        X : ndarray, (m, ...)
            Examples in the form of ``pool.X``.
        report : callable
            ``report("embed", done, total)``; may raise `Stopped`.
        rng : numpy.random.Generator, optional
            Makes this one stochastic pass, dropout on and all else as without; a learner does so that gives
            ``stochastic``.

        Returns
        -------
        ndarray of float32, (m, C)
            Without `rng`, for the pool's own examples, what the snapshot holds.

        Raises
        ------
        MissingNeeds
            If this learner cannot.
        """
        raise MissingNeeds(
            f"The learner {self.name!r} cannot be asked about other examples: it has no predict. Choose a learner that "
            "gives 'predict', such as 'supervised' or 'linear'."
        )
