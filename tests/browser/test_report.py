"""The report opened from disk in a real browser, without a kernel and without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import runs
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Route, expect

import alviz
from alviz import CycleRunner, Pool, Run
from alviz.scenes import Scene

MAP = ".alviz-report-map"
PATIENCE = 60_000
HOSTILE = (
    "</script><img src=x onerror='window.harmed=1'>",
    "<b>bold</b>",
    "quotes \"'` & {{x}} ${y}",
    "😀 smile",
    "שלום עולם",
    "a\u202eright to left override",
    *map(str, range(6, 10)),
)

PIXELS = """async image => {
  await image.decode();
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  return Array.from(pen.getImageData(0, 0, canvas.width, canvas.height).data).filter((_, k) => k % 4 === 0);
}"""


class OpenPage:
    """A report in a tab that may load nothing but the file itself."""

    def __init__(self, browser: Browser, path: Path, **context: Any) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        options = {"viewport": {"width": 1400, "height": 820}, "service_workers": "block", **context}
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(PATIENCE)
        self.context.route("**/*", lambda route: self._refuse(route, path))
        self.page: Page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", self._fail)
        self._path = path

    def open(self) -> OpenPage:
        self.page.goto(self._path.as_uri())
        self.page.wait_for_selector(".alviz-report-below")
        return self

    def _refuse(self, route: Route, path: Path) -> None:
        if route.request.url == path.as_uri():
            route.continue_()
        else:
            self.asked.append(route.request.url)
            route.abort()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "GPU stall" not in message.text:
            self.said.append(message.text)

    def _fail(self, error: Error) -> None:
        self.said.append(str(error))

    def debug(self) -> dict[str, Any]:
        told: dict[str, Any] = self.page.evaluate(f"document.querySelector('{MAP}').alvizMap.debug()")
        return told

    def wait(self, condition: str) -> None:
        """Wait until the map's debug() `d` fulfils a condition in JavaScript."""
        read = f"const d = document.querySelector('{MAP}').alvizMap.debug();"
        self.page.wait_for_function(f"() => {{ {read} {condition} }}")

    def at(self, cycle: int, branch: int = 0) -> dict[str, Any]:
        """Wait until a cycle is drawn, and return what the map says of it."""
        place = f"d.cycle === {cycle} && d.branch === {branch}"
        self.wait(f"return {place} && !d.moving && d.layout?.endsWith('.{cycle}');")
        return self.debug()

    def dots(self, panel: str) -> list[dict[str, str]]:
        """Return the points that a panel of curves draws."""
        found: list[dict[str, str]] = (
            self.panel(panel).locator("circle[data-value]").evaluate_all("dots => dots.map(dot => ({...dot.dataset}))")
        )
        return found

    def panel(self, title: str) -> Any:
        return self.page.locator("section", has=self.page.get_by_role("heading", name=title)).last

    def cells(self) -> list[list[float]]:
        found: list[list[float]] = self.page.locator(".alviz-report-matrix tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => Number(cell.dataset.value)))"
        )
        return found


@pytest.fixture
def show(browser: Browser) -> Iterator[Callable[..., OpenPage]]:
    """Open a report; at the end it must have asked for nothing, said nothing, and run no script of others."""
    opened: list[OpenPage] = []

    def open_page(path: Path, **context: Any) -> OpenPage:
        opened.append(OpenPage(browser, path, **context))
        return opened[-1].open()

    yield open_page
    for page in opened:
        harmed = page.page.evaluate("window.harmed ?? null")
        page.context.close()
        assert page.asked == []
        assert page.said == []
        assert harmed is None


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Run]]:
    """A page of five runs on the digits: a run, a fork of it, and a sampler with two seeds."""
    folder = tmp_path_factory.mktemp("shown")
    digits = alviz.datasets.digits()
    pool = replace(digits.subset(400), row_names=np.array([f"scan {i}" for i in range(400)]), recipe=None)
    common: dict[str, Any] = {"learner": "linear", "initial": 20, "budget": 10}
    first = CycleRunner(pool, sampler="margin", seed=0, path=folder / "margin", **common)
    first.run(until=3)
    fork = first.fork(at=1, sampler="entropy", path=folder / "fork")
    fork.run(until=3)
    seeds = [CycleRunner(pool, sampler="random", seed=seed, path=folder / f"r{seed}", **common) for seed in (0, 1)]
    for runner in seeds:
        runner.run(until=3)
    found = [first.history, fork.history, *(runner.history for runner in seeds)]
    path = alviz.report(*found, path=folder / "report.html", method=["pca", "tsne"], compare=["entropy", "coreset"])
    return path, found


