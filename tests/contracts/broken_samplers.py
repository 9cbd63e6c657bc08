"""Samplers that break one promise each; the first breaks none."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import torch

from alviz.errors import InvalidInput, Stopped
from alviz.part import parameter
from alviz.samplers import Query, Sampler
from alviz.samplers.base import highest
from alviz.selection import Selection


@dataclass(frozen=True)
class Sound(Sampler):
    """Picks the largest first feature, and breaks nothing."""

    name: ClassVar[str] = "sound"
    weight: float = parameter(1.0, "scales the score", low=0.5, high=2.0, step=0.1)

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"features"})

    def scores(self, query: Query, first: Any) -> Any:
        return self.weight * first

    def select(self, query: Query) -> Selection:
        query.progress(0, 2)
        selection = highest(query, self.scores(query, query.features[query.candidates, 0]))
        query.progress(2, 2)
        return selection


class Positions(Sound):
    def select(self, query: Query) -> Selection:
        right = super().select(query)
        return replace(right, ids=np.searchsorted(query.candidates, right.ids))


class Twice(Sound):
    def select(self, query: Query) -> Selection:
        right = super().select(query)
        return replace(right, ids=np.resize(right.ids[:2], query.n))


class AlwaysFive(Sound):
    def select(self, query: Query) -> Selection:
        return super().select(replace(query, n=min(5, len(query.candidates))))


class SmallIds(Sound):
    def select(self, query: Query) -> Selection:
        right = super().select(query)
        return replace(right, ids=right.ids.astype(np.int32))


class WholeScores(Sound):
    def select(self, query: Query) -> Selection:
        return replace(super().select(query), scores=query.features[:, 0].copy())


class DoubleScores(Sound):
    def select(self, query: Query) -> Selection:
        right = super().select(query)
        return replace(right, scores=right.scores.astype(np.float64))


class InfiniteScores(Sound):
    def scores(self, query: Query, first: Any) -> Any:
        return super().scores(query, first) + np.inf


class Lowest(Sound):
    def select(self, query: Query) -> Selection:
        right = super().select(query)
        return replace(right, scores=-right.scores)


class Unordered(Sound):
    def select(self, query: Query) -> Selection:
        right = super().select(query)
        return replace(right, ids=np.sort(right.ids))


class GlobalNumpy(Sound):
    def scores(self, query: Query, first: Any) -> Any:
        return np.random.rand(len(query.candidates))  # noqa: NPY002


class GlobalTorch(Sound):
    def scores(self, query: Query, first: Any) -> Any:
        torch.manual_seed(0)
        return super().scores(query, first)


class ForkedTorch(Sound):
    """Leaves no trace, but its numbers depend on the caller's seed."""

    deterministic = False

    def scores(self, query: Query, first: Any) -> Any:
        with torch.random.fork_rng():
            return torch.rand(len(query.candidates)).numpy()


class Unseeded(Sound):
    deterministic = False

    def scores(self, query: Query, first: Any) -> Any:
        return np.random.default_rng().random(len(query.candidates))


class SaysDeterministic(Sound):
    def scores(self, query: Query, first: Any) -> Any:
        return query.rng.random(len(query.candidates))


class ByPlace(Sound):
    """Depends on where a row stands, not on what it is."""

    def scores(self, query: Query, first: Any) -> Any:
        return -query.candidates.astype(float)


class Writes(Sound):
    def scores(self, query: Query, first: Any) -> Any:
        query.features.flags.writeable = True
        query.features[0] += 1
        return first


class ReadsMore(Sound):
    def scores(self, query: Query, first: Any) -> Any:
        return query.probs[query.candidates, 0]


class NeedsMore(Sound):
    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"features", "head"})


class NeedsUnknown(Sound):
    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"features", "gradients"})


class Unstoppable(Sound):
    def select(self, query: Query) -> Selection:
        try:
            return super().select(query)
        except Stopped:
            return highest(query, self.scores(query, query.features[query.candidates, 0]))


class OwnPhase(Sound):
    def select(self, query: Query) -> Selection:
        query.report("think", 0, 1)
        return super().select(query)


class MoreThanAll(Sound):
    def select(self, query: Query) -> Selection:
        query.progress(3, 2)
        return super().select(query)


class ShortGain(Sound):
    def select(self, query: Query) -> Selection:
        return replace(super().select(query), extra={"gain": np.ones(1, np.float32)})


class ObjectExtra(Sound):
    def select(self, query: Query) -> Selection:
        return replace(super().select(query), extra={"why": {"because": 1}})


class ForgetsParameter(Sound):
    def config(self) -> dict[str, Any]:
        return {"name": self.name, "params": {"weight": 2.0}}


@dataclass(frozen=True)
class NoHelp(Sound):
    radius: float = field(default=1.0)


class NoDataclass(Sound):
    radius: float = parameter(1.0, "how far", low=0.0, high=2.0)


@dataclass(frozen=True)
class NoDefault(Sound):
    radius: str = field(kw_only=True, metadata={"help": "how far"})


@dataclass(frozen=True)
class NoBounds(Sound):
    radius: float = parameter(1.0, "how far")


@dataclass(frozen=True)
class Unchecked(Sound):
    def __post_init__(self) -> None:
        pass


@dataclass(frozen=True)
class RefusesItsBound(Sound):
    layers: int = parameter(2, "how deep", low=1, high=3)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.layers < 2:
            raise InvalidInput("layers is 1, expected at least 2.")


BROKEN: dict[type[Sampler], str] = {
    Positions: "ids that were no candidates",
    Twice: "an id twice",
    AlwaysFive: "5 ids instead of 1",
    SmallIds: "int32 instead of int64",
    WholeScores: "not NaN exactly",
    DoubleScores: "scores float64",
    InfiniteScores: "infinite scores",
    Lowest: "not the highest scores",
    Unordered: "not the highest scores",
    GlobalNumpy: "global random state of numpy",
    GlobalTorch: "global random state of torch",
    ForkedTorch: "in two ways",
    Unseeded: "in two ways",
    SaysDeterministic: "depends on the stream",
    ByPlace: "another order",
    Writes: "changes its inputs: features",
    ReadsMore: "reads what its needs do not name",
    NeedsMore: "needs head, yet picks without",
    NeedsUnknown: "gradients",
    Unstoppable: "goes on after a report raised Stopped",
    OwnPhase: "the phase 'think'",
    MoreThanAll: "3 of 2",
    ShortGain: "a number for each of 5 picks",
    ObjectExtra: "extra\\['why'\\]",
    ForgetsParameter: "makes .* again",
    NoHelp: "NoHelp.radius has no help",
    NoDataclass: "declares radius but is no dataclass",
    NoBounds: "NoBounds.radius is a number without bounds",
    Unchecked: "expected InvalidInput",
    RefusesItsBound: "expected at least 2",
}
