"""The adjacency curves: what is searched when, and what is said where nothing can be."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from views.conftest import PATIENCE

import alviz
from alviz.adjacency import adjacency
from alviz.analysis import Adjacency
from alviz.errors import MissingNeeds
from alviz.views import AdjacencyCurves, adjacency_curves

Make = Callable[..., alviz.CycleRunner]


@pytest.fixture
def make(pool: alviz.Pool, tmp_path: Path) -> Make:
    def make(seed: int = 0, sampler: str = "entropy", until: int = 2, **changes: Any) -> alviz.CycleRunner:
        path = tmp_path / f"{sampler}-{seed}-{len(list(tmp_path.iterdir()))}"
        given = {"learner": "supervised", "sampler": sampler, "budget": 5, "seed": seed, "path": path, **changes}
        if given["learner"] == "supervised":
            given["learner"] = alviz.learners.Supervised(model="mlp", epochs=3)
        runner = alviz.CycleRunner(given.pop("pool", pool), **given)
        runner.run(until=until)
        return runner

    return make


class Gate:
    """The search, held until it is let through; and the fits that were searched, in this order."""

    def __init__(self) -> None:
        self.searched: list[tuple[str, int]] = []
        self.reached, self.open = threading.Event(), threading.Event()
        self.open.set()

    def search(self, run: alviz.Run, cycle: int, k: int, *, report: Any) -> Adjacency:
        self.reached.set()
        while not self.open.wait(0.005):
            report("graph", 0, 1)
        self.searched.append((run.name.split("-")[0], cycle))
        return adjacency(run, cycle, k, report=report)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate = Gate()
    monkeypatch.setattr(adjacency_curves, "adjacency", gate.search)
    return gate


def settled(view: AdjacencyCurves) -> dict[str, Any]:
    assert view.wait(PATIENCE)
    assert view.controller.errors == []
    return {trace.uid: trace for trace in view.figure.data}


def test_every_fit_is_searched_the_shown_branch_first(make: Make, gate: Gate) -> None:
    a, b = make(0, until=1), make(0, "margin")
    gate.open.clear()
    view = AdjacencyCurves(a, b, k=7)
    assert gate.reached.wait(PATIENCE)
    view.controller.go(0, branch=1)
    gate.open.set()
    drawn = settled(view)
    # The first was on its way already when the other branch was shown.
    assert gate.searched == [("entropy", 0), ("margin", 0), ("margin", 1), ("margin", 2), ("entropy", 1)]
    for place, runner in enumerate((a, b)):
        run = runner.history
        found = [adjacency(run, cycle, 7) for cycle in range(run.fitted)]
        np.testing.assert_allclose(drawn[f"branch-{place}"].y, [one.plain for one in found], rtol=1e-6)
    assert f"k = 7, chance {found[0].chance:.2f}" in view.head.value
    assert drawn["level"].y == (found[0].chance,) * 2
    assert (view.figure.layout.yaxis.ticksuffix, drawn["branch-0"].text[0][:8]) == ("", "entropy<")


def test_what_was_found_another_day_is_there_at_once(make: Make, gate: Gate) -> None:
    runner = make(0)
    settled(AdjacencyCurves(runner))
    gate.searched.clear()
    view = AdjacencyCurves(runner)
    assert np.isfinite({trace.uid: trace for trace in view.figure.data}["branch-0"].y).all()
    settled(view)
    assert gate.searched == []


def test_shared_fits_are_searched_once_and_new_ones_follow(make: Make, gate: Gate) -> None:
    runner = make(0)
    fork = runner.fork(at=1, sampler="random", path=runner.history.path.parent / "fork-0")
    fork.run(until=2)
    view = AdjacencyCurves(runner, fork)
    settled(view)
    assert gate.searched == [("entropy", 0), ("entropy", 1), ("entropy", 2), ("fork", 2)]
    view.controller.step()
    assert view.controller.wait(PATIENCE)
    drawn = settled(view)
    assert gate.searched[-1] == ("entropy", 3)
    assert drawn["branch-0"].x.tolist() == [20, 25, 30, 35]
    assert np.isfinite(drawn["branch-0"].y).all()


def test_each_fit_is_shown_as_it_is_found(make: Make, gate: Gate) -> None:
    gate.open.clear()
    view = AdjacencyCurves(make(0))
    assert "being searched" in view.sentence.value
    assert "alviz-hidden" in view.figure._dom_classes
    heads: list[str] = []
    view.head.observe(lambda change: heads.append(change.new), "value")
    gate.open.set()
    drawn = settled(view)
    assert [head.split(" · ")[1].split("<")[0] for head in heads[:2]] == ["1 of 3", "2 of 3"]
    assert " of 3" not in view.head.value
    assert "alviz-hidden" not in view.figure._dom_classes
    assert np.isfinite(drawn["branch-0"].y).all()


def test_a_step_goes_first_and_the_search_goes_on(make: Make, gate: Gate) -> None:
    gate.open.clear()
    runner = make(0)
    view = AdjacencyCurves(runner)
    assert gate.reached.wait(PATIENCE)
    fitted = threading.Event()
    view.controller.state.observe(lambda _: fitted.set(), "fitted")
    view.controller.step()
    assert fitted.wait(PATIENCE)  # although the search was never let through
    assert gate.searched == []
    gate.open.set()
    assert view.controller.wait(PATIENCE)
    settled(view)
    assert gate.searched == [("entropy", cycle) for cycle in range(4)]


def test_what_was_stopped_goes_on_when_something_else_is_shown(make: Make, gate: Gate) -> None:
    gate.open.clear()
    view = AdjacencyCurves(make(0))
    assert gate.reached.wait(PATIENCE)
    view.controller.stop()
    settled(view)
    assert "Stopped" in view.sentence.value
    view.controller.go(0)
    assert "being searched" in view.sentence.value
    gate.open.set()
    assert np.isfinite(settled(view)["branch-0"].y).all()


def test_two_views_of_one_explorer_do_not_end_each_others_search(make: Make) -> None:
    runner = make(0)
    first = AdjacencyCurves(runner, k=5)
    second = AdjacencyCurves(first, k=6)
    for view in (first, second):
        assert np.isfinite(settled(view)["branch-0"].y).all()


def test_seeds_are_bands_here_too(make: Make) -> None:
    view = AdjacencyCurves(make(0), make(1))
    drawn = settled(view)
    assert "branch-1" not in drawn
    assert len(drawn["band-0"].x) == 6
    assert "mean ± std, 2 seeds" in view.head.value


def test_fits_whose_features_were_dropped_are_left_out(make: Make) -> None:
    drawn = settled(AdjacencyCurves(make(0, keep=())))  # the last fit keeps all
    assert np.isfinite(drawn["branch-0"].y).tolist() == [False, False, True]


def said(view: AdjacencyCurves) -> str:
    settled(view)
    assert view.sentence.layout.display == ""
    assert "alviz-hidden" in view.figure._dom_classes
    return str(view.sentence.value)


def test_without_features_a_sentence_says_so(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise MissingNeeds("Cycle 0 of run '<b>' holds no features.")

    monkeypatch.setattr(adjacency_curves, "adjacency", refuse)
    assert "run &#x27;&lt;b&gt;&#x27; holds no features" in said(AdjacencyCurves(make(0)))


def test_without_known_classes_a_sentence_says_so_and_nothing_is_searched(pool: alviz.Pool, gate: Gate) -> None:
    unknown = alviz.datasets.arrays(pool.X, np.full(160, -1), classes=pool.classes)
    runner = alviz.CycleRunner(unknown, learner="linear", sampler="coreset", oracle="human", initial=0, budget=5)
    runner.query()
    assert "No true class of this pool is known" in said(AdjacencyCurves(runner))
    assert gate.searched == []


def test_without_its_pool_a_run_says_what_to_do(make: Make) -> None:
    assert "Run.open(path, pool=pool)" in said(AdjacencyCurves(alviz.Run.open(make(0).history.path)))


def test_nothing_fitted_is_said(pool: alviz.Pool) -> None:
    assert "Nothing is fitted yet" in said(AdjacencyCurves(alviz.CycleRunner(pool, learner="linear")))


def test_k_is_at_most_what_a_small_pool_has(pool: alviz.Pool) -> None:
    tiny = alviz.datasets.arrays(pool.X[:12], np.arange(12) % 2)
    runner = alviz.CycleRunner(tiny, learner="linear", initial=6, budget=2)
    runner.run(until=0)
    view = AdjacencyCurves(runner)
    settled(view)
    assert "k = 11," in view.head.value