def small(folder: Path, pool: Pool, until: int, **changes: Any) -> Run:
    runner = CycleRunner(pool, path=folder / "run", **{**runs.FAST, **changes})
    runner.run(until=until)
    return runner.history


def test_slider_keys_and_buttons_walk_through_the_cycles(show: Callable[..., OpenPage], shown: tuple[Path, list[Run]]):
    path, (run, *_) = shown
    page = show(path)
    assert page.at(2)["method"] == "pca"  # the last cycle in which something was picked
    page.page.locator(".alviz-report-slider").fill("0")
    for cycle in range(run.fitted):
        drawn = page.at(cycle)["drawn"]
        picks = run.selection(cycle)
        labeled = len(run.labeled(cycle))
        assert drawn["labeled"] == labeled
        assert drawn["unlabeled"] == run.size - labeled
        assert drawn["marks"].get("margin", 0) == (0 if picks is None else len(picks))
        expect(page.page.locator(".alviz-report-cycle")).to_contain_text(f"cycle {cycle} of 3 · {labeled} labels · ")
        page.page.get_by_title("The next cycle").click() if cycle < 3 else None
    expect(page.page.get_by_title("The next cycle")).to_be_disabled()
    page.page.locator("body").press("ArrowLeft")  # nothing has the focus
    page.at(2)
    page.page.locator(".alviz-map").focus()
    page.page.keyboard.press("ArrowLeft")
    assert page.at(1)["serial"] == 1
    assert page.page.locator(".alviz-report-slider").input_value() == "1"
    page.page.locator(".alviz-report-slider").focus()
    page.page.keyboard.press("ArrowRight")
    page.at(2)


def test_play_walks_to_the_end(show: Callable[..., OpenPage], shown: tuple[Path, list[Run]]):
    page = show(shown[0])
    page.page.locator(".alviz-report-slider").fill("1")
    page.at(1)
    page.page.get_by_role("button", name="Play").click()
    expect(page.page.get_by_role("button", name="Pause")).to_be_visible()
    page.at(3)
    expect(page.page.get_by_role("button", name="Play")).to_be_visible()


def test_curves_are_the_frame_and_a_click_moves_the_cycle(show: Callable[..., OpenPage], shown: tuple[Path, list[Run]]):
    path, found = shown
    page = show(path)
    page.at(2)
    frames = [run.frame() for run in found]
    dots = page.dots("Test accuracy")
    names = list(dict.fromkeys(dot["name"] for dot in dots))
    for name, expected, labels in (
        ("margin", frames[0]["accuracy"], frames[0]["labels"]),
        (next(name for name in names if "→" in name), frames[1]["accuracy"][1:], frames[1]["labels"][1:]),
        ("random", (frames[2]["accuracy"] + frames[3]["accuracy"]) / 2, frames[2]["labels"]),
    ):
        mine = [(int(dot["labels"]), float(dot["value"])) for dot in dots if dot["name"] == name]
        assert [x for x, _ in mine] == labels.tolist()
        assert [y for _, y in mine] == pytest.approx(expected.tolist(), abs=1e-12)
    assert len(dots) == 4 + 3 + 4
    adjacency = alviz.adjacency_frame(found[0], pool=found[0].loaded)["plain"].tolist()
    mine = [float(dot["value"]) for dot in page.dots("Adjacency accuracy") if dot["name"] == "margin"]
    assert mine == adjacency
    svg = page.panel("Test accuracy").locator("svg")
    dot = svg.locator("circle[data-name='margin'][data-labels='30']")
    box = dot.bounding_box()
    assert box
    page.page.mouse.move(box["x"] + 2, box["y"] + 2)
    card = page.panel("Test accuracy").locator(".alviz-report-card")
    expect(card).to_contain_text(f"30 labels · {100 * frames[0]['accuracy'][1]:.1f} %")
    dot.click(force=True)
    page.at(1)
    svg.locator("circle[data-name='random'][data-labels='50']").click(force=True)
    page.at(3, branch=2)
    assert page.page.locator(".alviz-report-about select").input_value() == "2"


