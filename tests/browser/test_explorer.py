"""The explorer as a person meets it: in JupyterLab, with mouse, keys and eyes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser.maps import MapOnPage
from browser.page import NotebookPage

OpenNotebook = Callable[..., NotebookPage]

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_explore.ipynb"
SMALL = """
import alviz

pool = alviz.datasets.digits()
runner = alviz.CycleRunner(pool, learner="linear", sampler="margin", seed=0, path="runs/small")
explorer = alviz.Explorer(runner)
explorer
"""
RECORDED = SMALL.replace("explorer = ", "runner.run(until=3)\nexplorer = ")
HOSTILE = """
import alviz
import numpy as np

images = np.random.default_rng(0).integers(0, 255, (60, 8, 8), dtype=np.uint8)
classes = ["<img src=x onerror='window.hacked=1'>", "</script><script>window.hacked=1</script>", '"\\u202eאב🙂']
pool = alviz.datasets.arrays(images, np.arange(60) % 3, classes=classes)
runner = alviz.CycleRunner(pool, learner="linear", sampler="margin", initial=9, budget=4)
runner.run(until=1)
explorer = alviz.Explorer(runner)
explorer
"""
SLOW = """
import dataclasses, time
import numpy as np
import alviz
from alviz.samplers import Sampler

@dataclasses.dataclass(frozen=True)
class Slow(Sampler):
    name = "slow"
    seconds: float = 60.0

    def select(self, query):
        for k in range(int(100 * self.seconds)):
            query.progress(k, int(100 * self.seconds))
            time.sleep(0.01)
        raise RuntimeError("slept <b>enough</b>")
