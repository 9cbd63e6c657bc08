"""What samplers leave, as pictures: the numbers in them are the sampler's."""

import dataclasses
import re
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from views.conftest import PATIENCE

import alviz
from alviz.scenes import Picks, Scene
from alviz.views import SamplerExtras, sampler_extras, sparks
from alviz.views.extras import Extra, extras

EVIL = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def run(pool: alviz.Pool, tmp_path_factory: pytest.TempPathFactory) -> alviz.Run:
    path = tmp_path_factory.mktemp("extras") / "run"
    runner = alviz.CycleRunner(pool, learner="linear", sampler="margin", budget=5, seed=0, path=path)
    runner.run(until=0)
    return runner.history


def told(run: alviz.Run, sampler: Any) -> tuple[Picks, dict[str, Extra]]:
    selection = alviz.compare(run, 0, [sampler]).selections
    (name, found), *_ = selection.items()
    picks = Picks(found, {"name": name, "params": {}}, preview=True)
    return picks, {extra.title: extra for extra in extras(Scene.read(run, 0), picks)}


def left(run: alviz.Run, **extra: Any) -> list[Extra]:
    selection = alviz.Selection(np.arange(30, 35), np.zeros(160, dtype=np.float32), extra)
    return extras(Scene.read(run, 0), Picks(selection, {"name": "own"}, preview=True))


def counted(picture: str, group: str) -> int:
    """How many values the bars of a group stand for, by their tooltips."""
    return sum(int(n.replace(",", "")) for n in re.findall(rf"<title>{group}: ([\d,]+) from", picture))


def test_a_core_set_shows_gains_and_radius(run: alviz.Run) -> None:
    picks, found = told(run, "coreset")
    gain = picks.selection.extra["gain"]
    assert found["core-set radius at the last pick"].value == f"{gain[-1]:.4g}"
    titles = re.findall(r"<title>(.*?)</title>", found["gain of each pick"].picture)
    assert titles == [
        f"id {id}, picked {i}: {value:.4g}"
        for i, (id, value) in enumerate(zip(picks.selection.ids, gain, strict=True), 1)
    ]
    heights = [float(h) for h in re.findall(r'height="([\d.]+)"><title>', found["gain of each pick"].picture)]
    np.testing.assert_allclose(np.array(heights) / heights[0], gain / gain[0], atol=2e-3)


def test_a_graph_network_shows_confidences_by_standing(run: alviz.Run) -> None:
    picks, found = told(run, alviz.samplers.UncertainGCN(steps=7))
    confidence = found["confidence of being labeled"]
    assert confidence.groups == ("unlabeled", "labeled", "picked")
    assert [counted(confidence.picture, group) for group in confidence.groups] == [135, 20, 5]
    values = picks.selection.extra["confidence"]
    assert confidence.value == f"{values.min():.4g} to {values.max():.4g}"
    assert found["training loss, step by step"].picture.count("L") == 6  # a line through seven steps
    assert found["hidden embedding of the graph's nodes"].value == "160 × 128 float16"
    assert found["nodes of the graph"].value == "160 ids"


def test_revival_shows_virtual_labels_by_class(run: alviz.Run) -> None:
    picks, found = told(run, alviz.samplers.Revival(steps=5))
    labels = picks.selection.extra["virtual_labels"]
    titles = [
        unescape(title) for title in re.findall(r"<title>(.*?)</title>", found["virtual labels by class"].picture)
    ]
    assert titles == [f"{name}: {(labels == i).sum()}" for i, name in enumerate(run.classes)]
    entropy = found["entropy of the virtual labels"]
    assert entropy.groups == ("unlabeled", "picked")  # the labeled were no candidates
    assert [counted(entropy.picture, group) for group in entropy.groups] == [135, 5]
    assert found["candidates that change most"].value == "20 ids"


def test_rules_go_by_shape(run: alviz.Run) -> None:
    found = left(
        run,
        plain=np.float32(0.25),
        switch=True,
        words=EVIL,
        per_pick=np.array([3.0, np.nan, -1.0, 2.0, 0.0]),
        per_row=np.arange(160, dtype=np.float32),
        curve=np.linspace(1, 0, 12),
        cube=np.zeros((2, 3, 4)),
        nothing=np.zeros(0),
        strings=np.array(["a", "b"]),
    )
    by_title = {extra.title: extra for extra in found}
    assert {t: e.value for t, e in by_title.items() if not e.picture} == {
        "plain": "0.25",
        "switch": "True",
        "words": EVIL,
        "cube": "2 × 3 × 4 float64",
        "nothing": "0 float64",
        "strings": "2 <U1",
    }
    assert by_title["per pick"].picture.count("<rect") == 4
    assert by_title["per pick"].value == "−1 to 3"
    assert by_title["curve"].value == "0 to 1 in 12"
    assert sum(counted(by_title["per row"].picture, g) for g in by_title["per row"].groups) == 160
    assert [bool(extra.picture) for extra in found] == sorted(bool(extra.picture) for extra in found)


def test_pictures_of_nothing_are_pictures() -> None:
    nan = np.full(3, np.nan)
    for picture in (sparks.bars(nan), sparks.line(nan), sparks.histogram([("picked", nan)]), sparks.histogram([])):
        assert picture.startswith("<svg")
        assert "nan" not in picture
    assert sparks.line([1, np.nan, 2, 3]).count("M") == 2
    assert "<rect" not in sparks.bars(np.arange(500.0))  # a line instead
    assert counted(sparks.histogram([("picked", np.full(4, 2.5))]), "picked") == 4
    assert 'fill:"&gt;' not in sparks.counts([1], [EVIL], ['"><script>'])
    assert "<script>" not in sparks.counts([1], [EVIL], ['"><script>'])
    assert EVIL not in sparks.counts([1], [EVIL], ["red"])


@pytest.mark.parametrize("at_once", [0, 10**9], ids=["in the worker", "at once"])
def test_the_view_follows_the_shown_sampler(run: alviz.Run, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(sampler_extras, "_AT_ONCE", at_once)
    view = SamplerExtras(run)
    assert view.controller.wait(PATIENCE)
    assert "leaves nothing beside its picks" in view.page.value
    view.controller.choose("coreset")
    assert view.controller.wait(PATIENCE)
    assert "core-set radius" in view.page.value
    assert "<svg" in view.page.value
    state = view.controller.state
    selection = dataclasses.replace(state.frame.picks.selection, extra={EVIL: EVIL, f"{EVIL}s": np.zeros(5)})
    state.frame = dataclasses.replace(state.frame, picks=dataclasses.replace(state.frame.picks, selection=selection))
    assert view.controller.wait(PATIENCE)
    assert "<img" not in view.page.value
    assert "&lt;img" in view.page.value
    assert repr(view) == "SamplerExtras(run='run', cycle=0)"


def test_before_the_first_fit_it_says_so(pool: alviz.Pool, tmp_path: Path) -> None:
    view = SamplerExtras(alviz.CycleRunner(pool, "linear", "margin", path=tmp_path / "run"))
    assert "no sampler has picked" in view.page.value
