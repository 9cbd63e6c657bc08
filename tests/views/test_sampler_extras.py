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


# After 0, 5 and 10 seconds; the range of both is 0 to 8.
SECONDS, UPPER, LOWER = np.array([0.0, 5, 10]), np.array([8.0, 6, 6]), np.array([0.0, 0, 4])
TITLE = "bounds of the radius"


def corners(picture: str, name: str) -> np.ndarray:
    """The corners of the path of that class."""
    (path,) = re.findall(rf'<path class="[^"]*alviz-{name}" d="M([^"Z]*)Z?"', picture)
    return np.array([point.split() for point in path.split("L")], dtype=float)


def test_bounds_are_one_picture_in_one_range(run: alviz.Run) -> None:
    (extra,) = left(run, seconds=SECONDS, upper=UPPER, lower=LOWER)
    assert (extra.title, extra.value) == (TITLE, "gap 33.3 % after 10 s")
    assert extra.groups == ("found", "proved")
    assert extra.said == ("found 8 → 6", "proved 0 → 4")
    # 240 × 56 with a rim of 2 above and below: 8 is at 2, 6 at 15, 4 at 28, 0 at 54. The last moment is at 232.
    found, proved = corners(extra.picture, "found"), corners(extra.picture, "proved")
    assert found.tolist() == [[0, 2], [116, 2], [116, 15], [232, 15], [232, 15], [240, 15]]
    assert proved.tolist() == [[0, 54], [116, 54], [116, 54], [232, 54], [232, 28], [240, 28]]
    assert corners(extra.picture, "gap").tolist() == [*found.tolist(), *proved[::-1].tolist()]
    assert re.findall(r'x="([\d.]+)" y="0" width="([\d.]+)" height="56"><title>(.*?)</title>', extra.picture) == [
        ("0.00", "116.00", "after 0 s: found 8, proved 0, gap 100 %"),
        ("116.00", "116.00", "after 5 s: found 6, proved 0, gap 100 %"),
        ("232.00", "8.00", "after 10 s: found 6, proved 4, gap 33.3 %"),
    ]
    words = f"{TITLE}, found 8 → 6, proved 0 → 4, gap 33.3 % after 10 s"
    assert f'role="img" aria-label="{words}"' in extra.picture


def test_the_bounds_of_a_search_close_in(run: alviz.Run) -> None:
    picks, found = told(run, alviz.samplers.RobustCoreset(time_limit=5.0))
    extra = picks.selection.extra
    assert len(extra["upper"]) >= 2
    assert not {"seconds of each change of the bounds", "proved lower bound of the radius, as it rose"} & set(found)
    picture, (_, proved) = found[TITLE].picture, found[TITLE].said
    assert proved.endswith(f"→ {extra['lower'][-1]:.4g}")
    assert found[TITLE].value.startswith(f"gap {100 * extra['gap']:.3g} %")
    upper, lower = corners(picture, "found"), corners(picture, "proved")
    assert (np.diff(upper, axis=0) >= 0).all(), "later is to the right, and a smaller radius farther down"
    assert (np.diff(lower[:, 0]) >= 0).all()
    assert (np.diff(lower[:, 1]) <= 0).all()
    assert (upper[:, 1] <= lower[:, 1]).all()
    assert upper[0, 1] == 2
    assert lower[0, 1] == 54
    heights = np.interp([extra["upper"][-1], extra["lower"][-1]], [extra["lower"][0], extra["upper"][0]], [54, 2])
    np.testing.assert_allclose([upper[-1, 1], lower[-1, 1]], heights, atol=0.06)


def test_bounds_at_their_limits(run: alviz.Run) -> None:
    (alone,) = left(run, seconds=np.zeros(1), upper=np.array([3.0]), lower=np.array([3.0]))
    assert (alone.value, alone.said) == ("gap 0 % after 0 s", ("found 3 → 3", "proved 3 → 3"))
    assert corners(alone.picture, "found").tolist() == [[0, 28], [240, 28]]
    many = np.linspace(0, 1, 1000)
    (long,) = left(run, seconds=many, upper=2 - many, lower=many)
    titles = re.findall("<title>after (.*?) s:", long.picture)
    assert (len(titles), titles[0], titles[-1]) == (120, "0", "1")
    assert len(corners(long.picture, "found")) == 2000
    assert EVIL not in sparks.bounds([0], [1], [0], [EVIL], f'{EVIL}"')
    assert 'aria-label="&lt;img' in sparks.bounds([0], [1], [0], [EVIL], f'{EVIL}"')


@pytest.mark.parametrize(
    "odd",
    [
        {"upper": UPPER[:2]},
        {"upper": EVIL},
        {"lower": np.array([0, np.nan, 4])},
        {"seconds": SECONDS[::-1]},
        {"seconds": np.zeros((3, 1))},
        {"lower": 4.0},
    ],
    ids=["length", "text", "nan", "backward", "shape", "number"],
)
def test_what_is_no_bounds_is_told_one_by_one(run: alviz.Run, odd: dict[str, Any]) -> None:
    found = left(run, **{"seconds": SECONDS, "upper": UPPER, "lower": LOWER, **odd})
    assert len(found) == 3
    assert TITLE not in {extra.title for extra in found}


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


def test_the_view_says_what_is_found_and_proved(run: alviz.Run) -> None:
    view = SamplerExtras(run)
    assert view.controller.wait(PATIENCE)
    state = view.controller.state
    bounds = {"seconds": SECONDS, "upper": UPPER, "lower": LOWER}
    selection = dataclasses.replace(state.frame.picks.selection, extra=bounds)
    state.frame = dataclasses.replace(state.frame, picks=dataclasses.replace(state.frame.picks, selection=selection))
    assert view.controller.wait(PATIENCE)
    assert view.page.value.count("<svg") == 1
    assert (
        '<em class="alviz-key-found">found 8 → 6</em><em class="alviz-key-proved">proved 0 → 4</em>' in view.page.value
    )


def test_before_the_first_fit_it_says_so(pool: alviz.Pool, tmp_path: Path) -> None:
    view = SamplerExtras(alviz.CycleRunner(pool, "linear", "margin", path=tmp_path / "run"))
    assert "no sampler has picked" in view.page.value
