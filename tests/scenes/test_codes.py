"""Codes are what they say: checked against the definitions, on a recorded run of digits."""

from pathlib import Path

import numpy as np
import pytest
from runs import FAST, few

import alviz
from alviz.errors import MissingNeeds
from alviz.graphs import knn
from alviz.scenes import COLORINGS, NONE, Picks, Scene, codes, palettes


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> alviz.Run:
    runner = alviz.CycleRunner(few(), path=tmp_path_factory.mktemp("scenes") / "run", **FAST)
    runner.run(until=3)
    return runner.history


@pytest.fixture(scope="module")
def scene(run: alviz.Run) -> Scene:
    return Scene.read(run, 2)


def test_classes_predictions_and_verdicts(run: alviz.Run, scene: Scene) -> None:
    truth, guess = run.pool.y, np.asarray(run.snapshot(2).probs).argmax(axis=1)
    np.testing.assert_array_equal(codes(scene, "class"), truth)
    np.testing.assert_array_equal(codes(scene, "prediction"), guess)
    np.testing.assert_array_equal(codes(scene, "right"), (truth != guess).astype(int))
    assert 0 < codes(scene, "right").sum() < 100


def test_a_class_that_nobody_knows_has_no_color(tmp_path: Path) -> None:
    known = few()
    y = known.y.copy()
    y[100:110] = -1
    pool = alviz.datasets.arrays(known.X, y, classes=known.classes)
    runner = alviz.CycleRunner(pool, path=tmp_path / "run", **{**FAST, "initial": list(range(80))})
    runner.run(until=0)
    scene = Scene.read(runner.history, 0)
    unknown = np.flatnonzero(codes(scene, "class") == NONE)
    np.testing.assert_array_equal(unknown, np.arange(100, 110))
    np.testing.assert_array_equal(np.flatnonzero(codes(scene, "right") == NONE), np.arange(100, 110))


def test_uncertainties_are_shares_of_what_is_possible(run: alviz.Run, scene: Scene) -> None:
    p = np.asarray(run.snapshot(2).probs, dtype=np.float64)
    entropy = -(p * np.log(np.maximum(p, 1e-12))).sum(axis=1) / np.log(10)
    top = np.sort(p, axis=1)
    np.testing.assert_allclose(codes(scene, "entropy") / 254, entropy, atol=0.5 / 254 + 1e-5)
    np.testing.assert_allclose(codes(scene, "margin") / 254, top[:, -1] - top[:, -2], atol=0.5 / 254 + 1e-5)


def test_scores_are_colored_by_rank_and_only_where_there_are_some(run: alviz.Run, scene: Scene) -> None:
    selection = run.selection(2)
    assert selection is not None
    code = codes(scene, "score", Picks(selection, {"name": "margin"}, preview=False))
    np.testing.assert_array_equal(code == NONE, np.isnan(selection.scores))
    best = int(np.nanargmax(selection.scores))
    assert code[best] == 254
    order = np.argsort(selection.scores[code != NONE], kind="stable")
    assert (np.diff(code[code != NONE][order].astype(int)) >= 0).all()
    assert (codes(scene, "score", None) == NONE).all()


def test_nan_scores_of_every_candidate_color_nothing(scene: Scene) -> None:
    none = alviz.Selection(np.array([3, 4]), np.full(scene.size, np.nan, dtype=np.float32))
    assert (codes(scene, "score", Picks(none, {"name": "x"}, preview=True)) == NONE).all()


def test_acquisition_tells_in_which_cycle_each_example_was_labeled(run: alviz.Run, scene: Scene) -> None:
    code = codes(scene, "acquired")
    np.testing.assert_array_equal(np.flatnonzero(code == 0), np.sort(run.initial.ids))
    for cycle in (0, 1):
        selection = run.selection(cycle)
        assert selection is not None
        np.testing.assert_array_equal(np.flatnonzero(code == cycle + 1), np.sort(selection.ids))
    assert (code == NONE).sum() == 160 - 12 - 10  # what cycle 2 picks is not labeled yet


def test_certainty_is_that_of_propagated_labels(run: alviz.Run, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knn, "CACHE", knn.NeighborCache())  # another test may have searched this graph
    from alviz.graphs import knn_graph
    from alviz.graphs.propagate import propagate_labels, similarity

    phases: list[str] = []
    code = codes(scene, "certainty", report=lambda phase, done, total: phases.append(phase))
    labels = run.labeled(2)
    W = similarity(knn_graph(run.snapshot(2).features, 50))
    weights = propagate_labels(W, labels.ids, labels.values, 10).weights
    np.testing.assert_allclose(code / 254, weights, atol=0.5 / 254 + 1e-6)
    assert "graph" in phases


def test_certainty_needs_features(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene.run, "snapshot", lambda cycle: alviz.Snapshot())
    with pytest.raises(MissingNeeds, match="holds no features"):
        codes(scene, "certainty")


def test_a_thousand_classes_take_two_bytes() -> None:
    from alviz.scenes.codes import _counted

    code = _counted(np.array([0, 254, 255, 999, -1]), 1000)
    assert code.dtype == np.uint16
    assert code.tolist() == [0, 254, 255, 999, 65535]
    assert _counted(np.array([0, 254, -1]), 255).tolist() == [0, 254, 255]
    assert _counted(np.array([0, 254, -1]), 255).dtype == np.uint8


def test_every_coloring_has_its_palette_and_every_code_a_color(scene: Scene) -> None:
    there = palettes(scene.classes, scene.cycle)
    for name, coloring in COLORINGS.items():
        palette = there[coloring.palette]
        code = codes(scene, name)
        if palette["kind"] == "classes":
            assert code[code != NONE].max() < len(palette["names"]) == len(palette["light"]) == len(palette["dark"])
        assert all(len(color) == 7 and color[0] == "#" for ground in ("light", "dark") for color in palette[ground])
    assert there["cycles"]["names"] == ["initial", "cycle 0", "cycle 1"]