def test_the_matrix_is_that_of_compare(show: Callable[..., OpenPage], shown: tuple[Path, list[Run]]):
    path, found = shown
    run = found[0]
    page = show(path)
    page.at(2)
    expected = alviz.compare(run, 2, ["margin", "entropy", "coreset"])
    assert page.cells() == expected.jaccard.to_numpy().tolist()
    heads = page.page.locator(".alviz-report-matrix thead th").all_text_contents()
    assert heads == ["margin", "entropy", "coreset"]
    shares = page.page.locator(".alviz-report-matrix tbody tr").nth(1).locator("td").all_text_contents()
    assert shares == [f"{100 * expected.jaccard.iloc[1, 0]:.0f}", "", f"{100 * expected.jaccard.iloc[1, 2]:.0f}"]
    page.page.get_by_role("button", name="scores").click()
    assert np.allclose(page.cells(), expected.spearman.to_numpy(), atol=1e-12)
    page.page.get_by_role("button", name="runs", exact=True).click()
    picks = [np.asarray(other.array(2, "pick", "selected")) for other in found]
    assert page.cells() == [[alviz.analysis.jaccard(a, b) for b in picks] for a in picks]
    drawn = page.debug()["drawn"]["marks"]
    assert drawn == {"margin": 10, "entropy": 10, "coreset": 10}


def test_choosers_change_what_is_drawn(show: Callable[..., OpenPage], shown: tuple[Path, list[Run]]):
    path, found = shown
    page = show(path)
    page.at(2)
    page.page.get_by_label("map", exact=True).select_option("tsne")
    page.wait("return d.layout?.startsWith('layout|tsne|');")
    for coloring in ("prediction", "right", "score", "entropy", "margin", "acquired", "class"):
        page.page.get_by_label("color", exact=True).select_option(coloring)
        page.wait(f"return d.coloring === '{coloring}' && d.columns.some(key => key.startsWith('color|{coloring}|'));")
    page.page.get_by_label("branch").select_option(label=page.page.locator("option").nth(1).text_content())
    drawn = page.at(2, branch=1)["drawn"]
    assert drawn["labeled"] == len(found[1].labeled(2))
    assert drawn["marks"]["entropy"] == 10


def test_wrong_predictions_are_those_of_the_run(show: Callable[..., OpenPage], shown: tuple[Path, list[Run]]):
    path, (run, *_) = shown
    page = show(path)
    page.at(2)
    scene = Scene.read(run, 2)
    page.page.get_by_label("color", exact=True).select_option("right")
    page.page.get_by_role("button", name="right", exact=True).click()  # hides them
    wrong = int((scene.truth != scene.prediction).sum())
    page.wait("return d.hidden.length === 1;")
    drawn = page.debug()["drawn"]
    assert drawn["hidden"] == run.size - wrong


