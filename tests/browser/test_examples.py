"""Recorded examples as a person opens them: without data, without a run of one's own."""

from collections.abc import Callable

import pytest
from browser.maps import MapOnPage
from browser.page import NotebookPage

OpenNotebook = Callable[..., NotebookPage]

RUN = """
import os
os.environ["ALVIZ_CACHE"] = os.path.abspath("cache")
import alviz

run = alviz.Run.example("{name}")
explorer = alviz.Explorer(run)
explorer
"""
SWEEP = RUN.replace('run = alviz.Run.example("{name}")', 'sweep = alviz.Sweep.example("mnist-lowbudget")').replace(
    "Explorer(run)", "Explorer(sweep)"
)
PICTURES = ".alviz-thumb canvas"


def shown(page: NotebookPage) -> MapOnPage:
    page.run_all(timeout=240)
    page.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    page.page.locator(".alviz-explorer").first.scroll_into_view_if_needed()
    return MapOnPage(page)


@pytest.mark.parametrize(("name", "size", "per_cycle"), [("mnist-lowbudget", 6000, 10), ("digits", 1297, 20)])
def test_an_example_shows_its_map_its_pictures_and_its_curve(
    notebook: OpenNotebook, name: str, size: int, per_cycle: int
) -> None:
    page = notebook([RUN.format(name=name)])
    drawn = shown(page)
    told = drawn.settle()
    assert told["errors"] == []
    assert told["page"]["drawn"]["unlabeled"] == size - told["labels"]
    drawn.press("ArrowLeft", "ArrowLeft")
    page.wait_for("explorer.debug()['cycle']", 8)
    told = drawn.settle()
    assert len(told["picks"]) == per_cycle
    assert not told["preview"]
    page.page.wait_for_function(f"document.querySelectorAll('{PICTURES}').length >= {per_cycle}")
    page.page.mouse.click(*drawn.place(told["picks"][0]))
    page.wait_for("explorer.debug()['selected']", told["picks"][0])
    page.page.wait_for_function("document.querySelector('.alviz-right img')?.naturalWidth > 0")
    page.screenshot(f"example-{name}.png")
    page.assert_clean()


def test_a_sweep_shows_every_sampler_with_its_band_and_every_run(notebook: OpenNotebook) -> None:
    page = notebook([SWEEP])
    drawn = shown(page)
    told = drawn.settle()
    assert (told["branches"], told["errors"]) == (27, [])
    chooser = page.page.locator(".alviz-top select").first
    assert chooser.locator("option").count() == 27
    figure = page.figure(0)
    lines = figure.evaluate("figure => figure.data.filter(trace => (trace.uid ?? '').startsWith('branch')).length")
    assert lines == 9
    chooser.select_option("typiclust · seed 2")
    page.wait_for("explorer.debug()['run']", "linear-typiclust-2")
    assert drawn.settle()["errors"] == []
    page.screenshot("example-sweep.png")
    page.assert_clean()
