"""plotly's JavaScript module: it comes to a page once, whatever figures and notebooks are on it."""

from collections.abc import Callable

import nbformat
from browser.jupyter import Kernel, LabServer
from browser.page import KERNEL_IS_IDLE, NOTEBOOK_IS_THERE, OPEN_NOTEBOOK, WIDGETS_ARE_READY, NotebookPage

OpenNotebook = Callable[..., NotebookPage]

FIGURES = """
from contextlib import nullcontext

import ipywidgets as w
import plotly.graph_objects as go

from alviz.views.canvas import Canvas
from alviz.views.plotly_module import PlotlyModule

answers = []
answer = PlotlyModule._answer
PlotlyModule._answer = lambda self, *args: (answers.append(args[1]), answer(self, *args))[1]
canvases = [
    Canvas(go.Figure(go.Scatter(x=[0, 1, 2], y=[0, i, 2 * i], customdata=[7, 8, 9]), {"height": 180}), nullcontext)
    for i in range(4)
]
clicks = []
canvases[0].data[0].on_click(lambda trace, points, _: clicks.append(trace.customdata[points.point_inds[0]]))
hovers = []
canvases[0].data[0].on_hover(lambda *_: hovers.append(1))
w.VBox(canvases)
"""
# Drawn into at once, before plotly can be there: two updates of one trace, and a trace more.
AT_ONCE = """
for canvas in canvases[:2]:
    with canvas.batch_update():
        canvas.data[0].y = [5, 5]
    with canvas.batch_update():
        canvas.data[0].x = [0, 1]
        canvas.data[0].y = [6, 7]
    canvas.add_trace(go.Scatter(x=[0, 1], y=[1, 1]))
"""
AGAIN = "w.VBox([canvases[1]])"
VALUES = """() => [...document.querySelectorAll(".js-plotly-plot")].map(
  figure => [...(figure._fullData ?? [])].map(trace => Array.from(trace.y)))"""
LINES = """below => [...document.querySelectorAll(`${below ?? ""} .js-plotly-plot`)].map(
  figure => figure.querySelectorAll(".scatterlayer .lines path").length)"""
CURRENT_PATH = "window.jupyterapp.shell.currentWidget.context.path"
RUN_CELL = """async number => {
  const { commands, shell } = window.jupyterapp;
  shell.currentWidget.content.activeCellIndex = number;
  await commands.execute("notebook:run-cell");
}"""
# Less than plotly's module even when packed, more than all else that is sent here together.
LARGE = 1_000_000


def reload(page: NotebookPage) -> None:
    """Load the page again, as a person does, and wait until its widgets are restored."""
    page.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.page.reload()
    page.page.wait_for_function(NOTEBOOK_IS_THERE)
    page.page.evaluate(OPEN_NOTEBOOK)
    page.page.wait_for_function(KERNEL_IS_IDLE)
    page.page.wait_for_function(WIDGETS_ARE_READY)


def counted(page: NotebookPage) -> list[int]:
    """Return a list that grows by the bytes of each message that comes from now on."""
    sizes: list[int] = []
    page.page.on("websocket", lambda socket: socket.on("framereceived", lambda message: sizes.append(len(message))))
    reload(page)  # sockets that are open already are not heard
    return sizes


def drawn(page: NotebookPage, *lines: int) -> list[list[list[float]]]:
    """Wait until the figures from the top show so many lines each, and return all values."""
    page.page.wait_for_function(f"lines => '' + ({LINES})() === '' + lines", arg=list(lines))
    return page.page.evaluate(VALUES)


def test_it_crosses_once_for_all_figures_and_again_for_a_new_page(notebook: OpenNotebook) -> None:
    page = notebook([FIGURES])
    sizes = counted(page)
    page.run_all()
    expected = [[[0, i, 2 * i]] for i in range(4)]
    assert drawn(page, 1, 1, 1, 1) == expected
    assert len([size for size in sizes if size > LARGE]) == 1
    assert sum(sizes) < 2 * LARGE
    assert page.run("answers") == [{"ask": "plotly"}]

    page.run("with canvases[3].batch_update():\n    canvases[3].data[0].y = [3, 1, 3]")
    page.page.wait_for_function(f"() => ({VALUES})()[3][0][1] === 1")
    sizes.clear()
    reload(page)
    assert drawn(page, 1, 1, 1, 1) == [*expected[:3], [[3, 1, 3]]]
    assert len([size for size in sizes if size > LARGE]) == 1
    assert page.run("answers") == [{"ask": "plotly"}] * 2
    page.page.mouse.click(*page.plotly_point(0, 1, 0))
    page.wait_for("clicks", [8])
    assert page.run("hovers") == []  # the mouse came to the point before it clicked: only the page knows
    page.assert_clean()


def test_what_is_drawn_before_it_comes_is_not_lost_and_views_come_and_go(notebook: OpenNotebook) -> None:
    page = notebook([FIGURES + AT_ONCE + "w.VBox(canvases)", AGAIN])
    page.run_all()
    expected = [[[6, 7], [1, 1]], [[6, 7], [1, 1]], [[0, 2, 4]], [[0, 3, 6]]]
    assert drawn(page, 2, 2, 1, 1, 2) == [*expected, expected[1]]
    page.page.evaluate("window.jupyterapp.shell.currentWidget.content.model.cells.get(1).outputs.clear()")
    drawn(page, 2, 2, 1, 1)
    page.run("with canvases[1].batch_update():\n    canvases[1].data[0].y = [8, 9]")
    page.page.wait_for_function(f"() => ({VALUES})()[1][0][1] === 9")
    page.assert_clean()


def test_a_second_notebook_of_the_page_takes_what_is_there(notebook: OpenNotebook, lab: LabServer) -> None:
    page = notebook([FIGURES])
    sizes = counted(page)
    page.run_all()
    drawn(page, 1, 1, 1, 1)
    path = "second.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(FIGURES)]), lab.folder / path)
    page.page.evaluate("path => window.jupyterapp.commands.execute('docmanager:open', { path })", path)
    page.page.wait_for_function(f"path => {NOTEBOOK_IS_THERE} && {CURRENT_PATH} === path", arg=path)
    kernel = page.page.evaluate(OPEN_NOTEBOOK)
    page.page.wait_for_function(KERNEL_IS_IDLE)
    page.page.wait_for_function(WIDGETS_ARE_READY)
    page.run_all()
    page.page.wait_for_function(f"() => '' + ({LINES})('.jp-NotebookPanel:not(.lm-mod-hidden)') === '1,1,1,1'")
    page.assert_clean()
    second = Kernel(lab.runtime / f"kernel-{kernel}.json")
    assert second.run("answers") == []
    assert len([size for size in sizes if size > LARGE]) == 1
    second.close()
    lab.request("DELETE", f"/api/kernels/{kernel}")


def test_what_a_drawing_leaves_alone_stays_for_views_that_come_later(notebook: OpenNotebook) -> None:
    page = notebook([FIGURES.replace("w.VBox(canvases)", ""), "w.VBox(canvases[1:2])"])
    page.page.evaluate(RUN_CELL, 0)
    page.run(
        "canvases[1].add_trace(go.Scatter(x=[0, 1, 2], y=[4, 4, 4]))\n"
        "with canvases[1].batch_update():\n"
        "    canvases[1].data[0].y = [1, 0, 1]\n"
        "    canvases[1].data[1].name = 'flat'"
    )
    page.page.evaluate(RUN_CELL, 1)
    assert drawn(page, 2) == [[[1, 0, 1], [4, 4, 4]]]
    page.assert_clean()