def test_a_point_tells_its_facts_and_shows_its_image(show: Callable[..., OpenPage], shown: tuple[Path, list[Run]]):
    path, (run, *_) = shown
    page = show(path)
    page.at(2)
    scene, picks = Scene.read(run, 2), run.selection(2)
    assert picks is not None
    id = int(picks.ids[5])
    page.page.locator(f".alviz-report-tile[data-id='{id}']").click()
    page.wait(f"return d.selected === {id};")
    card = page.panel(f"id {id} · scan {id}")
    names, guess = run.classes, int(scene.prediction[id])
    assert scene.probs is not None
    words = f"true {names[scene.truth[id]]} · predicted {names[guess]} ({scene.probs[id, guess]:.2f})"
    expect(card).to_contain_text(words)
    expect(card).to_contain_text("picked 6th by margin")
    history = card.locator(".alviz-report-history b").all_text_contents()
    assert history == [names[Scene.read(run, cycle).prediction[id]] for cycle in range(4)]
    x, y = page.page.evaluate(f"document.querySelector('{MAP}').alvizMap.place({id})")
    page.page.mouse.move(x, y)
    tooltip = page.page.get_by_role("tooltip")
    expect(tooltip).to_contain_text(words)
    pool = run.loaded
    assert pool is not None
    assert tooltip.locator("img").evaluate(PIXELS) == pool.thumbnails([id])[0].ravel().tolist()
    card.locator(".alviz-report-history button").first.click()
    page.at(0)
    expect(card).to_contain_text("unlabeled")
    page.page.get_by_title("Close").click()
    page.wait("return d.selected === null;")


def test_a_lasso_shows_what_is_inside(show: Callable[..., OpenPage], shown: tuple[Path, list[Run]]):
    page = show(shown[0])
    page.at(2)
    box = page.page.locator(".alviz-map-stage").bounding_box()
    assert box
    page.page.get_by_role("button", name="box").click()
    page.page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5, steps=5)
    page.page.mouse.up()
    expect(page.page.locator(".alviz-report-mix")).to_contain_text("400 inside the selection")
    assert page.page.locator(".alviz-report-tile").count() == 100
    expect(page.page.locator(".alviz-report-mix")).to_contain_text("the first 100 are shown")
    page.page.get_by_role("button", name="back to the picks").click()
    assert page.page.locator(".alviz-report-tile").count() == 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_follows_the_system_until_it_is_chosen(
    show: Callable[..., OpenPage], shown: tuple[Path, list[Run]], scheme: str
):
    page = show(shown[0], color_scheme=scheme)
    page.at(2)
    ground = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 28)"}
    other = "dark" if scheme == "light" else "light"
    read = "getComputedStyle(document.querySelector('.alviz-report-main')).backgroundColor"
    assert (page.page.evaluate(read), page.debug()["theme"]) == (ground[scheme], scheme)
    page.page.locator(".alviz-report-theme").click()
    page.wait(f"return d.theme === '{other}';")
    assert page.page.evaluate(read) == ground[other]


@pytest.mark.parametrize("width", [1400, 900, 480])
def test_nothing_is_wider_than_the_window(show: Callable[..., OpenPage], shown: tuple[Path, list[Run]], width: int):
    page = show(shown[0], viewport={"width": width, "height": 800})
    page.at(2)
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.page.locator(".alviz-report-cycle").bounding_box()["x"] >= 0  # type: ignore[index]


def test_hostile_names_are_text(show: Callable[..., OpenPage], tmp_path: Path):
    few = runs.few()
    pool = alviz.datasets.arrays(few.X, few.y, few.X_test, few.y_test, classes=HOSTILE, name="<i>pool</i>")
    named = replace(pool, row_names=np.array(["<img src=x onerror='window.harmed=1'>"] * len(pool)))
    run = small(tmp_path, named, 1)
    page = show(alviz.report(run, path=tmp_path / "report.html", method="pca"))
    page.at(0)
    assert page.page.locator("h1").text_content() == "<i>pool</i>"
    legend = page.page.locator(".alviz-map-chip").all_text_contents()
    assert legend == list(HOSTILE)
    tile = page.page.locator(".alviz-report-tile").first
    picks = run.selection(0)
    assert picks is not None
    assert tile.locator("b").text_content() == HOSTILE[pool.y[picks.ids[0]]]
    tile.click()
    expect(page.page.locator(".alviz-report-side")).to_contain_text("<img src=x onerror='window.harmed=1'>")
    assert page.page.locator("img[src='x']").count() == 0
    assert page.page.locator("body b b").count() == 0