"""
CARD = ".alviz-right"


def opened(page: NotebookPage) -> MapOnPage:
    """Run the notebook and wait until its explorer shows all."""
    page.run_all(timeout=240)
    page.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    page.page.locator(".alviz-explorer").first.scroll_into_view_if_needed()
    return MapOnPage(page)


def shown(drawn: MapOnPage) -> dict[str, Any]:
    """Wait until the page shows what the kernel thinks it shows, without an error."""
    told = drawn.settle()
    assert told["errors"] == []
    return told


def press(drawn: MapOnPage, name: str) -> dict[str, Any]:
    page = drawn.page
    before = page.run("explorer.debug()['attempts']")
    page.page.locator(".alviz-explorer").first.get_by_role("button", name=name, exact=True).click()
    # The click and these questions come to the kernel on different ways: the answer to one may be that of before.
    page.wait_for(f"explorer.debug()['attempts'] > {before}")
    page.wait_for("explorer.debug()['busy']", "", timeout=120)
    return shown(drawn)


def test_step_switch_the_sampler_go_back_and_click_a_point(notebook: OpenNotebook) -> None:
    page = notebook(NOTEBOOK)
    drawn = opened(page)
    start = shown(drawn)
    assert (start["cycle"], start["labels"], start["branches"]) == (3, 80, 2)
    assert (start["preview"], start["sampler"]["name"]) == (True, "uncertain_gcn")

    for cycle in (4, 5):
        before = shown(drawn)
        after = press(drawn, "Step")
        assert (after["cycle"], after["labels"]) == (cycle, 20 + 20 * cycle)
        assert page.run(f"runner.history.selection({cycle - 1}).ids.tolist()") == before["picks"]

    page.page.locator(".alviz-side select").first.select_option("coreset")
    page.wait_for("explorer.debug()['sampler']['name']", "coreset")
    preview = shown(drawn)
    assert preview["preview"]
    assert preview["picks"] != after["picks"]
    after = press(drawn, "Step")
    assert (after["cycle"], after["branches"]) == (6, 2)
    assert page.run("[runner.history.record(5).sampler['name'], runner.history.selection(5).ids.tolist()]") == [
        "coreset",
        preview["picks"],
    ]

    for _ in range(5):
        back = press(drawn, "◀")
    assert (back["cycle"], back["preview"], back["sampler"]["name"]) == (1, False, "uncertain_gcn")
    assert back["picks"] == page.run("runner.history.selection(1).ids.tolist()")
    assert back["page"]["drawn"]["marks"] == {"uncertain_gcn": 20}

    chosen = back["picks"][0]
    page.page.mouse.click(*drawn.place(chosen))
    page.wait_for("explorer.debug()['selected']", chosen)
    card = page.page.locator(CARD)
    card.get_by_text(f"id {chosen}", exact=True).first.wait_for()
    page.page.wait_for_function(f"document.querySelector('{CARD} img')?.naturalWidth === 8")
    page.screenshot("explorer-light.png")
    page.assert_clean()


def test_from_nothing_to_a_fork_in_the_dark(notebook: OpenNotebook) -> None:
    page = notebook([SMALL], theme="dark")
    drawn = opened(page)
    page.page.get_by_text("Nothing is fitted yet", exact=True).first.wait_for()
    assert press(drawn, "Step")["cycle"] == 0
    press(drawn, "Run")
    assert shown(drawn)["cycle"] == 4
    for _ in range(2):
        press(drawn, "◀")
    page.page.locator(".alviz-side select").first.select_option("entropy")
    page.wait_for("explorer.debug()['sampler']['name']", "entropy")
    page.page.get_by_text("Later cycles exist, so this forks.").wait_for()
    preview = shown(drawn)["picks"]
    fork = press(drawn, "Step")
    assert (fork["branches"], fork["branch"], fork["cycle"]) == (2, 1, 3)
    assert page.run("explorer.run.selection(2).ids.tolist()") == preview
    # A pick is painted in its class's color, a gap between points in the theme's ground.
    assert (fork["theme"], fork["page"]["theme"]) == ("dark", "dark")
    colors = page.run("alviz.figures.class_colors(10)")
    pick = fork["picks"][0]
    color = np.array(list(bytes.fromhex(colors[int(page.run(f"int(pool.y[{pick}])"))][1:])))
    assert np.abs(drawn.pixel(*drawn.place(pick))[:3] - color).max() < 40
    box = drawn.element.locator("canvas").first.bounding_box()
    assert box is not None
    assert drawn.pixel(box["x"] + 4, box["y"] + 4)[:3].max() < 60
    page.page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})")
    drawn.wait_for("d.theme === 'light'")
    page.page.wait_for_timeout(500)
    assert drawn.pixel(box["x"] + 4, box["y"] + 4)[:3].min() > 230
    page.assert_clean()


def test_the_keyboard_alone_walks_plays_and_steps(notebook: OpenNotebook) -> None:
    page = notebook([RECORDED])
    drawn = opened(page)
    assert shown(drawn)["cycle"] == 3
    drawn.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert drawn.wait_for("d.cycle === 0")["serial"] == 3  # on the page at once, whatever the kernel does
    page.wait_for("explorer.debug()['cycle']", 0)
    drawn.press("ArrowRight")
    page.wait_for("explorer.debug()['cycle']", 1)
    assert shown(drawn)["picks"] == page.run("runner.history.selection(1).ids.tolist()")
    drawn.press(" ")
    page.wait_for("explorer.debug()['cycle']", 3)
    page.wait_for("explorer.debug()['playing']", False)
    drawn.press("s")
    page.wait_for("explorer.debug()['cycle']", 4, timeout=60)
    shown(drawn)
    drawn.press("+", "+")
    zoomed = drawn.wait_for("!d.moving")["camera"]["scale"]
    drawn.press("r")
    assert drawn.wait_for("!d.moving")["camera"]["scale"] < zoomed
    assert page.page.evaluate("window.jupyterapp.shell.currentWidget.content.mode") == "command"
    assert page.page.locator(".jp-Notebook .jp-Cell").count() == 1  # no key reached JupyterLab
    page.assert_clean()


def test_a_lasso_gives_python_exactly_what_is_inside(notebook: OpenNotebook) -> None:
    page = notebook([RECORDED])
    drawn = opened(page)
    shown(drawn)
    box = drawn.element.locator("canvas").first.bounding_box()
    assert box is not None
    around = np.array([[0.3, 0.25], [0.75, 0.35], [0.6, 0.8], [0.45, 0.5], [0.28, 0.7]])
    corners = around * (box["width"], box["height"]) + (box["x"], box["y"])
    drawn.press("l")
    page.drag(*[(float(x), float(y)) for x, y in [*corners, corners[0]]])
    page.wait_for("len(explorer.lasso) > 0")
    polygon = np.array(page.run("explorer.controller.state.lasso.polygon"))
    layout = page.run(
        "{'ids': explorer.controller.state.frame.layout.ids, 'xy': explorer.controller.state.frame.layout.xy}"
    )
    xy = np.array(layout["xy"])
    inside = np.zeros(len(xy), dtype=bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            crosses = ((y0 > xy[:, 1]) != (y1 > xy[:, 1])) & (xy[:, 0] < (x1 - x0) * (xy[:, 1] - y0) / (y1 - y0) + x0)
        inside ^= crosses
    assert 50 < inside.sum() < 1000
    assert page.run("explorer.lasso.tolist()") == np.array(layout["ids"])[inside].tolist()
    drawn.press("Escape")
    page.wait_for("len(explorer.lasso)", 0)
    page.assert_clean()


def test_compare_three_and_tell_a_pair_apart(notebook: OpenNotebook) -> None:
    page = notebook([RECORDED])
    drawn = opened(page)
    shown(drawn)
    for name in ("entropy", "coreset", "random"):
        page.run(f"explorer.compare('{name}')")
    page.wait_for("all(v is not None for v in explorer.debug()['compared'].values())", timeout=60)
    told = shown(drawn)
    assert told["page"]["drawn"]["marks"] == {"margin": 20, "entropy": 20, "coreset": 20, "random": 20}
    jaccard = "alviz.compare(runner.history, 3, ['margin', 'entropy', 'coreset', 'random']).jaccard.to_numpy().tolist()"
    matrix = page.page.locator(".alviz-agreement .js-plotly-plot, .js-plotly-plot.alviz-agreement").first
    cells = np.array(matrix.evaluate("figure => Array.from(figure.data[0].z, row => Array.from(row))"))
    np.testing.assert_allclose(cells, np.array(page.run(jaccard)), atol=1e-4)
    page.run("explorer.pair('margin', 'entropy')")
    a, b = (set(page.run(f"runner.ask(3, '{name}').ids.tolist()")) for name in page.run("explorer.debug()['pair']"))
    marks = drawn.wait_for("'both' in d.drawn.marks")["drawn"]["marks"]
    assert list(marks.values()) == [len(a - b), len(b - a), len(a & b)]
    page.page.get_by_text("ranks", exact=False).first.wait_for()
    page.screenshot("compare-light.png")
    page.assert_clean()


def test_a_hidden_class_is_neither_drawn_nor_caught(notebook: OpenNotebook) -> None:
    page = notebook([RECORDED])
    drawn = opened(page)
    shown(drawn)
    drawn.element.get_by_role("button", name="4", exact=True).click()
    hidden = drawn.wait_for("d.drawn.hidden > 0")
    fours = page.run("int((pool.y == 4).sum())")
    assert hidden["drawn"]["hidden"] == fours
    assert hidden["hidden"] == [4]
    drawn.press("b")
    box = drawn.element.locator("canvas").first.bounding_box()
    assert box is not None
    left, top, right, bottom = box["x"] + 3, box["y"] + 3, box["x"] + box["width"] - 3, box["y"] + box["height"] - 3
    page.drag((left, top), (right, bottom))
    page.wait_for("len(explorer.lasso) > 0")
    assert page.run("[len(explorer.lasso), int((pool.y[explorer.lasso] == 4).sum())]") == [1297 - fours, 0]
    page.assert_clean()


def test_a_reloaded_page_shows_the_same_and_two_views_go_in_step(notebook: OpenNotebook) -> None:
    page = notebook([RECORDED, "linked = alviz.views.SelectionMap(explorer)\nlinked"])
    page.page.set_viewport_size({"width": 1400, "height": 1900})  # both are on the screen
    first = opened(page)
    shown(first)
    second = MapOnPage(page, 1)
    second.wait_for("d.cycle === 3 && d.drawn.labeled === 80")
    first.press("ArrowLeft")
    second.wait_for("d.cycle === 2 && d.drawn.labeled === 60")
    second.press("ArrowLeft")
    first.wait_for("d.cycle === 1 && d.drawn.labeled === 40")
    assert page.run("explorer.debug()['cycle']") == 1
    page.reload()
    again = MapOnPage(page)
    assert shown(again)["cycle"] == 1
    again.press("ArrowRight")
    page.wait_for("explorer.debug()['cycle']", 2)
    assert shown(again)["page"]["drawn"]["labeled"] == 60
    page.assert_clean()


def test_twelve_maps_share_one_context(notebook: OpenNotebook) -> None:
    cells = [RECORDED, *["alviz.views.SelectionMap(explorer)"] * 11]
    page = notebook(cells)
    drawn = opened(page)
    shown(drawn)
    page.page.wait_for_function("document.querySelectorAll('.alviz-map-widget').length >= 2")
    count = 0
    for number in range(12):
        page.page.locator(".jp-Notebook .jp-Cell").nth(number).scroll_into_view_if_needed()
        page.page.wait_for_timeout(150)
        count = max(count, page.page.locator(".alviz-map-widget").count())
    last = MapOnPage(page, page.page.locator(".alviz-map-widget").count() - 1)
    told = last.wait_for("d.cycle === 3 && d.drawn.labeled === 80")
    assert told["contexts"] == {"live": 1, "lost": 0, "restored": 0}
    page.assert_clean()


def test_a_long_run_is_stopped_and_an_error_is_shown_with_its_traceback(notebook: OpenNotebook) -> None:
    page = notebook([SLOW, RECORDED])
    drawn = opened(page)
    shown(drawn)
    page.run("explorer.choose(Slow())")
    page.run("explorer.step()")
    page.wait_for("explorer.debug()['busy']", "step")
    drawn.press("ArrowLeft")  # the kernel answers meanwhile
    page.wait_for("explorer.debug()['cycle']", 2)
    page.page.locator(".alviz-explorer").get_by_role("button", name="Stop", exact=True).click()
    page.wait_for("explorer.debug()['busy']", "")
    assert page.run("runner.history.closed") == 3
    page.run("explorer.go(3)")
    page.run("explorer.choose(Slow(0.05))")
    page.wait_for("len(explorer.debug()['errors'])", 1)
    page.page.get_by_text("slept <b>enough</b>").first.wait_for()
    page.page.locator(".alviz-explorer").get_by_text("copy traceback").first.wait_for()
    assert "RuntimeError" in page.run("explorer.controller.state.traceback")
    page.run("explorer.choose('margin')")
    assert drawn.settle()["cycle"] == 3


def test_names_are_text(notebook: OpenNotebook) -> None:
    page = notebook([HOSTILE])
    drawn = opened(page)
    told = shown(drawn)
    page.page.mouse.click(*drawn.place(told["picks"][0]))
    page.wait_for("explorer.debug()['selected'] is not None")
    page.page.locator(CARD).get_by_text("window.hacked").first.wait_for()
    page.run("explorer.compare('entropy', 'random')")
    page.wait_for("all(v is not None for v in explorer.debug()['compared'].values())")
    shown(drawn)
    assert page.page.evaluate("window.hacked === undefined")
    page.assert_clean()


@pytest.mark.parametrize("width", [900, 1600])
def test_everything_stays_in_the_frame(notebook: OpenNotebook, width: int) -> None:
    page = notebook([RECORDED])
    page.page.set_viewport_size({"width": width, "height": 900})
    drawn = opened(page)
    shown(drawn)
    frame = page.page.locator(".alviz-explorer").bounding_box()
    assert frame is not None
    for panel in (".alviz-top-right", ".alviz-side", ".alviz-map-box", ".alviz-right", ".alviz-strip", ".alviz-code"):
        box = page.page.locator(f".alviz-explorer {panel}").first.bounding_box()
        assert box is not None
        assert box["width"] > 100
        assert box["height"] > 20
        assert box["x"] >= frame["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
        assert box["y"] + box["height"] <= frame["y"] + frame["height"] + 1
    page.screenshot(f"explorer-{width}.png")


def test_a_saved_notebook_shows_the_last_picture_without_a_kernel(notebook: OpenNotebook) -> None:
    page = notebook([RECORDED])
    drawn = opened(page)
    shown(drawn)
    still = page.page.locator(".alviz-still img")
    still.wait_for(state="attached")
    assert not still.is_visible()  # the explorer itself is there
    press(drawn, "◀")
    page.page.wait_for_function("document.querySelector('.alviz-still img').alt.includes('of cycle 2')")
    page.reload(keep_kernel=False)
    page.page.locator(".alviz-still img").wait_for(state="visible")
    assert page.page.locator(".alviz-still img").evaluate("image => image.naturalWidth") == 1720
    assert "of cycle 2" in (page.page.locator(".alviz-still img").get_attribute("alt") or "")
