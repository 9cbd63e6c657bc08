"""Who is near and what stands for what: against all pairs of the digits in double precision."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import alviz
from alviz.maps.base import base_sample
from alviz.scenes import Picks, Scene
from alviz.views.history import history
from alviz.views.neighbors import Space


@pytest.fixture(scope="module")
def runner(pool: alviz.Pool, tmp_path_factory: pytest.TempPathFactory) -> alviz.CycleRunner:
    path = tmp_path_factory.mktemp("near") / "run"
    runner = alviz.CycleRunner(pool, learner="linear", sampler="coreset", budget=5, seed=0, path=path)
    runner.run(until=2)
    return runner


def cosines(run: alviz.Run, cycle: int) -> Any:
    rows = run.snapshot(cycle).features.astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows @ rows.T


def stands_for(near: Any, centers: list[int], others: list[int], id: int) -> set[int]:
    """What brute force says: those of `others` whose nearest of the centers, and of `id`, is `id`."""
    all_centers = sorted({*centers, id})
    return {row for row in others if row != id and max(all_centers, key=lambda c: near[row, c]) == id}


@pytest.mark.parametrize("base", [1000, 90])
def test_every_example_stands_for_those_nearest_to_it(runner: alviz.CycleRunner, base: int) -> None:
    run = runner.history
    scene = Scene.read(run, 1)
    selection = run.selection(1)
    space = Space.read(scene, Picks(selection, {"name": "coreset"}, False), base)
    near = cosines(run, 1)
    centers = [*scene.labels.ids.tolist(), *selection.ids.tolist()]
    others = [int(row) for row in base_sample(scene.size, base) if row not in centers]
    assert len(others) == (130 if base == 1000 else len(others))
    for id in range(scene.size):
        found = space.covered(id)
        assert set(found.ids.tolist()) == stands_for(near, centers, others, id), id
        assert found.total == len(others)
        assert (np.diff(near[id, found.ids]) <= 1e-6).all()  # the nearest first
    # All that is unlabeled has exactly one that stands for it.
    assert sum(len(space.covered(id).ids) for id in centers) == len(others)


def test_the_nearest_labeled_are_labeled_others_and_nearest(runner: alviz.CycleRunner) -> None:
    run = runner.history
    scene = Scene.read(run, 1)
    space = Space.read(scene, Picks(run.selection(1), {"name": "coreset"}, False), 1000)
    near = cosines(run, 1)
    for id in range(scene.size):
        labeled = [row for row in scene.labels.ids.tolist() if row != id]
        expected = sorted(labeled, key=lambda row: -near[id, row])[:3]
        ids, found = space.nearest_labeled(id)
        assert ids.tolist() == expected
        np.testing.assert_allclose(found, near[id, expected], atol=1e-6)


def test_only_the_rows_that_matter_are_read(runner: alviz.CycleRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    class Watched:
        def __getitem__(self, ids: Any) -> Any:
            read.extend(np.asarray(ids).tolist())
            return np.ones((len(ids), 4), dtype=np.float16)

    scene = Scene.read(runner.history, 1)
    monkeypatch.setattr(type(scene.run), "array", lambda *_: Watched())
    Space.read(scene, None, 10)
    assert len(read) <= len(scene.labels) + 10
    assert set(scene.labels.ids.tolist()) <= set(read)


def test_where_nothing_is_labeled_nothing_is_near(runner: alviz.CycleRunner) -> None:
    scene = Scene.read(runner.history, 0)
    nobody = np.zeros(0, dtype=np.int64)
    bare = replace(scene, labels=alviz.record.Labels(nobody, nobody))
    space = Space.read(bare, None, 1000)
    assert space.nearest_labeled(3)[0].tolist() == []
    assert len(space.covered(3).ids) == scene.size - 1  # as the only one, it would stand for all


def test_the_history_is_what_the_run_recorded(runner: alviz.CycleRunner, tmp_path: Path) -> None:
    run = runner.history
    scene = Scene.read(run, 1)
    for id in (int(run.initial.ids[0]), int(run.selection(1).ids[0]), 7):
        moments = history(scene, id)
        probs = [run.snapshot(k).probs[id] for k in range(run.fitted)]
        assert [m.prediction for m in moments] == [int(row.argmax()) for row in probs]
        np.testing.assert_allclose([m.certainty for m in moments], [row.max() for row in probs])
        assert [m.picked for m in moments] == [k < run.picked and id in run.selection(k).ids for k in range(run.fitted)]
        assert [m.labeled for m in moments] == [id in run.labeled(k).ids for k in range(run.fitted)]


def test_features_that_are_the_pool_need_the_pool(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", np.arange(40) % 2)
    pool = alviz.datasets.npy(tmp_path / "x.npy", tmp_path / "y.npy")
    runner = alviz.CycleRunner(pool, "linear", "margin", initial=4, budget=3, path=tmp_path / "run")
    runner.run(until=0)
    assert runner.history.stage(0, "fit")["arrays"]["features"] == {"at": "pool"}
    scene = Scene.read(runner.history, 0)
    assert Space.readable(scene)
    near = cosines(runner.history, 0)
    ids, _ = Space.read(scene, None, 1000).nearest_labeled(8)
    labeled = [row for row in scene.labels.ids.tolist() if row != 8]
    assert ids.tolist() == sorted(labeled, key=lambda row: -near[8, row])[:3]
    assert not Space.readable(replace(scene, pool=None))
