"""Picks, examples and errors as a person meets them: with the mouse, the keys and the clipboard."""

from collections.abc import Callable

import pytest
from browser.page import NotebookPage

OpenNotebook = Callable[..., NotebookPage]

MANY = """
import alviz
import numpy as np
from alviz.views import PicksGallery

images = np.zeros((1200, 8, 8), np.uint8)
images[:, 2:6, 2:6] = np.arange(1200)[:, None, None] % 200 + 56
classes = ["<img src=x onerror='window.hacked=1'>", 'quoted " 🐟 \\u202etfel']
pool = alviz.datasets.arrays(images, np.arange(1200) % 2, classes=classes)
runner = alviz.CycleRunner(pool, "linear", "random", initial=20, budget=1000)
runner.query()
gallery = PicksGallery(runner.history)
gallery.controller.stop()
page = gallery.thumbnails
sent, send = [], page.send
page.send = lambda message, buffers=(): (sent.append([message["places"], len(buffers[0])]), send(message, buffers))
gallery
"""
STRIP = "import ipywidgets as w\nstrip = PicksGallery(gallery.controller)\n"
STRIP += "box = w.VBox([strip])\nbox.add_class('alviz')\nbox.layout.height = '90px'\nbox.layout.display = 'block'\nbox"
GRAY = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data[4 * (4 * canvas.width + 4)];
}"""


def grays(page: NotebookPage, where: str) -> dict[int, int]:
    """The brightness in the middle of each picture that is in the page, by its id."""
    page.page.wait_for_function(
        "where => [...document.querySelectorAll(`${where} .alviz-thumb`)].every(t => t.firstChild)", arg=where
    )
    buttons = page.page.locator(f"{where} .alviz-pick")
    ids = buttons.evaluate_all("all => all.map(button => Number(button.dataset.id))")
    found = page.page.locator(f"{where} canvas").evaluate_all(f"all => all.map({GRAY})")
    return dict(zip(ids, found, strict=True))


def test_a_sentence_in_place_of_picks_stands_on_one_line(notebook: OpenNotebook) -> None:
    labeled = MANY.replace("budget=1000", "budget=1180").replace("runner.query()", "runner.run(until=1)")
    page = notebook([labeled, STRIP])
    page.run_all(timeout=240)
    words = page.page.locator(".alviz-picks-strip .alviz-soft")
    words.wait_for()
    assert words.text_content() == "nothing left to pick"
    height = words.evaluate("words => words.getBoundingClientRect().height")
    assert 0 < height < 2 * words.evaluate("words => parseFloat(getComputedStyle(words).fontSize)")


def test_a_thousand_picks_are_a_few_buttons(notebook: OpenNotebook) -> None:
    page = notebook([MANY, STRIP])
    page.run_all(timeout=240)
    ids = page.run("gallery.ids")
    assert len(ids) == 1000
    for where, most in ((".alviz-picks-grid", 450), (".alviz-picks-strip", 60)):
        picks = page.page.locator(where)
        picks.scroll_into_view_if_needed()
        assert grays(page, where) == {id: id % 200 + 56 for id in grays(page, where)}
        picks.evaluate("element => element.scrollTo(element.scrollWidth, element.scrollHeight)")
        page.page.wait_for_function(
            "([where, id]) => document.querySelector(`${where} .alviz-pick[data-id='${id}']`)", arg=[where, ids[-1]]
        )
        seen = grays(page, where)
        assert seen == {id: id % 200 + 56 for id in seen}
        assert 5 < len(seen) < most
        assert picks.locator("*").count() < 6 * most
    # Every picture that was asked for came once, and nothing that is not looked at was.
    told = [place for places, _ in page.run("sent") for place in places]
    assert len(told) == len(set(told))
    assert 0 < len(told) < 1000
    assert max(size for _, size in page.run("sent")) < 48 * 64 + 1000
    assert page.page.evaluate("window.hacked === undefined")
    assert page.page.get_by_text("onerror").count() > 0
    page.assert_clean()


def test_keys_walk_through_the_picks(notebook: OpenNotebook) -> None:
    page = notebook([MANY, STRIP])
    page.run_all(timeout=240)
    ids = page.run("gallery.ids")
    strip = page.page.locator(".alviz-picks-strip")
    strip.locator(".alviz-pick").nth(2).click()
    page.wait_for("gallery.controller.state.selected", ids[2])
    strip.focus()
    for _ in range(60):
        page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("ArrowLeft")
    page.wait_for("gallery.controller.state.selected", ids[61])
    here = strip.locator(".alviz-here")
    assert here.count() == 1
    assert here.get_attribute("data-id") == str(ids[61])
    box, room = here.bounding_box(), strip.bounding_box()
    assert box["x"] >= room["x"] - 1
    assert box["x"] + box["width"] <= room["x"] + room["width"] + 1
    # The other gallery of the same state is there too.
    page.page.locator(f".alviz-picks-grid .alviz-here[data-id='{ids[61]}']").wait_for()
    page.page.keyboard.press("End")
    page.wait_for("gallery.controller.state.selected", ids[-1])
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Home")
    page.wait_for("gallery.controller.state.selected", ids[0])
    grid = page.page.locator(".alviz-picks-grid")
    grid.focus()
    page.page.keyboard.press("ArrowDown")
    page.wait_for(f"gallery.controller.state.selected != {ids[0]}", True)
    columns = ids.index(page.run("gallery.controller.state.selected"))
    tops = [grid.locator(f"[data-id='{ids[i]}']").bounding_box()["y"] for i in (0, columns - 1, columns)]
    assert tops[0] == pytest.approx(tops[1])
    assert tops[2] > tops[0] + 50
    page.assert_clean()


INSPECT = """
import alviz
from alviz.views import PointInspector, SamplerExtras
from alviz.views.phases import PhaseLine
import ipywidgets as w

