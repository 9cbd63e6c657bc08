"""Every registered map method keeps the promises of its kind, and the check sees each broken one."""

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from alviz import maps
from alviz.errors import Stopped
from alviz.maps import TSNE, UMAP, MapMethod
from alviz.maps.method import silent
from alviz.maps.pca import pca
from alviz.testing import check_map


@pytest.mark.parametrize("name", maps.names())
def test_registered_map(name: str) -> None:
    check_map(maps.make(name))


@pytest.mark.parametrize(
    "method",
    [
        TSNE(perplexity=5, early=50, iterations=100, warm=25),
        TSNE(perplexity=200, early=25, iterations=25, warm=25),  # more neighbors than there are points
        UMAP(n_neighbors=2, min_dist=0.0, epochs=40, warm=20),
        UMAP(n_neighbors=200, min_dist=0.99),
    ],
    ids=repr,
)
def test_map_with_other_parameters(method: MapMethod) -> None:
    check_map(method)


@dataclass(frozen=True)
class Sound(MapMethod):
    """Principal components and a little noise; a start is moved a tenth of the way there."""

    name: ClassVar[str] = "noisy_pca"
    title: ClassVar[str] = "Noisy PCA"

    def layout(self, features: Any, *, seed: int, start: Any = None, progress: Any = silent) -> Any:
        self.report(progress, 0)
        xy = pca(features)
        xy = xy + self.rng(seed).normal(scale=0.3 * xy.std() + 1e-3, size=xy.shape)
        self.report(progress, 1)
        xy = xy if start is None else self.follow(start, xy)
        self.report(progress, 2)
        return self.finish(xy, features)

    def report(self, progress: Any, done: int) -> None:
        progress(done, 2)

    def rng(self, seed: int) -> Any:
        return np.random.default_rng(seed)

    def follow(self, start: Any, xy: Any) -> Any:
        return 0.9 * start + 0.1 * xy

    def finish(self, xy: Any, features: Any) -> Any:
        return xy.astype(np.float32)


def test_a_sound_map_passes() -> None:
    check_map(Sound())


class Untitled(Sound):
    title: ClassVar[str] = " "


class DoublePrecision(Sound):
    def finish(self, xy: Any, features: Any) -> Any:
        return xy


class ThreeDimensions(Sound):
    def finish(self, xy: Any, features: Any) -> Any:
        return np.c_[xy, xy[:, :1]].astype(np.float32)


class DividesByZero(Sound):
    """Scales by a spread that equal points do not have."""

    def finish(self, xy: Any, features: Any) -> Any:
        with np.errstate(all="ignore"):
            return (xy / features.std()).astype(np.float32)


class NeedsMany(Sound):
    def finish(self, xy: Any, features: Any) -> Any:
        if len(xy) < 7:
            raise ValueError("perplexity is too large")
        return xy.astype(np.float32)


class Scatters(Sound):
    def finish(self, xy: Any, features: Any) -> Any:
        return np.random.default_rng(0).normal(size=xy.shape).astype(np.float32)


class Unseeded(Sound):
    def rng(self, seed: int) -> Any:
        return np.random.default_rng(time.perf_counter_ns())


class ReadsGlobalState(Sound):
    """Looks at the global generator and leaves it as it was."""

    def rng(self, seed: int) -> Any:
        return np.random.default_rng(np.random.get_state()[1][:8])  # noqa: NPY002


class DrawsGlobally(Sound):
    def rng(self, seed: int) -> Any:
        return np.random.default_rng(np.random.randint(1000))  # noqa: NPY002


class SeedsGlobally(Sound):
    def rng(self, seed: int) -> Any:
        np.random.seed(seed)  # noqa: NPY002
        return np.random


class ForgetsItsStart(Sound):
    def follow(self, start: Any, xy: Any) -> Any:
        return xy


class WritesToItsStart(Sound):
    def follow(self, start: Any, xy: Any) -> Any:
        start += 0.1 * xy
        return start


class Silent(Sound):
    def report(self, progress: Any, done: int) -> None:
        pass


class GoesBack(Sound):
    def report(self, progress: Any, done: int) -> None:
        progress(2 - done, 2)


class Overshoots(Sound):
    def report(self, progress: Any, done: int) -> None:
        progress(done + 1, 2)


class GoesOn(Sound):
    def report(self, progress: Any, done: int) -> None:
        with suppress(Stopped):
            progress(done, 2)


BROKEN = {
    Untitled: "has no title",
    DoublePrecision: r"ndarray float64 \(72, 2\), expected float32",
    ThreeDimensions: r"float32 \(72, 3\), expected float32 \(n, 2\)",
    DividesByZero: "not finite to 20 points",
    NeedsMany: "cannot lay out 1 points: ValueError: perplexity is too large",
    Scatters: "mixes clusters",
    Unseeded: "two layouts for the same seed",
    ReadsGlobalState: "two layouts for the same seed",
    DrawsGlobally: "changes the global random state of numpy",
    SeedsGlobally: "changes the global random state of numpy",
    ForgetsItsStart: "does not honor its start",
    WritesToItsStart: "read-only",
    Silent: "reports no progress",
    GoesBack: "goes back",
    Overshoots: "reports 3 of 2",
    GoesOn: "goes on after",
}


@pytest.mark.parametrize("kind", BROKEN, ids=lambda kind: kind.__name__)
def test_a_broken_map_is_refused(kind: type[MapMethod]) -> None:
    with pytest.raises((AssertionError, ValueError), match=BROKEN[kind]):
        check_map(kind())
