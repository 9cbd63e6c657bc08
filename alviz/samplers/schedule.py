"""One sampler after the other: what a run needs while it knows little is not what it needs later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from alviz import samplers as registered
from alviz.errors import InvalidInput
from alviz.part import parameter
from alviz.samplers.base import Sampler
from alviz.samplers.naming import is_usual
from alviz.samplers.query import Query
from alviz.selection import Selection

Stage = tuple["int | None", "str | Sampler"]


@dataclass(frozen=True)
class Schedule(Sampler):
    """Let samplers take turns: ``Schedule([(3, "typiclust"), (None, "margin")])``.

    Each stage is how many acquisitions it makes, counted by the cycle from 0, and a sampler: a name, an instance or a
    config. The last stage makes all the rest and has None. A schedule in a schedule is refused.

    `needs` is what all stages need together, so that a learner is refused before any training; in a cycle only what
    the stage of that cycle needs has to be there (see `at`). Scores and extra are those of the stage, and
    ``extra["stage"]`` is its name.

    Raises
    ------
    InvalidInput
        For no stages, counts that are no whole numbers above 0, a last stage with a count, or a nested schedule.
    UnknownName
        For a sampler that is not registered.
    """

    name: ClassVar[str] = "schedule"
    # Whether the stream matters depends on the stage.
    deterministic: ClassVar[bool] = False
    leisurely: ClassVar[bool] = True

    stages: tuple[Stage, ...] = parameter(
        ((3, "typiclust"), (None, "margin")), "how many acquisitions, and by which sampler; None is all the rest"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.stages, str) or not isinstance(self.stages, Sequence) or not self.stages:
            raise InvalidInput(f"Schedule: stages is {self.stages!r}, expected [(3, 'coreset'), (None, 'margin')].")
        last = len(self.stages) - 1
        stages = tuple(_stage(stage, place == last) for place, stage in enumerate(self.stages))
        object.__setattr__(self, "stages", stages)

    @property
    def needs(self) -> frozenset[str]:
        """What any of the stages needs."""
        return frozenset().union(*(registered.make(sampler).needs for _, sampler in self.stages))

    def config(self) -> dict[str, Any]:
        """Return the name, and each stage as a count and the config of its sampler."""
        stages = [[count, registered.make(sampler).config()] for count, sampler in self.stages]
        return {"name": self.name, "params": {"stages": stages}}

    def at(self, cycle: int) -> Sampler:
        """Who picks in a cycle."""
        end = 0
        for count, sampler in self.stages[:-1]:
            end += count or 0
            if cycle < end:
                return registered.make(sampler)
        return registered.make(self.stages[-1][1])

    def select(self, query: Query) -> Selection:
        """Ask the stage of the query's cycle."""
        stage = self.at(query.cycle)
        selection = stage.select(query)
        return Selection(selection.ids, selection.scores, {**selection.extra, "stage": stage.name})


def _stage(given: Any, last: bool) -> Stage:
    """Return one stage, checked; a sampler that its name alone makes as that name."""
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != 2:
        raise InvalidInput(f"Schedule: a stage is {given!r}, expected (acquisitions, sampler), as in (3, 'coreset').")
    count, spec = given
    if last and count is not None:
        raise InvalidInput(
            f"Schedule: the last stage makes {count!r} acquisitions, expected None: all the rest. Add a stage "
            "(None, sampler) that follows it."
        )
    if not last and (not isinstance(count, int) or isinstance(count, bool) or count < 1):
        raise InvalidInput(
            f"Schedule: a stage makes {count!r} acquisitions, expected a whole number of at least 1; only the last has "
            "None."
        )
    sampler = registered.make(spec)
    if type(sampler).at is not Sampler.at:
        raise InvalidInput(f"Schedule: a stage is a schedule itself, {sampler.name!r}. Write its stages into this one.")
    return count, str(sampler.name) if is_usual(sampler) else sampler
