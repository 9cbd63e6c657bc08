"""The costs: seconds and memory of the records, and clicks."""

from typing import Any

import numpy as np
from views.conftest import PATIENCE

import alviz
from alviz.figures.costs import duration, memory
from alviz.views import CycleCosts


def bars(view: CycleCosts) -> dict[str, Any]:
    return {trace.name: trace for trace in view.figure.data}


def click(view: CycleCosts, name: str, point: int) -> None:
    number = [trace.name for trace in view.figure.data].index(name)
    points = {"trace_indexes": [number], "point_indexes": [point], "xs": [point], "ys": [0.0]}
    told = {"event_type": "plotly_click", "points": points, "device_state": None, "selector": None}
    view.figure.set_state({"_js2py_pointsCallback": told})


def test_bars_are_the_seconds_of_the_records(runner: alviz.CycleRunner) -> None:
    run = runner.run(until=2)
    view = CycleCosts(runner)
    drawn = bars(view)
    assert list(drawn) == ["train", "embed", "select", "label", "totals"]
    for name in ("train", "select"):
        phases = [run.record(cycle).phases.get(name) for cycle in range(3)]
        expected = [np.nan if phase is None else phase.seconds for phase in phases]
        np.testing.assert_allclose(drawn[name].y, expected, rtol=1e-6)
    totals = [sum(phase.seconds for phase in run.record(cycle).phases.values()) for cycle in range(3)]
    np.testing.assert_allclose(drawn["totals"].y, totals, rtol=1e-6)
    peak = max(phase.peak_bytes for cycle in range(3) for phase in run.record(cycle).phases.values())
    words = f"cycle 2: {duration(totals[2])} · all 3: {duration(sum(totals))} · peak memory {memory(peak)}"
    assert words in view.head.value
    assert view.foot.value.count("■") == 4


def test_a_click_shows_its_cycle_which_stands_out(runner: alviz.CycleRunner) -> None:
    runner.run(until=2)
    view = CycleCosts(runner)
    click(view, "train", 1)
    assert (view.controller.state.cycle, view.code) == (1, "explorer.go(1)")
    assert np.argmax(bars(view)["train"].marker.opacity) == 1
    assert "cycle 1:" in view.head.value


def test_it_follows_steps_and_branches(runner: alviz.CycleRunner) -> None:
    runner.run(until=1)
    fork = runner.fork(at=0, sampler="margin")
    fork.run(until=3)
    view = CycleCosts(runner, fork)
    view.controller.step()
    assert view.controller.wait(PATIENCE)
    assert len(bars(view)["train"].y) == 3
    assert np.isfinite(bars(view)["select"].y).tolist() == [True, True, False]
    view.controller.go(3, branch=1)
    assert len(bars(view)["train"].y) == 4
    assert view.controller.errors == []


def test_nothing_fitted_is_said(runner: alviz.CycleRunner) -> None:
    view = CycleCosts(runner)
    assert "Nothing is fitted yet" in view.sentence.value
    assert (view.sentence.layout.display, "alviz-hidden" in view.figure._dom_classes) == ("", True)
    view.controller.step()
    assert view.controller.wait(PATIENCE)
    assert (view.sentence.layout.display, "alviz-hidden" in view.figure._dom_classes) == ("none", False)
    assert repr(view) == "CycleCosts(run='a', cycle=0)"
