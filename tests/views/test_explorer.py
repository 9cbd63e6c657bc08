"""The explorer: what it shows is what is on disk, and what it previews is what a step then picks."""

import dataclasses
import io
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import plotly.graph_objects as go
import pytest
from maps.plugin import install
from PIL import Image
from views.conftest import CLASSES, PATIENCE
from views.pages import Page

import alviz
from alviz.errors import InvalidInput, UnknownName
from alviz.samplers import Query, Sampler
from alviz.views.canvas import Canvas
from alviz.views.download import Download

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
    if shown["map"] is not None:
        page = explorer.page
        shown["drawn"] = {kind: len(ids) for kind, ids in page.drawn().items()}
        assert sorted(page.drawn()["picked"]) == sorted(shown["picks"])
        assert shown["drawn"]["labeled"] == (shown["labels"] or 0)
        if shown["picks"]:
            assert next(iter(page.marks.values())) == shown["picks"]
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


def within(widget: Any) -> Iterator[Any]:
    """Yield a widget and all below it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from within(child)


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
    assert shown["drawn"] == {"unlabeled": 135, "labeled": 20, "picked": 5}
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
    code, ids = explorer.page.codes(), explorer.page.ids
    steps = 1 if coloring in ("class", "prediction") else 254
    there = np.ones(160, dtype=bool)
    if coloring == "score":
        there[runner.history.labeled(1).ids] = False
        assert (code[~there[ids]] == 255).all()
    np.testing.assert_allclose(code[there[ids]] / steps, expected[ids[there[ids]]], atol=0.02)


def test_a_step_sends_no_coordinates_again(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=2)
    explorer = explore(runner)
    page = explorer.page
    page.wait_for_all()
    sent = page.bytes
    for cycle in (0, 1, 2, 1):
        explorer.go(cycle)
        assert settled(explorer)["drawn"]["labeled"] == 20 + 5 * cycle
    assert page.bytes == sent


def test_a_new_coloring_costs_a_byte_a_point_and_cycle(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=2)
    explorer = explore(runner)
    page = explorer.page
    page.wait_for_all()
    sent = page.bytes
    explorer.color_by("prediction")
    settled(explorer)
    page.wait_for_all()
    assert page.bytes - sent == 3 * 160


def test_pca_is_shown_when_asked_for(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    page = explorer.page
    tsne = page.xy()
    explorer.map_by("pca")
    assert settled(explorer)["map"] == {"method": "pca", "cycle": 1}
    assert page.about[f"layout|pca|{page.fit}"]["head"] == "PCA of cycle 1 features (linear, 64-d)"
    assert page.view["method"] == "pca"
    assert not np.allclose(page.xy(), tsne)
    explorer.map_by("tsne")
    settled(explorer)
    np.testing.assert_array_equal(page.xy(), tsne)


def test_umap_is_shown_when_chosen(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    page = explorer.page
    tsne = page.xy()
    explorer.map_by("umap")
    shown = settled(explorer)
    assert shown["map"] == {"method": "umap", "cycle": 1}
    assert shown["code"] == "explorer.map_by('umap')"
    layout = alviz.maps.Layouts().of(runner.history, 1, "umap")
    about = page.about[f"layout|umap|{page.fit}"]
    assert about["head"] == "UMAP of cycle 1 features (linear, 64-d)"
    assert about["right"].startswith(f"trustworthiness {layout.trustworthiness:.2f} · follows cycle 0")
    np.testing.assert_array_equal(page.xy(), layout.xy[layout.rows(page.ids)])
    assert not np.allclose(page.xy(), tsne)
    explorer.step()
    assert settled(explorer)["map"] == {"method": "umap", "cycle": 2}


def test_a_map_of_another_package_is_offered_and_shown(
    runner: alviz.CycleRunner, explore: Explore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, tmp_path / "site")
    runner.run(until=0)
    explorer = explore(runner)
    assert {"ring", "lost", "pca", "tsne", "umap"} <= set(alviz.maps.titles())
    explorer.map_by("ring")
    assert settled(explorer)["map"] == {"method": "ring", "cycle": 0}
    page = explorer.page
    assert page.about[f"layout|ring|{page.fit}"]["head"].startswith("Ring & <all> of cycle 0 features")
    # The map is not turned in itself, but its axes are by falling variance.
    np.testing.assert_allclose(np.hypot(*page.xy().T), 1, atol=0.05)
    explorer.controller.attempt(explorer.map_by, "lost")
    shown = settled(explorer)
    assert "'lost' of the package 'alviz-ring' cannot be loaded" in shown["error"]
    assert shown["map"] == {"method": "ring", "cycle": 0}


def test_picks_of_a_large_pool_are_placed_beside_the_base(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner, base=40)
    for action in (lambda: explorer.choose("margin"), lambda: explorer.go(0), explorer.step):
        action()
        shown = settled(explorer)
        assert len(shown["picks"]) == 5
        assert 40 <= sum(shown["drawn"].values()) < 80


def test_a_click_on_the_map_selects(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=0)
    explorer = explore(runner)
    explorer.page.say("select", id=44)
    assert explorer.debug()["selected"] == 44
    assert explorer.page.view["selected"] == 44
    explorer.page.say("select", id=None)
    assert explorer.debug()["selected"] is None


def test_text_from_data_is_escaped(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    explorer.select(int(np.flatnonzero(runner.pool.y == 0)[0]))
    settled(explorer)
    page = html_of(explorer)
    assert CLASSES[0] not in page
    assert "&lt;b&gt;zero" in page
    # The map draws names as text.
    assert explorer.map.page.catalog["palettes"]["classes"]["names"][0] == CLASSES[0]
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
    settled(explorer)
    assert "&lt;i&gt;7&lt;/i&gt;.wav" in html_of(explorer)
    told, images = explorer.page.ask("facts", id=7, branch=0, cycle=1)
    assert "<i>7</i>.wav" in told["title"] + str(told["lines"])
    picture = Image.open(io.BytesIO(images[0])).convert("RGB")
    assert picture.getpixel((picture.width // 2, picture.height // 2)) == (0, 0, 255)


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
    explorer.controller.attempt(explorer.go, 7)
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


def test_the_runs_of_a_sweep_are_branches_told_apart_by_their_seed(
    pool: alviz.Pool, explore: Explore, tmp_path: Path
) -> None:
    sweep = alviz.sweep(pool, ["entropy", "margin"], "linear", 2, cycles=1, budget=5, out=tmp_path / "sweep", threads=1)
    explorer = explore(sweep)
    chooser = find(explorer, tooltip="Branch")
    expected = ["entropy · seed 0", "margin · seed 0", "entropy · seed 1", "margin · seed 1"]
    assert [name for name, _ in chooser.options] == expected
    curves = next(widget for widget in within(explorer) if isinstance(widget, Canvas))
    lines = {trace.name: trace for trace in curves.data if str(trace.uid).startswith("branch")}
    for name in ("entropy", "margin"):
        both = [sweep.run(name, seed).frame()["accuracy"] for seed in (0, 1)]
        np.testing.assert_allclose(lines[name].y, 100 * np.mean(both, axis=0), rtol=1e-5)
    explorer.go(1, branch=3)
    assert settled(explorer)["run"] == "linear-margin-1"
    alone = alviz.views.AccuracyCurves(sweep)
    assert len(alone.controller.state.branches) == 4
    empty = alviz.Sweep(tmp_path / "none", {**sweep.plan, "seeds": []})
    with pytest.raises(InvalidInput, match="a sweep that has runs"):
        alviz.Explorer(empty)


def test_two_branches_stand_side_by_side(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=2)
    branch = runner.fork(at=1, sampler="margin")
    branch.run(until=3)
    explorer = explore(runner, branch)
    chooser = find(explorer, tooltip="Branch")
    assert [name for name, _ in chooser.options] == ["entropy", "fork at 1 · margin"]
    curves = next(widget for widget in within(explorer) if isinstance(widget, Canvas))
    lines = {trace.uid: trace for trace in curves.data if str(trace.uid).startswith("branch")}
    assert {trace.name: np.asarray(trace.x).tolist() for trace in lines.values()} == {
        "entropy": [20, 25, 30],
        "margin": [25, 30, 35],
    }
    (line,) = (trace for trace in lines.values() if trace.name == "entropy")
    accuracies = [runner.history.record(k).metrics["accuracy"] for k in range(3)]
    np.testing.assert_allclose(line.y, 100 * np.array(accuracies), rtol=1e-5)
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


def test_play_is_the_maps_business_and_needs_one(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=3)
    explorer = explore(runner)
    page = explorer.page
    find(explorer, description="Play").click()
    assert page.view["playing"]
    for cycle in (0, 1):
        page.say("go", branch=0, cycle=cycle, serial=cycle + 1)
        assert (page.view["cycle"], page.view["serial"]) == (cycle, cycle + 1)
    page.say("play", playing=False)
    assert not explorer.debug()["playing"]
    assert settled(explorer)["cycle"] == 1
    other = alviz.views.PicksGallery(runner)
    with pytest.raises(InvalidInput, match="No map is displayed"):
        other.controller.play(True)


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
    figure = Canvas(go.Figure(go.Scatter(x=[1, 2], y=[1, 2])), explorer.controller.reading)

    def draw(_: Any) -> None:
        with figure.batch_update():
            figure.data[0].x = [3, 4]

    explorer.controller.state.observe(draw, "coloring")
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


def test_compared_samplers_and_pairs_are_marks_of_the_map(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    explorer.compare("margin", "coreset")
    assert explorer.wait(PATIENCE)
    page = explorer.page
    picks = {name: runner.ask(1, name).ids.tolist() for name in ("entropy", "margin", "coreset")}
    assert page.marks == picks
    explorer.pair("entropy", "margin")
    a, b = picks["entropy"], picks["margin"]
    assert page.marks == {
        "only entropy": [id for id in a if id not in b],
        "only margin": [id for id in b if id not in a],
        "both": [id for id in a if id in b],
    }
    explorer.pair(None)
    explorer.uncompare("margin")
    assert list(page.marks) == ["entropy", "coreset"]


def test_picks_of_compared_samplers_beside_the_base_are_placed(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner, base=30)
    explorer.compare("margin", "random")
    assert explorer.wait(PATIENCE)
    page = explorer.page
    wanted = {id for ids in page.marks.values() for id in ids}
    assert len(wanted) > 5
    assert set(page.drawn()["picked"]) == wanted


def test_a_reloaded_page_gets_everything_again(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=2)
    explorer = explore(runner)
    page = explorer.page
    page.wait_for_all()
    again = Page(explorer.map)
    again.wait_for_all()
    np.testing.assert_array_equal(again.ids, page.ids)
    # All but the layout that was shown while the first t-SNE was computed.
    assert {key for key in page.columns if "|pca|" not in key} == again.columns.keys()
    for key, column in again.columns.items():
        np.testing.assert_array_equal(page.columns[key], column)


def test_an_echo_of_an_old_action_is_told_as_such(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=3)
    explorer = explore(runner)
    page = explorer.page
    page.say("go", branch=0, cycle=1, serial=4)
    assert page.view["serial"] == 4
    explorer.go(2)  # from Python: as new as the last action of the page
    assert (page.view["cycle"], page.view["serial"]) == (2, 4)


def test_the_lasso_is_there_in_python(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    inside = np.array([30, 7, 99], dtype=np.uint32)
    explorer.page.say("lasso", shape="lasso", polygon=[[0, 0], [1, 0], [0, 1]], n=3, buffers=(inside.tobytes(),))
    assert explorer.lasso.tolist() == [7, 30, 99]
    assert explorer.lasso.dtype == np.int64
    explorer.page.say("clear")
    assert explorer.lasso.tolist() == []


def test_neighbors_are_the_nearest_by_cosine(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    features = np.asarray(runner.history.snapshot(1).features, dtype=np.float64)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    _, buffers = explorer.page.ask("neighbors", id=12, branch=0, cycle=1)
    order = np.argsort(-(unit @ unit[12]), kind="stable")
    assert np.frombuffer(buffers[0], np.uint32).tolist() == order[order != 12][:10].tolist()
    told, buffers = explorer.page.ask("facts", id=12, branch=0, cycle=0)
    assert (told["error"], buffers) == ("another cycle is shown", [])


def test_without_webgl_plotly_draws(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(runner)
    explorer.page.say("unsupported")
    assert explorer.map.drawn()["fallback"]
    figure = next(widget for widget in within(explorer.map) if isinstance(widget, Canvas))
    drawn = {trace.name: sorted(np.asarray(trace.customdata).tolist()) for trace in figure.data}
    expected = {kind: sorted(ids) for kind, ids in explorer.page.drawn().items()}
    assert {kind: drawn[kind] for kind in expected} == expected
    explorer.go(0)
    settled(explorer)
    assert sorted(figure.data[2].customdata) == sorted(runner.history.selection(0).ids)


def test_what_another_process_adds_is_shown(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    watching = explore(alviz.Run.open(runner.history.path, pool=runner.pool))
    assert settled(watching)["cycle"] == 1
    runner.run(until=2)
    watching.controller.following.look()
    shown = settled(watching)
    assert (shown["fitted"], shown["cycle"]) == (3, 2)  # whoever looks at the last cycle goes along
    watching.go(0)
    runner.run(until=3)
    watching.controller.following.look()
    shown = settled(watching)
    assert (shown["fitted"], shown["cycle"]) == (4, 0)
    watching.page.wait_for_all()
    picked = runner.query()
    watching.go(3)
    assert settled(watching)["preview"] is False
    assert settled(watching)["picks"] == picked.ids.tolist()


def test_a_run_that_is_deleted_while_it_is_shown(runner: alviz.CycleRunner, explore: Explore) -> None:
    runner.run(until=1)
    explorer = explore(alviz.Run.open(runner.history.path, pool=runner.pool))
    explorer.page.wait_for_all()
    shutil.rmtree(runner.history.path)
    assert explorer.controller.following.look() is False
    assert "is gone" in explorer.debug()["error"]
    explorer.page.say("go", branch=0, cycle=0, serial=1)
    assert explorer.wait(PATIENCE)
    assert explorer.debug()["error"] != ""
    assert explorer.page.view["cycle"] == 1  # what was read is still shown


def test_cycles_without_features_say_so_where_one_goes_there(
    pool: alviz.Pool, explore: Explore, tmp_path: Path
) -> None:
    runner = alviz.CycleRunner(
        pool, learner="supervised", sampler="margin", initial=20, budget=5, keep=("probs",), path=tmp_path / "lean"
    )
    runner.run(until=2)
    explorer = explore(runner)  # the last cycle keeps its features: a fit is gone on from
    explorer.page.say("hello")
    assert explorer.wait(PATIENCE)
    assert explorer.debug()["errors"] == []
    explorer.go(0)
    assert explorer.wait(PATIENCE)
    assert "holds no features" in explorer.debug()["error"]
    assert "holds no features" in explorer.page.view["notice"]
    assert explorer.debug()["cycle"] == 0
    assert explorer.debug()["picks"] == runner.history.selection(0).ids.tolist()
    explorer.go(2)
    assert explorer.wait(PATIENCE)
    assert explorer.page.view["notice"] == ""


def test_picture_and_report_are_handed_to_the_browser(
    runner: alviz.CycleRunner, explore: Explore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.run(until=1)
    explorer = explore(alviz.Run.open(runner.history.path))
    offered: dict[str, bytes] = {}
    monkeypatch.setattr(Download, "offer", lambda self, name, content, type: offered.update({name: content}))
    for name in ("figure", "report"):
        find(explorer, description=name).click()
    assert explorer.wait(PATIENCE)
    assert explorer.debug()["errors"] == []
    assert Image.open(io.BytesIO(offered["a-cycle-1.png"])).size == (1720, 800)
    assert offered["a.html"].lstrip().lower().startswith(b"<!doctype html>")
    monkeypatch.chdir(tmp_path)
    eval(explorer.debug()["code"], {"alviz": alviz})  # the line that is shown does the same
    assert (tmp_path / "a.html").stat().st_size == pytest.approx(len(offered["a.html"]), rel=0.02)
