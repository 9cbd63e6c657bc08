"""The grid of maps: every dot is who it says, in the right panel, drawn once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import alviz
from alviz import CycleRunner, Pool, Run, paper
from alviz.errors import InvalidInput, MissingNeeds
from alviz.figures import Panel, class_colors, map_grid

CYCLES = [0, 2]


@pytest.fixture(scope="module")
def pair(recorded: dict[str, Run]) -> list[Run]:
    return [recorded["margin-0"], recorded["random-0"]]


def groups(figure: Any) -> dict[str, Any]:
    return {trace.uid: trace for trace in figure.data if trace.uid}


def titles(figure: Any) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


def test_every_panel_shows_its_run_and_cycle(pair: list[Run], few: Pool) -> None:
    figure = paper.selection_grid(pair, CYCLES, method="pca")
    drawn = groups(figure)
    layouts = alviz.maps.Layouts()
    for i, run in enumerate(pair):
        for j, cycle in enumerate(CYCLES):
            picked, labeled, rest = (drawn[f"{name}-{i}-{j}"] for name in ("picked", "labeled", "unlabeled"))
            selection = run.selection(cycle)
            assert selection is not None
            assert picked.customdata.tolist() == selection.ids.tolist()
            assert set(labeled.customdata) == set(run.labeled(cycle).ids)
            every = [*picked.customdata, *labeled.customdata, *rest.customdata]
            assert sorted(every) == list(range(160))
            layout = layouts.of(run, cycle, "pca")
            for trace in (picked, labeled, rest):
                xy = layout.xy[layout.rows(trace.customdata)]
                np.testing.assert_array_equal(np.column_stack([trace.x, trace.y]), xy)
                np.testing.assert_array_equal(trace.marker.color, few.y[trace.customdata])
                assert (trace.marker.cmin, trace.marker.cmax) == (-1.5, 9.5)
            axes = figure.layout[picked.xaxis.replace("x", "xaxis")], figure.layout[picked.yaxis.replace("y", "yaxis")]
            for axis, values in zip(axes, layout.xy.T, strict=True):
                assert axis.range[0] < values.min() <= values.max() < axis.range[1]
    assert titles(figure) == ["margin", "random", "cycle 0 (12 labels)", "cycle 2 (22 labels)"]


def test_panels_are_square_in_place_and_apart(pair: list[Run]) -> None:
    layout = paper.selection_grid(pair, CYCLES, method="pca").layout
    boxes = []
    for number in range(1, 5):
        x, y = layout[f"xaxis{number}"].domain, layout[f"yaxis{number}"].domain
        boxes.append((x[0] * layout.width, x[1] * layout.width, y[0] * layout.height, y[1] * layout.height))
        left, right, bottom, top = boxes[-1]
        assert right - left == pytest.approx(top - bottom)
    upper_left, upper_right, lower_left, _ = boxes
    assert upper_left[1] < upper_right[0]
    assert lower_left[3] < upper_left[2]
    assert layout.yaxis5.domain[1] * layout.height < lower_left[2]  # the legend


def test_rows_may_be_what_samplers_would_pick(pair: list[Run]) -> None:
    figure = paper.selection_grid(pair[0], CYCLES, samplers=["entropy", "coreset"], method="pca")
    for j, cycle in enumerate(CYCLES):
        found = alviz.compare(pair[0], cycle, ["entropy", "coreset"])
        for i, name in enumerate(("entropy", "coreset")):
            assert groups(figure)[f"picked-{i}-{j}"].customdata.tolist() == found.selections[name].ids.tolist()
    assert titles(figure)[:2] == ["entropy", "coreset"]


def test_rows_of_one_sampler_are_told_apart_and_names_are_text(recorded: dict[str, Run]) -> None:
    same = [recorded["margin-0"], recorded["margin-1"]]
    assert titles(paper.selection_grid(same, [0], method="pca"))[:2] == ["margin (margin-0)", "margin (margin-1)"]
    named = paper.selection_grid({"<b>ours": same[0]}, [0], method="pca")
    assert titles(named)[0] == "&lt;b&gt;ours"


def test_classes_of_the_legend_are_text_in_their_colors() -> None:
    rng = np.random.default_rng(0)
    ids = np.arange(6)
    classes = np.array([0, 0, 2, 2, -1, -1])
    panel = Panel(ids, rng.normal(size=(6, 2)).astype(np.float32), classes, ids < 2, np.array([3]))
    drawn = map_grid([[panel]], ["row"], ["column"], ["<i>cat</i>", "dog", "A & B"])
    texts = groups(drawn)["legend"].text
    assert list(texts) == ["unlabeled", "labeled", "picked", "&lt;i&gt;cat&lt;/i&gt;", "A &amp; B"]
    marks = next(trace for trace in drawn.data if trace.name == "legend-marks")
    assert list(marks.marker.color[3:]) == [class_colors(3)[0], class_colors(3)[2]]
    assert list(marks.marker.symbol[:3]) == ["circle", "circle-open", "diamond"]


def test_without_the_pool_only_labels_have_colors(fast: Callable[..., CycleRunner]) -> None:
    runner = fast("alone")
    runner.run(until=1)
    run = Run.open(runner.history.path)
    drawn = groups(paper.selection_grid(run, [0], method="pca"))
    answers = run.answers(0)
    assert (drawn["unlabeled-0-0"].marker.color == -1).all()
    assert drawn["picked-0-0"].marker.color.tolist() == answers.values.tolist()


@pytest.mark.parametrize(("n", "kind"), [(5_000, "scatter"), (5_001, "scattergl")])
def test_many_points_are_drawn_as_a_picture(n: int, kind: str) -> None:
    ids = np.arange(n)
    xy = np.random.default_rng(0).normal(size=(n, 2)).astype(np.float32)
    panel = Panel(ids, xy, ids % 3, ids < 10, np.arange(20, 30))
    drawn = groups(map_grid([[panel]], ["row"], ["column"], ["a", "b", "c"]))
    assert {drawn[f"{name}-0-0"].type for name in ("unlabeled", "labeled", "picked")} == {kind}
    assert drawn["legend"].type == "scatter"


def test_bad_input_is_told(pair: list[Run], digits: Pool, fast: Callable[..., CycleRunner]) -> None:
    thin = fast("thin", keep=["probs"], learner=alviz.learners.Supervised(epochs=1))
    thin.run(until=2)
    cases: list[tuple[type[Exception], Callable[[], Any], str]] = [
        (InvalidInput, lambda: paper.selection_grid([], CYCLES), "at least one run, got none"),
        (InvalidInput, lambda: paper.selection_grid(pair, [1, 3]), "no pick of cycle 3: 4 cycles are fitted, 3 picked"),
        (InvalidInput, lambda: paper.selection_grid(pair, [9], samplers=["margin"]), "no fit of cycle 9"),
        (InvalidInput, lambda: paper.selection_grid(pair, []), "cycles is empty"),
        (InvalidInput, lambda: paper.selection_grid(pair, [-1]), "cycle is -1"),
        (InvalidInput, lambda: paper.selection_grid(pair, CYCLES, samplers=["margin"]), "of one run, got 2"),
        (InvalidInput, lambda: paper.selection_grid(pair, CYCLES, width="wide"), "width is 'wide'"),
        (MissingNeeds, lambda: paper.selection_grid(thin.history, [0]), "Cycle 0 of run 'thin' holds no features"),
        (LookupError, lambda: paper.selection_grid(pair, CYCLES, method="tsn"), "Did you mean 'tsne'"),
        (alviz.errors.ConfigMismatch, lambda: paper.selection_grid(pair, CYCLES, pool=digits), "is not the pool"),
    ]
    for kind, call, told in cases:
        with pytest.raises(kind) as error:
            call()
        assert told in str(error.value)
