"""The harness itself: were it blind, every other browser test would pass on anything."""

from collections.abc import Callable

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
hit = []
figure = go.FigureWidget(go.Scattergl(x=[0, 1, 2, 3], y=[0, 3, 1, 2], mode="markers", marker_size=14))
figure.update_layout(width=600, height=400)
figure.data[0].on_click(lambda trace, points, state: hit.extend(points.point_inds))
figure
"""


def test_cells_run_in_order_and_show_what_they_print(notebook: OpenNotebook) -> None:
    page = notebook(["word = 'seen'", "print(word * 2)"])
    page.run_all()
    assert page.page.get_by_text("seenseen", exact=True).count() == 1
    assert page.run("word += '!'\n[word, len(word)]") == ["seen!", 5]
    assert page.console_errors == []
    assert page.external_requests == []


def test_a_cell_that_raises_is_reported_with_its_traceback(notebook: OpenNotebook) -> None:
    page = notebook(["before = 1", "before / 0", "after = 1"])
    with pytest.raises(CellError, match="ZeroDivisionError: division by zero"):
        page.run_all()
    assert page.run("'after' in globals()") is False
    with pytest.raises(CellError, match="NameError"):
        page.run("after")


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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_click_on_a_webgl_point_reaches_the_kernel(notebook: OpenNotebook, theme: str) -> None:
    page = notebook([FIGURE], theme=theme)
    page.run_all()
    for x, y in [(1, 3), (2, 1)]:
        page.page.mouse.click(*page.plotly_point(0, x, y))
    page.wait_for("hit", [1, 2])
    assert page.page.locator("body").get_attribute("data-jp-theme-light") == str(theme == "light").lower()
    page.screenshot(f"harness-{theme}.png")
    assert page.console_errors == []
    assert page.external_requests == []


def test_external_requests_are_refused_and_counted(notebook: OpenNotebook) -> None:
    page = notebook(["pass"])
    assert page.page.evaluate("fetch('http://example.org/').catch(() => 'refused')") == "refused"
    page.page.evaluate("new WebSocket('ws://example.org/socket')")
    page.page.wait_for_timeout(200)
    assert page.external_requests == ["http://example.org/", "ws://example.org/socket"]


def test_console_errors_are_kept(notebook: OpenNotebook) -> None:
    page = notebook(["pass"])
    page.page.evaluate("console.error('a defect'); setTimeout(() => { throw new Error('uncaught one') })")
    page.page.wait_for_timeout(200)
    assert ["a defect" in error or "uncaught one" in error for error in page.console_errors] == [True, True]
