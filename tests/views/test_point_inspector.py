"""The inspector: what it says of an example is what brute force says, and text stays text."""

import dataclasses
import io
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from views.conftest import CLASSES, PATIENCE

import alviz
from alviz.views import PointInspector, point_inspector
from alviz.views.facts import facts, ordinal

EVIL = '<img src=x onerror="alert(1)">'


def opened(*shown: object) -> PointInspector:
    inspector = PointInspector(*shown)
    assert inspector.controller.wait(PATIENCE)
    return inspector


def select(inspector: PointInspector, id: int) -> None:
    inspector.controller.select(id)
    assert inspector.controller.wait(PATIENCE)


def text(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", html))


def cosines(run: alviz.Run, cycle: int) -> np.ndarray:
    rows = run.snapshot(cycle).features.astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows @ rows.T


@pytest.mark.parametrize("at_once", [0.0, 1e12], ids=["in the worker", "at once"])
def test_neighbors_and_what_a_pick_stands_for(
    runner: alviz.CycleRunner, monkeypatch: pytest.MonkeyPatch, at_once: float
) -> None:
    monkeypatch.setattr(point_inspector, "_AT_ONCE", at_once)
    runner.run(until=1)
    inspector = opened(runner)
    state = inspector.controller.state
    picks, labeled = state.frame.picks.selection.ids.tolist(), runner.history.labeled(1).ids.tolist()
    near = cosines(runner.history, 1)
    centers = sorted([*picks, *labeled])
    others = [row for row in range(160) if row not in centers]
    for id in (picks[0], labeled[3], others[5]):
        select(inspector, id)
        nearest = sorted((row for row in labeled if row != id), key=lambda row: -near[id, row])[:3]
        assert inspector.near.ids == nearest
        assert inspector.near.tiles["captions"] == [f"{near[id, row]:.2f}" for row in nearest]
        around = sorted({*centers, id})
        mine = [row for row in others if row != id and max(around, key=lambda c: near[row, c]) == id]
        assert inspector.covered.ids == sorted(mine, key=lambda row: -near[id, row])[:8]
        verb = "labeled, it would stand for" if id in others else "stands for"
        assert f"{verb} {len(mine)} of {len(others)} unlabeled" in inspector.covered_words.value
    assert inspector.controller.errors == []


def test_it_tells_the_facts(runner: alviz.CycleRunner) -> None:
    runner.run(until=1)
    inspector = opened(runner)
    controller = inspector.controller
    controller.compare("margin")
    assert controller.wait(PATIENCE)
    id = controller.state.frame.picks.selection.ids[1]
    select(inspector, int(id))
    known = facts(controller.state.frame.scene, controller.state.frame.picks, controller.state.compared, int(id))
    words, ranks = text(inspector.words.value), text(inspector.ranks.value)
    assert f"id {id}" in words
    assert "would be picked 2nd by entropy" in words
    for label, share in known.probable:
        assert f"{CLASSES[label]}  " in words
        assert f"{share:.2f}" in words
        assert f"width:{100 * share:.1f}%" in inspector.words.value
    assert f"{ordinal(2)} of 135 under entropy" in ranks
    assert [f"width:{one.percentile}%" in inspector.ranks.value for one in known.ranks] == [True, True]
    assert len(known.ranks) == 2
    # A sampler that is compared later is told as soon as it has answered; the rest stays as it is.
    shown = inspector.near.tiles
    controller.compare("least_confidence")
    assert controller.wait(PATIENCE)
    assert "least_confidence" in inspector.ranks.value
    assert inspector.near.tiles is shown


def test_its_picture_is_the_example(runner: alviz.CycleRunner) -> None:
    runner.run(until=0)
    inspector = opened(runner)
    select(inspector, 7)
    read = np.asarray(Image.open(io.BytesIO(inspector.picture.value)))
    np.testing.assert_array_equal(read, runner.pool.images([7])[0])
    assert "alviz-ink" in inspector.picture._dom_classes


def test_nothing_selected_invites(runner: alviz.CycleRunner) -> None:
    inspector = opened(runner)
    assert inspector.hint.layout.display == ""
    assert inspector._story.layout.display == "none"
    assert "Click a point" in inspector.hint.value
    inspector.controller.step()
    assert inspector.controller.wait(PATIENCE)
    select(inspector, 3)
    assert (inspector.hint.layout.display, inspector._story.layout.display) == ("none", "")
    inspector.controller.select(None)
    assert (inspector.hint.layout.display, inspector._story.layout.display) == ("", "none")


def test_a_neighbor_that_is_clicked_is_selected(runner: alviz.CycleRunner) -> None:
    runner.run(until=0)
    inspector = opened(runner)
    select(inspector, 3)
    neighbor = inspector.near.ids[1]
    inspector.near._handle_custom_msg({"id": neighbor}, [])
    assert inspector.controller.wait(PATIENCE)
    assert inspector.controller.state.selected == neighbor
    assert f"id {neighbor}" in inspector.words.value


def test_two_inspectors_of_one_state_both_answer(runner: alviz.CycleRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_inspector, "_AT_ONCE", 0)
    runner.run(until=0)
    first = opened(runner)
    second = PointInspector(first)
    select(first, 11)
    assert first.near.ids == second.near.ids != []
    assert "alviz-cycle" in second.history.value


def test_a_sampled_pool_says_so(runner: alviz.CycleRunner) -> None:
    runner.run(until=0)
    inspector = opened(runner)
    inspector.controller.placing.layouts.base_size = 60
    select(inspector, 3)
    assert "in the sample of 60" in inspector.covered_words.value


def test_text_is_text_and_what_is_not_there_is_told(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 255, (40, 8, 8), dtype=np.uint8)
    names = [EVIL, 'a "quoted" 🐟 \u202ename']
    pool = dataclasses.replace(
        alviz.datasets.arrays(images, np.arange(40) % 2, classes=names),
        row_names=np.array([f"{EVIL}{i}" for i in range(40)]),
    )
    path = tmp_path / "run"
    runner = alviz.CycleRunner(pool, "linear", "margin", initial=4, budget=3, keep=("scores",), path=path)
    runner.run(until=1)
    (runner.history.folder(0, "fit") / "features.npy").unlink()
    inspector = opened(alviz.Run.open(path, pool=pool))
    inspector.controller.go(0)
    for id in (8, 9):
        select(inspector, id)
        page = "".join(getattr(inspector, part).value for part in ("words", "ranks", "history", "near_words"))
        assert "<img" not in page
        assert names[id % 2] in text(page)
        assert f"{EVIL}{id}" in text(page)
    assert "keeps no features" in inspector.near_words.value
    assert inspector.near.ids == inspector.covered.ids == []
    assert inspector.history.value.count("<b>·</b>") == 1  # of the cycle whose probabilities are gone
    assert inspector.picture.layout.display == ""
    # Opened without its pool, which came from memory: no picture, no row names.
    bare = opened(alviz.Run.open(path))
    select(bare, 8)
    assert bare.picture.layout.display == "none"
    assert EVIL not in text(bare.words.value).replace(names[0], "", 1)


def test_a_damaged_file_is_told_in_its_place(runner: alviz.CycleRunner) -> None:
    runner.run(until=0)
    inspector = opened(alviz.Run.open(runner.history.path, pool=runner.pool))
    inspector.controller.branch.run.forget()
    probs = runner.history.folder(0, "fit") / "probs.npy"
    probs.write_bytes(probs.read_bytes()[:-8] + b"changed!")
    select(inspector, 8)
    assert "probs.npy differs from its checksum" in inspector.near_words.value
    assert "id 8" in inspector.words.value


def test_a_failure_of_the_worker_is_told_in_its_place(
    runner: alviz.CycleRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the <disk> broke")

    monkeypatch.setattr(point_inspector, "_AT_ONCE", 0)
    monkeypatch.setattr(point_inspector, "history", broken)
    runner.run(until=0)
    inspector = opened(runner)
    select(inspector, 3)
    assert "the &lt;disk&gt; broke" in inspector.near_words.value
    assert inspector.controller.errors == []
