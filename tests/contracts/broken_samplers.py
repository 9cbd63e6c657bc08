"""Samplers that break one promise each; the first breaks none."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import torch

from alviz.errors import InvalidInput, MissingNeeds, Stopped
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


class LabeledFirst(Sound):
    """Takes the labeled rows to come first, and trains, so that its picks may depend on the order of the rows."""

    trains = True

    def select(self, query: Query) -> Selection:
        right = super().select(query)
        return replace(right, ids=len(query.labeled) + np.searchsorted(query.candidates, right.ids))


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


class TiesToTheLowestId(Sound):
    """Draws a coarse score, and gives ties to where a row stands."""

    deterministic = False

    def scores(self, query: Query, first: Any) -> Any:
        return np.floor(2 * query.rng.random(len(query.candidates)))


class FirstMoreOften(Sound):
    """Draws what stands at the front of the pool a little more often."""

    deterministic = False

    def scores(self, query: Query, first: Any) -> Any:
        return query.rng.random(len(query.candidates)) - 0.5 * query.candidates / query.size


class OtherRows(Sound):
    """Draws by the features of other rows than it returns."""

    deterministic = False

    def scores(self, query: Query, first: Any) -> Any:
        return np.log(query.features[: len(first), 0]) + query.rng.gumbel(size=len(first))


class AnswersInPlace(Sound):
    """Forgets that features are shared: a failure, since they cannot be written to."""

    def scores(self, query: Query, first: Any) -> Any:
        query.features[query.candidates] *= 2
        return first


class WritesHead(Sound):
    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"features", "head"})

    def scores(self, query: Query, first: Any) -> Any:
        query.head.bias.flags.writeable = True
        query.head.bias[0] += 1
        return first


class WritesCandidates(Sound):
    def select(self, query: Query) -> Selection:
        right = super().select(query)
        query.candidates.flags.writeable = True
        query.candidates[0] = 0
        query.candidates.flags.writeable = False
        return right


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


def needing(name: str, *needs: str) -> type[Sampler]:
    """A sampler that says it needs these, and looks at the features only."""
    said = property(lambda self: frozenset({"features", *needs}))
    return type(name, (Sound,), {"needs": said, "__doc__": needing.__doc__})


NeedsPredict = needing("NeedsPredict", "predict")
NeedsStochastic = needing("NeedsStochastic", "stochastic")
NeedsTruth = needing("NeedsTruth", "truth")
NeedsLoss = needing("NeedsLoss", "loss")
NeedsLabels = needing("NeedsLabels", "labels")


class ReadsPredict(Sound):
    def scores(self, query: Query, first: Any) -> Any:
        return query.predict(query.examples(query.candidates))[:, 0]


class ReadsStochastic(Sound):
    def scores(self, query: Query, first: Any) -> Any:
        return query.stochastic(2)[0, :, 0]


class ReadsTruth(Sound):
    def scores(self, query: Query, first: Any) -> Any:
        return first + query.truth[query.candidates]


class ReadsLoss(Sound):
    def scores(self, query: Query, first: Any) -> Any:
        return query.loss[query.candidates]


class PeeksAtTargets(Sound):
    """Goes to the pool behind the query's back."""

    def scores(self, query: Query, first: Any) -> Any:
        assert query.pool is not None
        return first + query.pool.y[query.candidates]


class NeedsUnguarded(Sound):
    """Has no sentence for what is missing."""

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"features", "labels"})

    def scores(self, query: Query, first: Any) -> Any:
        return first + query.labeled[0]


class WantsALabel(Sound):
    """Fails without labels, and does not say so before."""

    def scores(self, query: Query, first: Any) -> Any:
        return first - query.features[query.labeled[0], 0]


class RefusesWithoutLabels(Sound):
    """Has a sentence for it, and does not say so before."""

    def scores(self, query: Query, first: Any) -> Any:
        if len(query.labels) == 0:
            raise MissingNeeds("no labels")
        return first


class WantsTwoLabels(Sound):
    """Fails with one label only."""

    def scores(self, query: Query, first: Any) -> Any:
        labeled = query.labeled
        return first - (query.features[labeled[1], 0] if len(labeled) else 0)


class LeavesOne(Sound):
    """Compares with the first that is not picked; there is none when all are."""

    def select(self, query: Query) -> Selection:
        right = super().select(query)
        next_best = np.sort(query.features[query.candidates, 0])[::-1][query.n]
        return replace(right, extra={"threshold": float(next_best)})


class WantsDistinctRows(Sound):
    """Picks one of each kind."""

    def select(self, query: Query) -> Selection:
        right = super().select(query)
        _, kinds = np.unique(query.features[right.ids], axis=0, return_index=True)
        return replace(right, ids=right.ids[np.sort(kinds)])


class Unstoppable(Sound):
    def select(self, query: Query) -> Selection:
        try:
            return super().select(query)
        except Stopped:
            return highest(query, self.scores(query, query.features[query.candidates, 0]))


class SilentLoop(Sound):
    """Goes over the picks one by one, and reports before and after."""

    def scores(self, query: Query, first: Any) -> Any:
        worth = first.copy()
        for pick in range(query.n):
            worth[pick % len(worth)] *= 1.0
            worth[pick % len(worth)] += 0.0
            worth[pick % len(worth)] -= 0.0
        return worth