runner = alviz.CycleRunner(alviz.datasets.digits(), "linear", "core_gcn", initial=20, budget=20)
runner.run(until=1)
inspector = PointInspector(runner)
controller = inspector.controller
controller.wait()
extras = SamplerExtras(inspector)
phases = PhaseLine(controller)
box = w.VBox([phases.widget])
box.add_class("alviz")
box.layout.height = "60px"
inspector
"""


def test_neighbors_lead_on_and_errors_are_copied(notebook: OpenNotebook) -> None:
    page = notebook([INSPECT, "extras", "box"])
    page.run_all(timeout=240)
    card = page.page.locator(".alviz-card")
    card.get_by_text("Click a point or a pick").wait_for()
    page.run("controller.attempt(controller.select, 77); controller.wait()")
    card.get_by_text("id 77", exact=True).wait_for()
    neighbor = page.run("inspector.near.ids")[1]
    card.locator(f".alviz-pick[data-id='{neighbor}']").first.click()
    page.wait_for("controller.state.selected", neighbor)
    card.get_by_text(f"id {neighbor}", exact=True).wait_for()
    assert card.locator("img").evaluate("image => image.naturalWidth") == 8
    assert page.page.locator(".alviz-extras .alviz-spark").count() == 3
    width = page.page.locator(".alviz-extras .alviz-spark").first.bounding_box()["width"]
    assert width > 200

    copied = page.page.get_by_role("button", name="copy traceback")
    assert not copied.is_visible()
    page.run("controller.attempt(lambda: 1 / 0)")
    copied.wait_for()
    page.page.get_by_text("ZeroDivisionError: division by zero").first.wait_for()
    # As in a page that may not write to the clipboard: what is copied is what the browser itself copies.
    page.page.evaluate(
        """() => {
          Object.defineProperty(navigator, "clipboard", { value: undefined });
          document.addEventListener("copy", () => { window.copied = document.activeElement.value; });
        }"""
    )
    copied.click()
    page.page.wait_for_function("window.copied")
    assert page.page.evaluate("window.copied") == page.run("controller.state.traceback")
    page.page.get_by_text("copied", exact=True).wait_for()
    page.assert_clean()


def test_with_a_clipboard_it_is_used(notebook: OpenNotebook) -> None:
    page = notebook([INSPECT])
    page.run_all(timeout=240)
    page.page.evaluate(
        """() => Object.defineProperty(navigator, "clipboard",
             { value: { writeText: async text => { window.written = text; } } })"""
    )
    page.page.get_by_role("button", name="copy", exact=True).click()
    page.page.wait_for_function("window.written")
    assert page.page.evaluate("window.written") == "runner = explorer.runner"
    page.assert_clean()
