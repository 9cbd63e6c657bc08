"""The explorer: what it shows is what is on disk, and what it previews is what a step then picks."""

import base64
import dataclasses
import io
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from maps.plugin import install
from PIL import Image
from views.conftest import CLASSES, PATIENCE

import alviz
from alviz.errors import InvalidInput, UnknownName
from alviz.figures import DARK, LIGHT
from alviz.samplers import Query, Sampler
from alviz.views import controller, player

Explore = Callable[..., alviz.Explorer]


@dataclass(frozen=True)
class Failing(Sampler):
    """Raises what no one expects."""

    name: ClassVar[str] = "failing"

    def select(self, query: Query) -> alviz.Selection:
        raise RuntimeError("the sampler broke <here>")


@dataclass(frozen=True, eq=False)
class Waiting(Sampler):
    """Picks the first candidates once it is let through."""

    name: ClassVar[str] = "waiting"
    started: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def config(self) -> dict[str, Any]:
        return {"name": self.name, "params": {}}

    def select(self, query: Query) -> alviz.Selection:
        self.started.set()
        while not self.go_on.wait(0.005):
            query.progress(0, 1)
        scores = np.full(query.size, np.nan, dtype=np.float32)
        scores[query.candidates] = 0
        return alviz.Selection(query.candidates[: query.n], scores)


def settled(explorer: alviz.Explorer) -> dict[str, Any]:
    assert explorer.wait(PATIENCE)
    shown = explorer.debug()
    assert shown["drawn_picks"] == shown["picks"]
    assert shown["drawn"]["labeled"] == (shown["labels"] or 0)
    return shown


def find(widget: Any, **wanted: Any) -> Any:
    """Return the first widget below `widget` with these trait values."""
    if all(getattr(widget, name, None) == value for name, value in wanted.items()):
        return widget
    for child in getattr(widget, "children", ()):
        found = find(child, **wanted)
        if found is not None:
            return found
    return None


def html_of(widget: Any) -> str:
    """Return all HTML below `widget`."""
    inside = "".join(html_of(child) for child in getattr(widget, "children", ()))
    return inside + (widget.value if type(widget).__name__ == "HTML" else "")


def test_it_opens_empty_and_the_first_step_fits(runner: alviz.CycleRunner, explore: Explore) -> None:
    explorer = explore(runner)
    assert runner.history.fitted == 0
    assert settled(explorer)["cycle"] is None
    assert "Nothing is fitted yet" in html_of(explorer)
    assert repr(explorer) == "Explorer(run='a', cycle=None)"
    explorer.step()
    shown = settled(explorer)
    assert (shown["cycle"], shown["labels"], runner.history.closed) == (0, 20, 0)
    assert shown["drawn"] == {"unlabeled": 135, "labeled": 20, "picked": 5, "focus": 0}
    assert shown["map"] == {"method": "tsne", "cycle": 0}