class SilentTraining(Sound):
    """Takes many steps, however little is asked, without a word."""

    trains = True

    def scores(self, query: Query, first: Any) -> Any:
        rate = 0.0
        for step in range(60_000):
            rate += 1 / (1 + step)
        return rate * first


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


class ForgetsOtherValues(Sound):
    """Its record is right as long as nobody sets anything."""

    def config(self) -> dict[str, Any]:
        return {"name": self.name, "params": {}}


@dataclass(frozen=True)
class ArrayParameter(Sound):
    center: Any = parameter((0.0, 1.0), "where to look")

    def config(self) -> dict[str, Any]:
        return {"name": self.name, "params": {"weight": self.weight, "center": np.array(self.center)}}


@dataclass(frozen=True)
class NestedTuples(Sound):
    """Holds tuples in tuples, which JSON makes lists of: what was recorded makes another sampler."""

    stages: Any = parameter(((1, "margin"), (2, "coreset")), "who picks when")


@dataclass(frozen=True)
class UnlikeItsRecord(Sound):
    """Makes the same sampler again, and yet the record of that one differs from the one that was read."""

    stages: Any = parameter(((1, "margin"), (2, "coreset")), "who picks when")

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "stages", tuple(map(tuple, self.stages)))


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
    # Ids and scores.
    Positions: "ids that were no candidates. Are positions taken for ids",
    LabeledFirst: "ids that were no candidates. Are positions taken for ids, or labeled rows to come first",
    Twice: "an id twice",
    AlwaysFive: "5 ids instead of 1 when one of a few is wanted",
    SmallIds: "int32 instead of int64",
    WholeScores: "not NaN exactly",
    DoubleScores: "scores float64",
    InfiniteScores: "infinite scores",
    Lowest: "not the highest scores",
    Unordered: "not the highest scores",
    ShortGain: "a number for each of 5 picks",
    ObjectExtra: "extra\\['why'\\]",
    # How many are left, how many are labeled, and what is there twice.
    LeavesOne: "does not answer when all of a few are wanted: IndexError",
    WantsALabel: "does not answer when none is labeled, and needs names no labels: IndexError",
    RefusesWithoutLabels: "reads what its needs do not name when none is labeled",
    WantsTwoLabels: "does not answer when one row is labeled: IndexError",
    WantsDistinctRows: "ids instead of 5 when every row is there twice",
    # Randomness.
    GlobalNumpy: "global random state of numpy",
    GlobalTorch: "global random state of torch",
    ForkedTorch: "in two ways",
    Unseeded: "in two ways",
    SaysDeterministic: "depends on the stream",
    # The order of the rows.
    ByPlace: "when the pool comes in another order: are positions taken for ids",
    TiesToTheLowestId: "other examples when the pool comes in another order: of 200 streams each",
    FirstMoreOften: "other examples when the pool comes in another order: of 200 streams each",
    OtherRows: "other examples when the pool comes in another order: of 200 streams each",
    # What is read, and left as it was.
    Writes: "changes its inputs: features",
    WritesHead: "changes its inputs: head.bias",
    WritesCandidates: "changes its inputs: candidates",
    AnswersInPlace: "writes to its inputs, which are read-only",
    ReadsMore: "reads what its needs do not name: The learner gave no probs",
    ReadsPredict: "reads what its needs do not name: The learner gave no predict",
    ReadsStochastic: "reads what its needs do not name: The learner gave no stochastic",
    ReadsTruth: "reads what its needs do not name: Only the oracle 'truth'",
    ReadsLoss: "reads what its needs do not name: The learner gave no loss",
    PeeksAtTargets: "reads true labels that nobody gave",
    NeedsMore: "needs head, yet picks without",
    NeedsPredict: "needs predict, yet picks without",
    NeedsStochastic: "needs stochastic, yet picks without",
    NeedsTruth: "needs truth, yet picks without",
    NeedsLoss: "needs loss, yet picks without",
    NeedsLabels: "needs labels, yet picks without",
    NeedsUnguarded: "needs labels, and without fails with IndexError",
    NeedsUnknown: "gradients",
    # Reports and stops.
    Unstoppable: "goes on after a report raised Stopped",
    SilentLoop: "does not hear a stop in time: for 700 picks",
    SilentTraining: "does not hear a stop in time: 120,\\d+ lines of Python run without a report",
    OwnPhase: "the phase 'think'",
    MoreThanAll: "3 of 2",
    # Parameters.
    ForgetsParameter: "makes .* again",
    ForgetsOtherValues: "makes ForgetsOtherValues\\(weight=1.0\\) again, not ForgetsOtherValues\\(weight=0.5\\)",
    ArrayParameter: "expected what JSON can hold",
    NestedTuples: "makes .* again",
    UnlikeItsRecord: "once JSON has held it",
    NoHelp: "NoHelp.radius has no help",
    NoDataclass: "declares radius but is no dataclass",
    NoBounds: "NoBounds.radius is a number without bounds",
    Unchecked: "expected InvalidInput",
    RefusesItsBound: "layers refuses 1, which its own declaration allows",
}