def test_one_class_that_occurs(show: Callable[..., OpenPage], tmp_path: Path):
    few = runs.few()
    pool = alviz.datasets.arrays(few.X, np.zeros(len(few), dtype=int), classes=["only", "never"], name="one")
    learner = alviz.learners.make({"name": "supervised", "params": {"epochs": 1}})
    with pytest.warns(alviz.AlvizWarning, match="misses 1 of 2 classes"):
        run = small(tmp_path, pool, 1, learner=learner)
    page = show(alviz.report(run, path=tmp_path / "report.html", method="pca"))
    assert page.at(0)["drawn"]["unlabeled"] == 148
    expect(page.panel("Test accuracy")).to_contain_text("This pool has no test split")


@pytest.mark.filterwarnings("ignore:The initial set misses:alviz.AlvizWarning")
def test_a_thousand_classes(show: Callable[..., OpenPage], tmp_path: Path):
    y = np.arange(1200) % 1000
    X = np.random.default_rng(0).normal(size=(1200, 8)).astype(np.float32)
    pool = alviz.datasets.arrays(X, y, classes=[f"class {i}" for i in range(1000)], name="many")
    learner = alviz.learners.make({"name": "supervised", "params": {"epochs": 1}})
    run = small(tmp_path, pool, 1, learner=learner, initial=50)
    page = show(alviz.report(run, path=tmp_path / "report.html", method="pca"))
    assert page.at(0)["drawn"]["unlabeled"] == 1150
    picks = run.selection(0)
    assert picks is not None
    assert page.page.locator(".alviz-report-tile b").all_text_contents() == [f"class {y[id]}" for id in picks.ids]
    assert page.page.locator(".alviz-report-frame").first.text_content() == str(picks.ids[0])  # no picture
    page.page.get_by_label("color", exact=True).select_option("prediction")
    page.wait("return d.coloring === 'prediction';")


def test_one_cycle_without_a_pool(show: Callable[..., OpenPage], tmp_path: Path):
    run = small(tmp_path, runs.few(), 0)
    page = show(alviz.report(Run.open(run.path), path=tmp_path / "report.html", method="pca"))
    drawn = page.at(0)["drawn"]
    assert (drawn["labeled"], drawn["unlabeled"]) == (12, 148)
    expect(page.page.locator(".alviz-report-foot")).to_contain_text("without the pool: no images")
    expect(page.page.locator(".alviz-report-strip")).to_contain_text("Nothing was picked in this cycle.")
    expect(page.page.locator(".alviz-report-slider")).to_be_disabled()
    expect(page.page.get_by_role("button", name="Play")).to_be_disabled()


def test_without_webgl_the_rest_works(browser: Browser, shown: tuple[Path, list[Run]]):
    page = OpenPage(browser, shown[0])
    page.page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "  return kind === 'webgl2' ? null : get.call(this, kind, ...rest);"
        "};"
    )
    page.open()
    expect(page.page.locator(MAP)).to_contain_text("no WebGL2")
    expect(page.page.get_by_role("button", name="Play")).to_be_hidden()
    page.page.locator(".alviz-report-slider").fill("1")
    expect(page.page.locator(".alviz-report-cycle")).to_contain_text("cycle 1 of 3 · 30 labels")
    assert page.page.locator(".alviz-report-tile").count() == 10
    page.panel("Test accuracy").locator("circle[data-name='margin'][data-labels='50']").click(force=True)
    expect(page.page.locator(".alviz-report-cycle")).to_contain_text("cycle 3 of 3")
    page.context.close()
    assert (page.asked, page.said) == ([], [])


def test_without_features_there_is_a_sentence(
    show: Callable[..., OpenPage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    run = small(tmp_path, runs.few(), 1)
    monkeypatch.setattr(Run, "has", lambda self, cycle, stage, name: False)
    page = show(alviz.report(run, path=tmp_path / "report.html", method="pca"))
    expect(page.page.locator(MAP)).to_contain_text("no features to lay out: there is no map")
    page.page.locator(".alviz-report-slider").fill("1")
    expect(page.page.locator(".alviz-report-cycle")).to_contain_text("cycle 1 of 1 · 17 labels")
