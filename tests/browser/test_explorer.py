"""The explorer as a person meets it: in JupyterLab, with mouse and eyes."""

from collections.abc import Callable
from pathlib import Path

import pytest
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
HOSTILE = """
import alviz
import numpy as np

images = np.random.default_rng(0).integers(0, 255, (60, 8, 8), dtype=np.uint8)
classes = ["<img src=x onerror='window.hacked=1'>", "</script><script>window.hacked=1</script>"]
pool = alviz.datasets.arrays(images, np.arange(60) % 2, classes=classes)
runner = alviz.CycleRunner(pool, learner="linear", sampler="margin", initial=6, budget=4)
runner.run(until=1)
explorer = alviz.Explorer(runner)
explorer
"""
DRAWN = """name => {
  const figure = document.querySelector('.alviz-map .js-plotly-plot');
  const trace = (figure?.data ?? []).find(trace => trace.name === name);
  return trace && { ids: Array.from(trace.customdata), outline: trace.marker.line.color };
}"""
LONELY = """(lambda figure, np: (lambda xy, ids: (lambda far: [int(ids[far]), *map(float, xy[far])])(
    int(np.sort(np.linalg.norm(xy[:, None] - xy, axis=2), axis=1)[:, 1].argmax())))(
    np.stack([np.concatenate([t.x for t in figure.data[:3]]), np.concatenate([t.y for t in figure.data[:3]])], 1),
    np.concatenate([t.customdata for t in figure.data[:3]])))(explorer._map.figure, __import__("numpy"))"""


def opened(page: NotebookPage) -> NotebookPage:
    """Run the notebook and wait until its explorer shows all."""
    page.run_all(timeout=240)
    page.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    page.page.locator(".alviz").scroll_into_view_if_needed()
    settle(page)
    return page


def settle(page: NotebookPage) -> dict:
    """Wait until nothing is computed and the page shows what the kernel thinks it shows."""
    page.wait_for("explorer.debug()['working']", None, timeout=120)
    shown = page.run("explorer.debug()")
    assert shown["errors"] == []
    assert shown["drawn_picks"] == shown["picks"]
    if shown["map"] is not None:
        page.page.wait_for_function(f"ids => '' + ({DRAWN})('picked')?.ids === '' + ids", arg=shown["picks"])
        assert len(page.page.evaluate(DRAWN, "labeled")["ids"]) == shown["labels"]
    return shown


def press(page: NotebookPage, name: str) -> dict:
    before = page.run("explorer.debug()['attempts']")
    page.page.locator(".alviz").get_by_role("button", name=name, exact=True).click()
    # The click and these questions come to the kernel on different ways: the answer to one may be that of before.
    page.wait_for(f"explorer.debug()['attempts'] > {before}")
    page.wait_for("explorer.debug()['busy']", "", timeout=120)
    return settle(page)


def test_step_switch_the_sampler_go_back_and_click_a_point(notebook: OpenNotebook) -> None:
    page = opened(notebook(NOTEBOOK))
    start = settle(page)
    assert (start["cycle"], start["labels"], start["branches"]) == (3, 80, 2)
    assert (start["preview"], start["sampler"]["name"]) == (True, "uncertain_gcn")

    for cycle in (4, 5):
        before = settle(page)
        after = press(page, "Step")
        assert (after["cycle"], after["labels"]) == (cycle, 20 + 20 * cycle)
        assert page.run(f"runner.history.selection({cycle - 1}).ids.tolist()") == before["picks"]

    page.page.locator(".alviz-side select").first.select_option("coreset")
    page.wait_for("explorer.debug()['sampler']['name']", "coreset")
    preview = settle(page)
    assert preview["preview"]
    assert preview["picks"] != after["picks"]
    after = press(page, "Step")
    assert (after["cycle"], after["branches"]) == (6, 2)
    assert page.run("[runner.history.record(5).sampler['name'], runner.history.selection(5).ids.tolist()]") == [
        "coreset",
        preview["picks"],
    ]

    for _ in range(5):
        back = press(page, "◀")
    assert (back["cycle"], back["preview"], back["sampler"]["name"]) == (1, False, "uncertain_gcn")
    assert back["picks"] == page.run("runner.history.selection(1).ids.tolist()")

    chosen, x, y = page.run(LONELY)
    page.page.mouse.click(*page.plotly_point(page.page.locator(".alviz-map .js-plotly-plot"), x, y))
    page.wait_for("explorer.debug()['selected']", chosen)
    card = page.page.locator(".alviz-card")
    card.get_by_text(f"id {chosen}", exact=True).wait_for()
    assert card.locator("img").evaluate("image => image.naturalWidth") == 8
    assert card.locator(".alviz-cycle").count() == 7
    pick = page.page.locator(".alviz-picks button").nth(2)
    pick.click()
    page.wait_for("explorer.debug()['selected']", back["picks"][2])
    page.screenshot("explorer-light.png")
    assert page.console_errors == []
    assert page.external_requests == []


