"""Curves over seeds: the means and deviations are those computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import runs

import alviz
from alviz import CycleRunner, Pool, Run, paper
from alviz.errors import InvalidInput
from alviz.paper.seeds import by_configuration


def traces(figure: Any) -> dict[str, Any]:
    return {trace.uid: trace for trace in figure.data if trace.uid}


def legend(figure: Any) -> list[str]:
    return list(traces(figure)["legend"].text)


def by_hand(runs: list[Run], column: str = "accuracy") -> tuple[list[int], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    frames = [run.frame() for run in runs]
    values = 100 * np.array([frame[column] for frame in frames])
    deviations = values.std(axis=0, ddof=1) if len(runs) > 1 else np.full(len(frames[0]), np.nan)
    return frames[0]["labels"].tolist(), values.mean(axis=0), deviations


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy"])
def test_lines_are_means_over_seeds_and_bands_one_deviation(recorded: dict[str, Run], metric: str) -> None:
    drawn = traces(paper.accuracy_curves(list(recorded.values()), metric=metric))
    for i, sampler in enumerate(("margin", "random")):
        labels, mean, std = by_hand([recorded[f"{sampler}-0"], recorded[f"{sampler}-1"]], metric)
        assert std.max() > 0
        line, band = drawn[f"mean-{i}"], drawn[f"band-{i}"]
        assert line.name == sampler
        assert line.x.tolist() == labels
        np.testing.assert_allclose(line.y, mean)
        np.testing.assert_allclose(line.customdata, std)
        np.testing.assert_allclose(band.x, [*labels, *labels[::-1]])
        np.testing.assert_allclose(band.y, [*(mean + std), *(mean - std)[::-1]])
        assert line.marker.symbol != drawn[f"mean-{1 - i}"].marker.symbol


def test_one_seed_has_no_band_and_the_legend_tells_how_many_there_are(recorded: dict[str, Run]) -> None:
    some = [recorded[name] for name in ("margin-0", "margin-1", "random-0")]
    figure = paper.accuracy_curves(some)
    assert "band-1" not in traces(figure)
    assert legend(figure) == ["margin, 2 seeds", "random, 1 seed"]
    np.testing.assert_allclose(traces(figure)["mean-1"].y, 100 * recorded["random-0"].frame()["accuracy"])


def test_a_shorter_seed_ends_its_line(recorded: dict[str, Run], fast: Callable[..., CycleRunner]) -> None:
    runner = fast("short", seed=7)
    runner.run(until=1)
    figure = paper.accuracy_curves([recorded["margin-0"], runner.history])
    labels, mean, _ = by_hand([recorded["margin-0"]])
    line = traces(figure)["mean-0"]
    assert line.x.tolist() == labels[:2]
    expected = (mean[:2] + 100 * runner.history.frame()["accuracy"].to_numpy()) / 2
    np.testing.assert_allclose(line.y, expected)


def test_a_ceiling_is_a_line_across_in_the_metrics_unit(recorded: dict[str, Run]) -> None:
    figure = paper.accuracy_curves(recorded["margin-0"], ceiling=0.975)
    level = traces(figure)["level-0"]
    assert list(level.y) == [97.5, 97.5]
    assert tuple(level.x) == tuple(figure.layout.xaxis.range)
    assert figure.layout.yaxis.range[1] > 97.5
    assert legend(figure) == ["margin", "all labels"]


def test_forks_and_other_parameters_are_other_lines(recorded: dict[str, Run], fast: Callable[..., CycleRunner]) -> None:
    runner = fast("root", seed=0)
    runner.run(until=2)
    fork = runner.fork(at=1, sampler="random")
    fork.run(until=2)
    other = fast("C", learner=alviz.learners.Linear(C=0.1), seed=0)
    other.run(until=1)
    groups = by_configuration([runner.history, fork.history, other.history, recorded["margin-1"]])
    assert [run.name for run in groups[0].runs] == ["root", "margin-1"]
    assert [group.name for group in groups] == ["margin (learner.C=1)", "margin → random", "margin (learner.C=0.1)"]


def test_names_of_ones_own_are_text(recorded: dict[str, Run]) -> None:
    pair = [recorded["margin-0"], recorded["margin-1"]]
    figure = paper.accuracy_curves({"<b>ours</b>": pair, "theirs": recorded["random-0"]})
    assert legend(figure)[0] == "&lt;b&gt;ours&lt;/b&gt;, 2 seeds"
    with pytest.raises(InvalidInput, match=r"'ours' should differ in nothing but their seed.*differ in sampler"):
        paper.accuracy_curves({"ours": [recorded["margin-0"], recorded["random-1"]]})


def test_a_grouped_initial_set_of_ids(fast: Callable[..., CycleRunner]) -> None:
    groups = []
    for seed in (0, 1):
        runner = fast(f"ids-{seed}", seed=seed, initial=[3 * seed + i for i in range(80)])
        runner.run(until=1)
        groups.append(runner.history)
    assert [len(group.runs) for group in by_configuration(groups)] == [2]


def test_adjacency_is_that_of_the_frames(recorded: dict[str, Run]) -> None:
    figure = paper.adjacency_curves(list(recorded.values()), k=5)
    frames = [alviz.adjacency_frame(recorded[f"margin-{seed}"], 5) for seed in (0, 1)]
    values = 100 * np.array([frame["plain"] for frame in frames])
    drawn = traces(figure)
    np.testing.assert_allclose(drawn["mean-0"].y, values.mean(axis=0))
    chance = 100 * frames[0]["chance"].iloc[0]
    # The linear learner's features are the pixels: flat curves, far above the level of chance.
    assert legend(figure)[-1] == f"at random {chance:.1f} %"
    assert figure.layout.yaxis.range[0] > chance
    weighted = traces(paper.adjacency_curves(recorded["margin-0"], k=5, weighted=True))["mean-0"].y
    np.testing.assert_allclose(weighted, 100 * frames[0]["weighted"])


def test_a_chance_level_that_is_near_is_drawn(fast: Callable[..., CycleRunner], monkeypatch: Any) -> None:
    runner = fast("near")
    runner.run(until=1)
    frame = pd.DataFrame({"plain": [0.3, 0.5], "weighted": [0.3, 0.5], "chance": [0.1, 0.1]}, index=[12, 17])
    module = import_module("alviz.paper.adjacency_curves")
    monkeypatch.setattr(module, "adjacency_frame", lambda *_, **__: frame)
    level = traces(paper.adjacency_curves(runner.history))["level-0"]
    np.testing.assert_allclose(level.y, [10, 10])


@pytest.fixture(scope="module")
def ablation(few: Pool, tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    folder = tmp_path_factory.mktemp("ablation")
    found = []
    for value in (0.5, 0.1, 0.02):
        for seed in (0, 1):
            sampler = alviz.samplers.UncertainGCN(s_margin=value, steps=5, negative="relu")
            runner = CycleRunner(
                few, path=folder / f"{value}-{seed}", **{**runs.FAST, "sampler": sampler, "seed": seed}
            )
            runner.run(until=2)
            found.append(runner.history)
    return found


def test_a_curve_per_value_in_ascending_order(ablation: list[Run]) -> None:
    figure = paper.hyperparameter_curves(ablation, "s_margin")
    assert legend(figure) == ["s_margin = 0.02", "s_margin = 0.1", "s_margin = 0.5"]
    for i, pair in enumerate((ablation[4:], ablation[2:4], ablation[:2])):
        labels, mean, std = by_hand(pair)
        line = traces(figure)[f"mean-{i}"]
        assert line.x.tolist() == labels
        np.testing.assert_allclose(line.y, mean)
        np.testing.assert_allclose(line.customdata, std)


def test_the_metric_against_the_values(ablation: list[Run]) -> None:
    figure = paper.hyperparameter_curves(ablation, "sampler.s_margin", at=17)
    line = traces(figure)["mean-0"]
    assert list(line.x) == ["0.02", "0.1", "0.5"]
    expected = [by_hand(pair) for pair in (ablation[4:], ablation[2:4], ablation[:2])]
    np.testing.assert_allclose(line.y, [mean[1] for _, mean, _ in expected])
    np.testing.assert_allclose(line.error_y.array, [std[1] for _, _, std in expected])
    assert figure.layout.xaxis.type == "category"
    assert "17 labels" in figure.layout.yaxis.title.text


def test_other_configurations_are_other_lines_against_the_values(recorded: dict[str, Run], fast: Any) -> None:
    others = []
    for sampler in ("margin", "random"):
        runner = fast(f"b-{sampler}", sampler=sampler, budget=10, seed=0)
        runner.run(until=1)
        others.append(runner.history)
    every = [recorded["margin-0"], recorded["random-0"], *others]
    figure = paper.hyperparameter_curves(every, "budget", at=22)
    assert legend(figure) == ["margin", "random"]
    line = traces(figure)["mean-1"]
    assert list(line.x) == ["5", "10"]
    frames = [every[1].frame().set_index("labels"), every[3].frame().set_index("labels")]
    np.testing.assert_allclose(line.y, [100 * frame.loc[22, "accuracy"] for frame in frames])


def test_bad_input_is_told(recorded: dict[str, Run], ablation: list[Run], digits: Pool, tmp_path: Path) -> None:
    some = list(recorded.values())
    elsewhere = CycleRunner(digits, path=tmp_path / "digits", **runs.FAST)
    elsewhere.query()
    blind = alviz.datasets.arrays(digits.X[:160], digits.y[:160])
    unmeasured = CycleRunner(blind, path=tmp_path / "blind", **runs.FAST)
    unmeasured.query()
    empty = CycleRunner(digits, path=tmp_path / "empty", **runs.FAST)
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: paper.accuracy_curves([]), "at least one run, got none"),
        (lambda: paper.accuracy_curves("runs/a"), "'r' is no run: pass what alviz.Run.open"),
        (lambda: paper.accuracy_curves(elsewhere), "runner.history of a CycleRunner"),
        (lambda: paper.accuracy_curves(empty.history), "'empty' has no fit yet"),
        (lambda: paper.accuracy_curves([*some, elsewhere.history]), "'digits' are on different pools"),
        (lambda: paper.accuracy_curves([some[0], some[0]]), "both have the seed 0"),
        (lambda: paper.accuracy_curves(some, metric="auc"), "no metric 'auc'. There are: accuracy, balanced"),
        (
            lambda: paper.accuracy_curves(unmeasured.history),
            "no metric 'accuracy'. There are: cross_validated_accuracy",
        ),
        (lambda: paper.accuracy_curves(some, ceiling=93.5), "'all labels' is 93.5, expected accuracy as it is rec"),
        (lambda: paper.accuracy_curves(some, width="page"), "width is 'page', expected 'column'"),
        (lambda: paper.accuracy_curves(some, width=0.1), "a number of inches from 1 to 40"),
        (lambda: paper.adjacency_curves(some, k=0), "k is 0"),
        (lambda: paper.hyperparameter_curves(ablation, "margin"), "no parameter 'margin'. They have: budget"),
        (lambda: paper.hyperparameter_curves(ablation[:2], "s_margin"), "All runs have s_margin = 0.5"),
        (lambda: paper.hyperparameter_curves(ablation, "s_margin", at=18), "no fit of 18 labels in every seed"),
    ]
    for call, told in cases:
        with pytest.raises(InvalidInput) as error:
            call()
        assert told in str(error.value)


def test_figures_are_as_wide_as_asked_with_type_for_print(recorded: dict[str, Run]) -> None:
    run = recorded["margin-0"]
    for width, inches in (("column", 3.25), ("text", 6.75), (5, 5.0)):
        layout = paper.accuracy_curves(run, width=width).layout
        assert layout.width == inches * 96
        assert layout.paper_bgcolor == "white"
        sizes = [layout.font.size, layout.xaxis.tickfont.size, layout.yaxis.title.font.size]
        assert all(7 <= size * 72 / 96 <= 9 for size in sizes)
