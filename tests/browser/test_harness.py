"""The harness itself: were it blind, every other browser test would pass on anything."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from browser.jupyter import CellError
from browser.page import NotebookPage

OpenNotebook = Callable[..., NotebookPage]

CONTROLS = """
import ipywidgets
clicks = []
button = ipywidgets.Button(description="press")
button.on_click(lambda _: clicks.append(1))
slider = ipywidgets.IntSlider(value=0, min=0, max=100)
ipywidgets.VBox([button, slider])
"""
FIGURE = """
import plotly.graph_objects as go
from plotly.subplots import make_subplots
hits = []
figure = go.FigureWidget(make_subplots(cols=2))
figure.add_scattergl(x=[0, 1, 2, 3], y=[0, 3, 1, 2], mode="markers", marker_size=14, row=1, col=1)
figure.add_scattergl(x=[5, 6, 7], y=[-1, 1, 0], mode="markers", marker_size=14, row=1, col=2)
for number, trace in enumerate(figure.data):
    trace.on_click(lambda _, points, state, n=number: hits.extend((n, i) for i in points.point_inds))
figure
"""


def test_cells_run_in_order_and_show_what_they_print(notebook: OpenNotebook) -> None:
    page = notebook(["word = 'seen'", "print(word * 2)"])
    page.run_all()
    assert page.page.get_by_text("seenseen", exact=True).count() == 1
    assert page.run("word += '!'\n[word, len(word)]") == ["seen!", 5]
    page.assert_clean()


def test_a_cell_that_raises_is_reported_with_its_traceback(notebook: OpenNotebook) -> None:
    page = notebook(["before = 1", "before / 0", "after = 1"])
    with pytest.raises(CellError, match="ZeroDivisionError: division by zero"):
        page.run_all()
    assert page.run("'after' in globals()") is False
    with pytest.raises(CellError, match="NameError"):
        page.run("after")


def test_a_notebook_of_the_disk_opens_in_the_dark_theme(notebook: OpenNotebook, tmp_path: Path) -> None:
    path = tmp_path / "given.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("given = 7")]), path)
    page = notebook(path, theme="dark")
    page.run_all()
    assert page.run("given") == 7
    assert page.page.locator("body").get_attribute("data-jp-theme-light") == "false"


def test_button_and_slider_follow_the_mouse(notebook: OpenNotebook) -> None:
    page = notebook([CONTROLS])
    page.run_all()
    page.page.get_by_role("button", name="press").click()
    page.wait_for("len(clicks)", 1)

    handle = page.page.locator(".noUi-handle").bounding_box()
    track = page.page.locator(".noUi-base").bounding_box()
    start = (handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    page.drag(start, (track["x"] + 0.5 * track["width"], start[1]))
    page.wait_for("45 <= slider.value <= 55")
    assert page.page.locator("body").get_attribute("data-jp-theme-light") == "true"
    page.assert_clean()


def test_click_on_a_webgl_point_reaches_the_kernel(notebook: OpenNotebook) -> None:
    page = notebook([FIGURE])
    page.run_all()
    page.page.mouse.click(*page.plotly_point(0, 1, 3))
    page.wait_for("hits", [[0, 1]])
    page.page.mouse.click(*page.plotly_point(0, 7, 0, axes="2"))
    page.wait_for("hits", [[0, 1], [1, 2]])
    assert page.screenshot("harness.png").stat().st_size > 10_000
    page.assert_clean()


def test_defects_and_external_requests_are_kept(notebook: OpenNotebook) -> None:
    page = notebook([CONTROLS, "button.on_click(lambda _: clicks.missing)"])
    page.run_all()
    assert page.page.evaluate("fetch('http://example.org/').catch(() => 'refused')") == "refused"
    assert page.console_errors == []
    page.page.evaluate("new WebSocket('ws://example.org/socket')")
    page.page.evaluate("console.error('a defect'); setTimeout(() => { throw new Error('uncaught one') })")
    page.page.get_by_role("button", name="press").click()
    with pytest.raises(AssertionError, match="has no attribute 'missing'"):
        page.assert_clean()
    assert page.external_requests == ["http://example.org/", "ws://example.org/socket"]
    for defect in ("a defect", "uncaught one"):
        assert any(defect in error for error in page.console_errors)