def test_from_nothing_to_a_fork_in_the_dark(notebook: OpenNotebook) -> None:
    page = opened(notebook([SMALL], theme="dark"))
    page.page.get_by_text("Nothing is fitted yet").wait_for()
    assert press(page, "Step")["cycle"] == 0
    press(page, "Run")
    assert settle(page)["cycle"] == 4
    for _ in range(2):
        press(page, "◀")
    page.page.locator(".alviz-side select").first.select_option("entropy")
    page.wait_for("explorer.debug()['sampler']['name']", "entropy")
    page.page.get_by_text("Later cycles exist, so this forks.").wait_for()
    preview = settle(page)["picks"]
    fork = press(page, "Step")
    assert (fork["branches"], fork["branch"], fork["cycle"]) == (2, 1, 3)
    assert page.run("explorer.run.selection(2).ids.tolist()") == preview
    curves = page.page.locator(".alviz-curves .js-plotly-plot")
    names = curves.locator(".annotation-text").all_text_contents()
    assert sorted(names) == ["entropy", "margin"]
    page.page.locator(".alviz-picks button").first.click()
    page.wait_for("explorer.debug()['selected'] is not None")
    assert settle(page)["theme"] == "dark"
    assert page.page.evaluate(DRAWN, "picked")["outline"] == "#f4f6f8"
    page.screenshot("explorer-dark.png")
    assert page.console_errors == []
    assert page.external_requests == []


def test_class_names_are_text(notebook: OpenNotebook) -> None:
    page = opened(notebook([HOSTILE]))
    page.page.locator(".alviz-picks button").first.click()
    page.wait_for("explorer.debug()['selected'] is not None")
    page.page.locator(".alviz-card").get_by_text("window.hacked").first.wait_for()
    assert page.page.evaluate("window.hacked === undefined")
    assert page.console_errors == []


@pytest.mark.parametrize("width", [1000, 1700])
def test_everything_stays_in_the_frame(notebook: OpenNotebook, width: int) -> None:
    page = notebook([SMALL.replace("explorer = ", "runner.run(until=1)\nexplorer = ")])
    page.page.set_viewport_size({"width": width, "height": 820})
    opened(page)
    frame = page.page.locator(".alviz").bounding_box()
    for panel in (".alviz-top-right", ".alviz-side", ".alviz-map", ".alviz-curves", ".alviz-card", ".alviz-strip"):
        box = page.page.locator(panel).bounding_box()
        assert box["width"] > 100
        assert box["height"] > 20
        assert box["x"] >= frame["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
        assert box["y"] + box["height"] <= frame["y"] + frame["height"] + 1
    plot = page.figure(page.page.locator(".alviz-map .js-plotly-plot")).bounding_box()
    drawn = page.page.locator(".alviz-map .main-svg").first.bounding_box()
    assert drawn["width"] == pytest.approx(plot["width"], abs=2)
    assert drawn["height"] == pytest.approx(plot["height"], abs=2)