def test_a_step_picks_what_was_previewed(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    before = settled(explorer)
    assert (before["cycle"], before["preview"], len(before["picks"])) == (1, True, 5)
    find(explorer, description="Step").click()
    after = settled(explorer)
    assert runner.history.selection(1).ids.tolist() == before["picks"]
    assert (after["cycle"], after["labels"], after["preview"]) == (2, 30, True)
    assert after["code"] == "runner.run(until=2)"
    explorer.go(1)
    recorded = settled(explorer)
    assert (recorded["picks"], recorded["preview"]) == (before["picks"], False)


def test_at_the_end_another_sampler_goes_on_without_a_fork(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    explorer.choose(alviz.samplers.Coreset())
    preview = settled(explorer)["picks"]
    explorer.step()
    shown = settled(explorer)
    assert shown["branches"] == 1
    assert shown["code"] == "runner.sampler = alviz.samplers.Coreset(); runner.run(until=2)"
    assert runner.history.record(1).sampler["name"] == "coreset"
    assert runner.history.selection(1).ids.tolist() == preview
    # At the next cycle it goes on picking; cycles before show who picked there.
    assert shown["sampler"]["name"] == "coreset"
    explorer.go(0)
    assert settled(explorer)["sampler"]["name"] == "entropy"


def test_before_the_end_another_sampler_forks(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=3)
    original = [runner.history.selection(k).ids.tolist() for k in range(3)]
    explorer = explore(runner)
    explorer.go(1)
    assert "As recorded" in html_of(explorer)
    find(explorer, value="entropy", _model_name="DropdownModel").value = "margin"
    preview = settled(explorer)
    assert preview["preview"]
    assert "Later cycles exist, so this forks." in html_of(explorer)
    explorer.step()
    shown = settled(explorer)
    assert (shown["branches"], shown["branch"], shown["cycle"]) == (2, 1, 2)
    assert shown["code"] == "runner.fork(at=1, sampler=alviz.samplers.Margin()).run(until=2)"
    fork = explorer.runner
    assert fork is not runner
    assert (fork.history.at, fork.history.parent.uid) == (1, runner.history.uid)
    assert fork.history.selection(1).ids.tolist() == preview["picks"]
    assert fork.history.path == runner.history.path.parent / "a-fork1-margin"
    assert [runner.history.selection(k).ids.tolist() for k in range(3)] == original

    # The same way again leads to the same fork, and the old way back to the old branch.
    explorer.go(1)
    assert settled(explorer)["sampler"]["name"] == "margin"
    explorer.choose("entropy")
    assert settled(explorer)["picks"] == original[1]
    explorer.step()
    back = settled(explorer)
    assert (back["branches"], back["branch"], back["cycle"]) == (2, 0, 2)
    explorer.go(1)
    explorer.choose("margin")
    explorer.step()
    assert [settled(explorer)[key] for key in ("branches", "branch", "cycle")] == [2, 1, 2]


def test_on_record_a_step_only_looks(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=2)
    explorer = explore(runner)
    explorer.go(0)
    settled(explorer)
    explorer.step()
    shown = settled(explorer)
    assert (shown["cycle"], shown["fitted"], shown["code"]) == (1, 3, "explorer.go(1)")


def test_run_makes_several_steps(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=0)
    explorer = explore(runner)
    find(explorer, tooltip="Steps").value = 3
    find(explorer, description="Run").click()
    shown = settled(explorer)
    assert (shown["cycle"], shown["labels"], runner.history.closed) == (3, 35, 3)


def test_everything_labeled_ends_the_run(pool: alviz.Pool, explore: Explore) -> None:
    runner = alviz.CycleRunner(pool, learner="linear", initial=150, budget=8)
    explorer = explore(runner)
    explorer.step(5)
    shown = settled(explorer)
    assert (shown["cycle"], shown["labels"], shown["picks"]) == (2, 160, [])
    assert "nothing left to pick" in shown["message"]
    assert shown["errors"] == []


def test_parameters_are_controls_and_change_the_picks(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=0)
    explorer = explore(runner)
    explorer.choose("uncertain_gcn")
    before = settled(explorer)
    steps = find(explorer, value=200, _model_name="BoundedIntTextModel")
    steps.value = 3
    after = settled(explorer)
    assert after["sampler"]["params"]["steps"] == 3
    assert after["picks"] != before["picks"]
    assert after["code"] == "runner.ask(0, alviz.samplers.UncertainGCN(steps=3))"
    # A sampler of the same kind set from Python is shown in the same controls.
    explorer.choose(alviz.samplers.UncertainGCN(steps=7))
    assert steps.value == 7
    settled(explorer)


@pytest.mark.parametrize("coloring", ["class", "prediction", "score", "entropy"])
def test_colors_are_what_they_say(runner: alviz.CycleRunner, explore: Explore, coloring: str) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    explorer.color_by(coloring)
    settled(explorer)
    probs = runner.history.snapshot(1).probs
    scores = runner.ask(1, "entropy").scores
    expected = {
        "class": runner.pool.y,
        "prediction": probs.argmax(axis=1),
        "score": np.array([np.mean(scores[np.isfinite(scores)] < s) for s in scores]),
        "entropy": -(probs * np.log(np.maximum(probs, 1e-12))).sum(axis=1) / np.log(10),
    }[coloring]
    figure = explorer._map.figure
    for trace in figure.data[:3]:
        ids = np.asarray(trace.customdata)
        if coloring == "score" and trace.name == "labeled":
            assert (np.asarray(trace.marker.color) == -1).all()
        else:
            np.testing.assert_allclose(trace.marker.color, expected[ids], atol=0.02)


def test_the_same_figures_are_drawn_into(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    figure = explorer._map.figure
    uids = [trace.uid for trace in figure.data]
    x = np.array(figure.data[0].x)
    explorer.step()
    settled(explorer)
    assert explorer._map.figure is figure
    assert [trace.uid for trace in figure.data] == uids
    assert len(figure.data[0].x) == len(x) - 5


def test_pca_is_shown_when_asked_for(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    tsne = np.array(explorer._map.figure.data[0].x)
    explorer.map_by("pca")
    assert settled(explorer)["map"] == {"method": "pca", "cycle": 1}
    assert "PCA of cycle 1 features (linear, 64-d)" in html_of(explorer)
    assert not np.allclose(explorer._map.figure.data[0].x, tsne)
    explorer.map_by("tsne")
    settled(explorer)
    np.testing.assert_array_equal(explorer._map.figure.data[0].x, tsne)


def test_umap_is_shown_when_chosen(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    tsne = np.array(explorer._map.figure.data[0].x)
    choice = find(explorer, value="tsne", _model_name="DropdownModel")
    assert choice.options == (("PCA", "pca"), ("t-SNE", "tsne"), ("UMAP", "umap"))
    choice.value = "umap"
    shown = settled(explorer)
    assert shown["map"] == {"method": "umap", "cycle": 1}
    assert shown["code"] == "explorer.map_by('umap')"
    layout = alviz.maps.Layouts().of(runner.history, 1, "umap")
    assert "UMAP of cycle 1 features (linear, 64-d)" in html_of(explorer)
    assert f"trustworthiness {layout.trustworthiness:.2f} · follows cycle 0" in html_of(explorer)
    unlabeled = explorer._map.figure.data[0]
    np.testing.assert_array_equal(unlabeled.x, layout.xy[layout.rows(unlabeled.customdata), 0])
    assert not np.allclose(unlabeled.x, tsne)
    explorer.step()
    assert settled(explorer)["map"] == {"method": "umap", "cycle": 2}


def test_a_map_of_another_package_is_offered_and_shown(
    runner: alviz.CycleRunner, explore: Explore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, tmp_path / "site")
    runner.run(until=0)
    explorer = explore(runner)
    choice = find(explorer, value="tsne", _model_name="DropdownModel")
    assert dict(choice.options) == {
        "Ring & <all>": "ring",
        "lost": "lost",
        "PCA": "pca",
        "t-SNE": "tsne",
        "UMAP": "umap",
    }
    choice.value = "ring"
    assert settled(explorer)["map"] == {"method": "ring", "cycle": 0}
    assert "Ring &amp; &lt;all&gt; of cycle 0 features" in html_of(explorer)
    unlabeled = explorer._map.figure.data[0]
    # The map is not turned in itself, but its axes are by falling variance.
    np.testing.assert_allclose(np.hypot(unlabeled.x, unlabeled.y), 1, atol=0.05)
    choice.value = "lost"
    shown = settled(explorer)
    assert "'lost' of the package 'alviz-ring' cannot be loaded" in shown["error"]
    assert shown["map"] == {"method": "ring", "cycle": 0}


def test_picks_of_a_large_pool_are_placed_beside_the_base(
    runner: alviz.CycleRunner, explore: Explore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controller, "Layouts", lambda: alviz.maps.Layouts(base_size=40))
    runner.run(until=1)
    explorer = explore(runner)
    for action in (lambda: explorer.choose("margin"), lambda: explorer.go(0), explorer.step):
        action()
        shown = settled(explorer)
        assert len(shown["picks"]) == 5
        assert 40 <= sum(shown["drawn"].values()) < 80


def test_the_theme_reaches_what_css_does_not(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=0)
    explorer = explore(runner)
    outline = explorer._map.figure.data[2].marker.line
    assert outline.color == LIGHT.ink
    find(explorer, theme="light").theme = "dark"
    assert settled(explorer)["theme"] == "dark"
    assert explorer._map.figure.data[2].marker.line.color == DARK.ink


def test_the_card_tells_an_examples_story(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=3)
    explorer = explore(runner)
    explorer.go(1)
    settled(explorer)
    picked = runner.history.selection(1).ids
    explorer.select(int(picked[2]))
    assert settled(explorer)["selected"] == picked[2]
    card = html_of(explorer)
    guess = runner.history.snapshot(1).probs[picked[2]]
    assert f"id {picked[2]}" in card
    assert f"({guess.max():.2f})" in card
    assert "picked 3rd by entropy" in card
    assert "3rd of 135" in card
    # Picked in cycle 1, learned from in 2 and 3.
    marks = card.split("alviz-history")[1].count
    assert (marks("<em>◆</em>"), marks("<em>○</em>"), marks("<em></em>")) == (1, 2, 1)
    assert explorer.debug()["drawn"]["focus"] == 1
    explorer.select(None)
    assert explorer.debug()["drawn"]["focus"] == 0


def test_a_click_on_the_map_or_a_pick_selects(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=0)
    explorer = explore(runner)
    trace = explorer._map.figure.data[0]
    points = type("Points", (), {"point_inds": [4]})()
    for callback in trace._click_callbacks:
        callback(trace, points, None)
    assert explorer.debug()["selected"] == trace.customdata[4]
    strip = find(explorer, selected=explorer.debug()["selected"], sprite=None) or find(explorer, _view_name="AnyView")
    assert strip is not None
    pick = explorer.debug()["picks"][1]
    thumbnails = next(w for w in explorer.children[3].children if hasattr(w, "sprite"))
    thumbnails._handle_custom_msg({"id": pick}, [])
    assert explorer.debug()["selected"] == pick


def test_text_from_data_is_escaped(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    explorer.select(int(np.flatnonzero(runner.pool.y == 0)[0]))
    settled(explorer)
    page = html_of(explorer)
    assert CLASSES[0] not in page
    assert "&lt;b&gt;zero" in page
    marks = [mark.text for mark in explorer._map.figure.layout.annotations]
    assert "<b>&lt;b&gt;zero</b>" in marks
    explorer.choose(Failing())
    assert explorer.wait(PATIENCE)
    assert "broke &lt;here&gt;" in html_of(explorer)


def test_rows_of_a_table_show_their_names_and_pictures(tmp_path: Path, explore: Explore) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    for label, color in enumerate([(255, 0, 0), (0, 0, 255)]):
        Image.new("RGB", (16, 16), color).save(tmp_path / f"{label}.png")
    pool = dataclasses.replace(
        alviz.datasets.arrays(rng.normal(y[:, None], 0.3, (40, 3)), y),
        row_names=np.array([f"<i>{i}</i>.wav" for i in range(40)]),
        thumbnail_paths=np.array([str(tmp_path / f"{label}.png") for label in y]),
    )
    runner = alviz.CycleRunner(pool, "linear", "margin", initial=4, budget=3, path=tmp_path / "run")
    runner.run(until=1)
    explorer = explore(runner)
    explorer.select(7)
    page = html_of(explorer)
    assert "&lt;i&gt;7&lt;/i&gt;.wav" in page
    encoded = re.search(r"data:image/png;base64,([^'\")]+)", page)
    assert encoded is not None
    picture = Image.open(io.BytesIO(base64.b64decode(encoded.group(1)))).convert("RGB")
    assert picture.getpixel((picture.width // 2, picture.height // 2)) == (0, 0, 255)
    strip = next(w for w in explorer.children[3].children if hasattr(w, "sprite"))
    sprite = Image.open(io.BytesIO(strip.sprite)).convert("RGB")
    picks = explorer.debug()["picks"]
    side = sprite.height // len(picks)
    for place, row in enumerate(picks):
        assert sprite.getpixel((side // 2, side * place + side // 2)) == [(255, 0, 0), (0, 0, 255)][y[row]]


def test_errors_are_shown_and_work_goes_on(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    explorer.choose(Failing())
    assert explorer.wait(PATIENCE)
    shown = explorer.debug()
    assert shown["error"] == "RuntimeError: the sampler broke <here>"
    explorer.step()
    assert explorer.wait(PATIENCE)
    assert len(explorer.debug()["errors"]) >= 2
    assert explorer.debug()["busy"] == ""
    assert runner.history.closed == 1
    explorer.choose("margin")
    explorer.step()
    assert settled(explorer)["cycle"] == 2


def test_python_raises_where_the_page_shows(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    with pytest.raises(UnknownName, match="margin"):
        explorer.choose("margn")
    with pytest.raises(InvalidInput, match="not fitted"):
        explorer.go(7)
    with pytest.raises(InvalidInput, match=r"ids are 0\.\.159"):
        explorer.select(160)
    with pytest.raises(UnknownName, match=r"no map named 't-sne'\. Did you mean 'tsne'"):
        explorer.map_by("t-sne")
    assert explorer.debug()["map"]["method"] == "tsne"
    with pytest.raises(InvalidInput, match="no coloring"):
        explorer.color_by("mood")
    explorer._controller.attempt(explorer.go, 7)
    assert "not fitted" in explorer.debug()["error"]
    explorer.go(0)
    assert settled(explorer)["errors"] == [explorer.debug()["errors"][0]]


def test_one_can_look_around_while_a_step_runs_and_stop_it(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    waiting = Waiting()
    explorer.choose(waiting)
    assert waiting.started.wait(PATIENCE)
    assert explorer.debug()["working"] == "preview"
    explorer.step()
    explorer.go(0)
    explorer.color_by("prediction")
    shown = explorer.debug()
    assert (shown["cycle"], shown["coloring"], shown["busy"]) == (0, "prediction", "step")
    with pytest.raises(InvalidInput, match="still runs"):
        explorer.step()
    explorer.stop()
    assert explorer.wait(PATIENCE)
    after = explorer.debug()
    assert (after["busy"], after["errors"], runner.history.closed) == ("", [], 1)
    assert "Stop" in after["message"]
    waiting.go_on.set()
    explorer.go(1)
    explorer.choose("entropy")
    explorer.step()
    assert settled(explorer)["cycle"] == 2


def test_a_run_is_looked_at_and_previewed_but_not_changed(
    runner: alviz.CycleRunner, pool: alviz.Pool, explore: Explore
) -> None:
    runner.run(until=2)
    run = alviz.Run.open(runner.history.path, pool=pool)
    explorer = explore(run)
    assert explorer.runner is None
    assert find(explorer, description="Step").disabled
    shown = settled(explorer)
    assert (shown["preview"], shown["picks"]) == (True, runner.ask(2, "entropy").ids.tolist())
    with pytest.raises(InvalidInput, match="was opened to look at"):
        explorer.step()
    explorer.go(1)
    assert settled(explorer)["preview"] is False


def test_a_run_without_its_pool_shows_all_but_images(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(alviz.Run.open(runner.history.path))
    explorer.go(0)
    explorer.select(3)
    shown = settled(explorer)
    assert shown["drawn"]["picked"] == 5
    assert "<img" not in html_of(explorer)
    assert shown["errors"] == []


def test_two_branches_stand_side_by_side(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=2)
    branch = runner.fork(at=1, sampler="margin")
    branch.run(until=3)
    explorer = explore(runner, branch)
    chooser = find(explorer, tooltip="Branch")
    assert [name for name, _ in chooser.options] == ["entropy", "fork at 1 · margin"]
    curves = next(w for w in explorer.children[2].children[2].children[0].children if hasattr(w, "data"))
    lines = {trace.name: np.asarray(trace.x).tolist() for trace in curves.data if trace.uid.startswith("branch")}
    assert lines == {"entropy": [20, 25, 30], "margin": [25, 30, 35]}
    np.testing.assert_allclose(
        curves.data[0].y, [100 * runner.history.record(k).metrics["accuracy"] for k in range(3)], rtol=1e-5
    )
    chooser.value = 1
    shown = settled(explorer)
    assert (shown["branch"], shown["fitted"], shown["sampler"]["name"]) == (1, 4, "margin")
    explorer.go(3)
    settled(explorer)
    # Back on the branch that is shorter, its last cycle is shown.
    chooser.value = 0
    assert settled(explorer)["cycle"] == 2


def test_branches_of_different_pools_are_refused(runner: alviz.CycleRunner, pool: alviz.Pool) -> None:
    other = alviz.CycleRunner(alviz.datasets.arrays(pool.X[:50], pool.y[:50], classes=CLASSES), learner="linear")
    with pytest.raises(InvalidInput, match="different pools"):
        alviz.Explorer(runner, other)
    with pytest.raises(InvalidInput, match="not a str"):
        alviz.Explorer("runs/a")


def test_the_repr_is_fixed(runner: alviz.CycleRunner, pool: alviz.Pool, explore: Explore) -> None:
    runner.run(until=1)
    assert repr(explore(runner)) == "Explorer(run='a', cycle=1)"
    temporary = alviz.CycleRunner(pool, learner="linear")
    temporary.run(until=0)
    assert repr(explore(temporary)) == "Explorer(run='tiny', cycle=0)"


def test_play_walks_to_the_end(runner: alviz.CycleRunner, explore: Explore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player, "_SECONDS", 0.01)
    runner.run(until=3)
    explorer = explore(runner)
    seen: list[int] = []
    ended = threading.Event()
    state = explorer._controller.state
    state.observe(lambda change: seen.append(change.new), "cycle")
    state.observe(lambda change: None if change.new else ended.set(), "playing")
    find(explorer, description="Play").click()
    assert ended.wait(PATIENCE)
    assert seen == [0, 1, 2, 3]
    settled(explorer)


class Slow(dict[str, Any]):
    """What the page sends; whoever reads its names waits to be let on."""

    def __init__(self, **values: Any) -> None:
        super().__init__(values)
        self.reading, self.go_on = threading.Event(), threading.Event()

    def __iter__(self) -> Any:
        self.reading.set()
        assert self.go_on.wait(PATIENCE)
        return super().__iter__()


def test_a_drawing_is_sent_although_the_page_reports_at_the_same_time(
    runner: alviz.CycleRunner, explore: Explore
) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    figure = explorer._map.figure
    sent: list[Any] = []
    figure.observe(lambda change: sent.append(change.new), "_py2js_update")
    report = Slow(_js2py_layoutDelta=None)
    page = threading.Thread(target=figure.set_state, args=[report])
    page.start()
    assert report.reading.wait(PATIENCE)
    person = threading.Thread(target=explorer.color_by, args=["prediction"])
    person.start()
    person.join(0.5)  # a drawing that does not wait for the report is over by then, and was not sent
    report.go_on.set()
    for thread in (person, page):
        thread.join(PATIENCE)
    assert len([drawing for drawing in sent if drawing is not None]) == 1
