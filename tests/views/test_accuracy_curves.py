"""The accuracy curves: numbers of the records, means over seeds, clicks, other metrics, a ceiling."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from views.conftest import PATIENCE

import alviz
from alviz.errors import InvalidInput
from alviz.views import AccuracyCurves

Runners = list[alviz.CycleRunner]


@pytest.fixture
def make(pool: alviz.Pool, tmp_path: Path) -> Callable[..., alviz.CycleRunner]:
    def make(seed: int = 0, sampler: str = "entropy", until: int = 2, **changes: Any) -> alviz.CycleRunner:
        path = tmp_path / f"{sampler}-{seed}-{len(list(tmp_path.iterdir()))}"
        given = {"learner": "linear", "sampler": sampler, "budget": 5, "seed": seed, "path": path, **changes}
        runner = alviz.CycleRunner(given.pop("pool", pool), **given)
        runner.run(until=until)
        return runner

    return make


def traces(view: AccuracyCurves) -> dict[str, Any]:
    return {trace.uid: trace for trace in view.figure.data}


def click(view: AccuracyCurves, uid: str, point: int) -> None:
    """Click on a point, as the page tells it."""
    number = [trace.uid for trace in view.figure.data].index(uid)
    trace = view.figure.data[number]
    points = {
        "trace_indexes": [number],
        "point_indexes": [point],
        "xs": [float(trace.x[point])],
        "ys": [float(trace.y[point])],
    }
    told = {"event_type": "plotly_click", "points": points, "device_state": None, "selector": None}
    view.figure.set_state({"_js2py_pointsCallback": told})


def accuracy(runner: alviz.CycleRunner, metric: str = "accuracy") -> list[float]:
    run = runner.history
    return [run.record(cycle).metrics[metric] for cycle in range(run.fitted)]


def test_seeds_are_a_mean_in_a_band_and_the_shown_one_is_a_line_of_its_own(make: Any) -> None:
    seeds = [make(0), make(1), make(2, until=1)]
    other = make(0, "margin")
    view = AccuracyCurves(*seeds, other)
    drawn = traces(view)
    a, b, c = (accuracy(runner) for runner in seeds)
    means = [np.mean([a[0], b[0], c[0]]), np.mean([a[1], b[1], c[1]]), np.mean([a[2], b[2]])]
    stds = [np.std([a[0], b[0], c[0]], ddof=1), np.std([a[1], b[1], c[1]], ddof=1), np.std([a[2], b[2]], ddof=1)]
    line = drawn["branch-0"]
    assert (line.name, line.x.tolist()) == ("entropy", [20, 25, 30])
    np.testing.assert_allclose(line.y, np.multiply(100, means), rtol=1e-5)
    np.testing.assert_allclose(drawn["band-0"].y[:3], 100 * np.add(means, stds), rtol=1e-5)
    np.testing.assert_allclose(drawn["own"].y, np.multiply(100, a), rtol=1e-5)
    np.testing.assert_allclose(drawn["branch-1"].y, np.multiply(100, accuracy(other)), rtol=1e-5)
    assert len(drawn["band-1"].x) == 0
    assert "mean ± std, 3 seeds" in view.head.value
    assert line.text[2] == f"entropy<br>30 labels · {100 * means[2]:.1f} ± {100 * stds[2]:.1f} % · 2 seeds"


def test_one_seed_each_is_no_mean(make: Any) -> None:
    view = AccuracyCurves(make(0), make(0, "margin"))
    assert "against labels" in view.head.value
    assert len(traces(view)["own"].x) == 0
    assert traces(view)["branch-0"].text[0].count("seed") == 0


def test_forks_begin_at_their_parents_lines(make: Any) -> None:
    seeds = [make(0), make(1)]
    forks = [runner.fork(at=1, sampler="margin") for runner in seeds]
    for fork in forks:
        fork.run(until=2)
    drawn = traces(AccuracyCurves(*seeds, *forks))
    line = drawn["branch-1"]
    assert (line.x.tolist(), line.marker.symbol[0]) == ([25, 30], "circle-open")
    assert line.y[0] == drawn["branch-0"].y[1]
    np.testing.assert_allclose(line.y[1], 100 * np.mean([accuracy(fork)[2] for fork in forks]), rtol=1e-5)
    # Without its parent a fork is drawn from its beginning.
    assert traces(AccuracyCurves(forks[0]))["branch-0"].x.tolist() == [20, 25, 30]


def test_a_click_shows_that_fit_and_stays_with_the_seed_where_it_can(make: Any) -> None:
    view = AccuracyCurves(make(0, until=1), make(1, until=2), make(0, "margin"))
    state = view.controller.state
    click(view, "branch-0", 0)
    assert (state.branch, state.cycle, view.code) == (0, 0, "explorer.go(0)")
    assert (traces(view)["here"].x, view.figure.layout.shapes[0].x0) == ((20,), 20)
    click(view, "branch-0", 2)  # only the second seed came so far
    assert (state.branch, state.cycle, view.code) == (1, 2, "explorer.go(2, branch=1)")
    np.testing.assert_allclose(traces(view)["own"].x, [20, 25, 30])
    click(view, "branch-0", 0)
    assert (state.branch, state.cycle) == (1, 0)
    click(view, "branch-1", 1)
    assert (state.branch, state.cycle) == (2, 1)
    assert traces(view)["branch-1"].line.width > traces(view)["branch-0"].line.width
    click(view, "branch-0", 1)
    click(view, "own", 1)
    assert (state.branch, state.cycle) == (0, 1)


def test_hovering_asks_the_kernel_nothing(make: Any) -> None:
    view = AccuracyCurves(make(0))
    before = view.controller.attempts
    for trace in view.figure.data:
        for callback in trace._hover_callbacks:
            callback(trace, SimpleNamespace(point_inds=[0]), None)
    assert view.controller.attempts == before


def test_new_fits_and_forks_are_drawn_into_the_same_figure(make: Any) -> None:
    runner = make(0, until=1)
    view = AccuracyCurves(runner)
    figure = view.figure
    view.controller.step()
    assert view.controller.wait(PATIENCE)
    assert traces(view)["branch-0"].x.tolist() == [20, 25, 30]
    view.controller.go(0)
    view.controller.choose("margin")
    view.controller.step()
    assert view.controller.wait(PATIENCE)
    assert view.figure is figure
    assert traces(view)["branch-1"].x.tolist() == [20, 25]
    click(view, "branch-1", 1)  # traces that were added hear clicks too
    assert (view.controller.state.branch, view.controller.state.cycle) == (1, 1)
    assert view.controller.errors == []


def test_another_metric_is_chosen_by_name_or_on_the_page(make: Any) -> None:
    runner = make(0)
    view = AccuracyCurves(runner)
    assert view.chooser.options == (
        ("Test accuracy", "accuracy"),
        ("Test balanced accuracy", "balanced_accuracy"),
        ("Test calibration error", "calibration_error"),
    )
    view.chooser.value = "calibration_error"
    assert view.metric == "calibration_error"
    np.testing.assert_allclose(
        traces(view)["branch-0"].y, np.multiply(100, accuracy(runner, "calibration_error")), rtol=1e-5
    )
    assert "lower is better" in view.head.value
    assert view.code == "alviz.views.AccuracyCurves(explorer, metric='calibration_error')"
    view.metric = "balanced_accuracy"
    assert view.chooser.value == "balanced_accuracy"
    assert "lower" not in view.head.value
    with pytest.raises(InvalidInput, match=r"No fit records a metric .f1.*accuracy, balanced"):
        view.metric = "f1"
    assert AccuracyCurves(runner, metric="balanced_accuracy").chooser.value == "balanced_accuracy"


def test_a_run_on_all_labels_is_the_ceiling_unless_one_is_given(make: Any) -> None:
    whole = make(1, "random", initial=150, budget=8, until=2)
    assert whole.history.record(2).labeled == 160
    view = AccuracyCurves(make(0), whole)
    reached = accuracy(whole)[2]
    np.testing.assert_allclose(traces(view)["level"].y, [100 * reached] * 2, rtol=1e-6)
    notes = [note.text for note in view.figure.layout.annotations]
    assert f"all labels {100 * reached:.1f} %" in notes
    given = AccuracyCurves(view, ceiling=0.99)
    assert traces(given)["level"].y == (99, 99)
    given.metric = "calibration_error"  # the number was of another metric
    np.testing.assert_allclose(traces(given)["level"].y[0], 100 * accuracy(whole, "calibration_error")[2], rtol=1e-6)
    assert traces(AccuracyCurves(make(0), ceiling={"accuracy": 0.5}))["level"].y == (50, 50)
    assert traces(AccuracyCurves(make(0)))["level"].y == ()


def test_without_a_test_split_there_is_a_sentence_and_no_empty_plot(make: Any, pool: alviz.Pool) -> None:
    blind = alviz.datasets.arrays(pool.X, pool.y, classes=pool.classes)
    view = AccuracyCurves(make(0, pool=blind, cross_validate=0))
    assert "no test split" in view.sentence.value
    assert (view.sentence.layout.display, "alviz-hidden" in view.figure._dom_classes) == ("", True)
    assert "Test accuracy" in view.head.value
    there = AccuracyCurves(make(0))
    assert (there.sentence.layout.display, "alviz-hidden" in there.figure._dom_classes) == ("none", False)


def test_without_a_test_split_the_cross_validated_accuracy_stands_in_by_its_name(make: Any, pool: alviz.Pool) -> None:
    blind = alviz.datasets.arrays(pool.X, pool.y, classes=pool.classes)
    runner = make(0, pool=blind)
    view = AccuracyCurves(runner)
    run = runner if isinstance(runner, alviz.Run) else runner.history
    values = [run.record(cycle).metrics["cross_validated_accuracy"] for cycle in range(run.fitted)]
    np.testing.assert_allclose(traces(view)["branch-0"].y, 100 * np.array(values))
    assert "Cross-validated accuracy" in view.head.value
    assert "Test" not in view.head.value
    assert view.metric == "cross_validated_accuracy"


def test_nothing_fitted_is_said_and_the_first_fit_drawn(pool: alviz.Pool, tmp_path: Path) -> None:
    view = AccuracyCurves(alviz.CycleRunner(pool, learner="linear", path=tmp_path / "a"))
    assert "Nothing is fitted yet" in view.sentence.value
    view.controller.step()
    assert view.controller.wait(PATIENCE)
    assert traces(view)["branch-0"].x.tolist() == [20]
    assert "alviz-hidden" not in view.figure._dom_classes


def test_moving_to_another_cycle_reads_nothing_anew(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    view = AccuracyCurves(make(0), make(1))
    assert view.controller.wait(PATIENCE)  # the map in the background reads too
    read: list[Any] = []
    stage = alviz.Run.stage
    monkeypatch.setattr(alviz.Run, "stage", lambda run, *at: (read.append(at), stage(run, *at))[1])
    view.controller.state.cycle = 0
    assert traces(view)["here"].x == (20,)
    assert read == []


def test_the_repr_is_fixed(make: Any) -> None:
    assert repr(AccuracyCurves(make(0))).startswith("AccuracyCurves(run='entropy-0-")
