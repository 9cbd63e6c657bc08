"""What a protocol consists of: how the learner is trained, who competes, what was published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alviz import learners, samplers
from alviz.learners import Learner
from alviz.samplers import Sampler

ALL_LABELS = "all labels"
"""What stands in place of a sampler where nothing was left to pick."""


@dataclass(frozen=True)
class Training:
    """How the learner is trained.

    Attributes
    ----------
    words : str
        As the paper has it.
    learner : str
        Of `alviz.learners.names()`; empty while there is none that trains so.
    params : mapping
        Its parameters that are not at their defaults.
    name : str
        What the paper calls it, where it compares several.
    lacks : tuple of str
        What alviz does not have yet and the learner takes.
    """

    words: str
    learner: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    lacks: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What a sweep calls it."""
        return self.name or self.learner

    def make(self, **changes: Any) -> Learner:
        """Return the learner, with some parameters changed."""
        return learners.make({"name": self.learner, "params": {**self.params, **changes}})


@dataclass(frozen=True)
class Contender:
    """A sampler that the paper compares.

    Attributes
    ----------
    sampler : str
        alviz's name, also of one that does not exist yet.
    params : mapping
        Its parameters that are not at their defaults.
    name : str
        What the card calls it: the sampler, unless several have the same.
    learner : mapping
        Parameters of the learner that this sampler alone wants, such as a head that predicts losses.
    """

    sampler: str
    params: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    learner: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.sampler)

    @property
    def exists(self) -> bool:
        """Whether alviz has such a sampler."""
        return self.sampler in samplers.names()

    def make(self, **changes: Any) -> Sampler:
        """Return the sampler, with some parameters changed."""
        return samplers.make({"name": self.sampler, "params": {**self.params, **changes}})


@dataclass(frozen=True)
class Published:
    """A number of the paper, mean over its seeds.

    Attributes
    ----------
    sampler : str
        A contender's name, or `ALL_LABELS`.
    labels : int or None
        None where all are labeled.
    value : float
        In `unit`.
    std : float, optional
        Where the paper gives one.
    training : str
        The name of the training.
    least : bool
        Whether the paper says no more than that this value is passed.
    metric : str
        As `Run.frame` names it.
    unit : str
    note : str
        Where the number comes from, if it is no entry of a table.
    """

    sampler: str
    labels: int | None
    value: float
    std: float | None = None
    training: str = ""
    least: bool = False
    metric: str = "accuracy"
    unit: str = "%"
    note: str = ""
