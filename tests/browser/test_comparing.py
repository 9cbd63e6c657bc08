"""Comparing samplers as a person does: by mouse and by keyboard, in a narrow column."""

from collections.abc import Callable

from browser.page import NotebookPage

OpenNotebook = Callable[..., NotebookPage]

COLUMN = """
import alviz
import ipywidgets

pool = alviz.datasets.digits().subset(400)
runner = alviz.CycleRunner(pool, learner="linear", sampler="core_gcn", initial=20, budget=10, path="runs/small")
runner.run(until=1)
panel = alviz.views.SamplerPanel(runner)
controller = panel.controller
side = alviz.views.SamplerPanel(controller)
side.layout = {"width": "212px", "height": "560px"}
matrix, ranks = alviz.views.AgreementMatrix(controller), alviz.views.RankScatter(controller)
for view in (matrix, ranks):
    view.layout = {"width": "340px", "height": "260px"}
frame = ipywidgets.HBox([side, matrix, ranks], layout={"display": "flex"})
frame.add_class("alviz")
ipywidgets.VBox([frame, panel.children[-1]])
"""
NAMES = "[answer.name for answer in controller.state.compared]"


def opened(page: NotebookPage) -> NotebookPage:
    page.run_all(timeout=240)
    page.page.locator(".alviz-side").scroll_into_view_if_needed()
    page.wait_for("controller.working", None, timeout=120)
    return page


def click_cell(page: NotebookPage, row: int, column: int) -> None:
    """Click what plotly has noticed the mouse to be on."""
    heat = page.page.locator(".alviz-agreement .js-plotly-plot, .js-plotly-plot.alviz-agreement").first
    page.page.mouse.move(0, 0)
    heat.locator(".hovertext").wait_for(state="detached")
    page.page.mouse.move(*page.plotly_point(heat, column, row), steps=3)
    heat.locator(".hovertext").wait_for()
    page.page.mouse.down()
    page.page.mouse.up()


def test_add_compare_click_and_remove(notebook: OpenNotebook) -> None:
    page = opened(notebook([COLUMN]))
    listed = page.page.locator(".alviz-compared")
    adding = listed.get_by_label("Add a sampler to compare")
    cells = page.page.locator(".jp-Cell").count()
    for name in ("margin", "entropy"):
        adding.select_option(label=name)
        listed.locator("li", has_text=name).get_by_text(" s", exact=False).wait_for()
    assert page.run(NAMES) == ["margin", "entropy"]
    assert listed.locator("li svg").count() == 3

    click_cell(page, 1, 2)
    page.wait_for("controller.state.pair", ["margin", "entropy"])
    page.page.get_by_text("only margin", exact=False).first.wait_for()
    click_cell(page, 2, 1)
    page.wait_for("controller.state.pair", None)

    # Without the mouse: letters and arrows stay in the list, Enter presses its buttons.
    listed.get_by_role("button", name="Compare margin no more").focus()
    page.page.keyboard.press("b")
    page.page.keyboard.press("Enter")
    page.wait_for(NAMES, ["entropy"])
    able = page.run("len(controller.comparing.able())")
    assert able > 15
    listed.get_by_role("button", name="all").focus()
    page.page.keyboard.press("Space")
    page.wait_for(f"len({NAMES})", 1 + able)
    page.page.get_by_role("button", name="scores").first.focus()
    page.page.keyboard.press("Space")
    page.wait_for("matrix.links.value", "scores")
    page.wait_for("controller.working", None, timeout=120)
    assert page.page.locator(".jp-Cell").count() == cells
    page.assert_clean()


def test_everything_fits_into_the_column(notebook: OpenNotebook) -> None:
    page = opened(notebook([COLUMN]))
    page.run("controller.compare(*[alviz.samplers.UncertainGCN(steps=1, k=k) for k in range(1, 9)])")
    page.wait_for("controller.working", None, timeout=120)
    page.page.locator(".alviz-compared li").nth(8).wait_for(state="attached")
    side = page.page.locator(".alviz-side").first
    column = side.bounding_box()
    assert column is not None
    assert (column["width"], column["height"]) == (212, 560)
    bottom = column["y"]
    for part in (
        ".alviz-parameters",
        ".alviz-note",
        ".alviz-compared ul",
        ".alviz-compared-foot",
        ".alviz-options-row",
    ):
        for box in [found.bounding_box() for found in side.locator(part).all()]:
            assert box is not None
            assert box["height"] > 15
            assert box["y"] >= bottom - 1, part  # below what stands before it
            assert box["x"] >= column["x"]
            assert box["x"] + box["width"] <= column["x"] + column["width"]
            bottom = box["y"] + box["height"]
    assert bottom <= column["y"] + column["height"]
    for part in (".alviz-parameters", ".alviz-compared ul"):  # what does not fit is scrolled to
        last = side.locator(part).locator("> *").last
        last.scroll_into_view_if_needed()
        assert last.is_visible()
    page.assert_clean()
