"""The labeler as a person meets it: keys, mouse, a lasso, a reload, a full disk."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from browser.maps import MapOnPage
from browser.page import NotebookPage

OpenNotebook = Callable[..., NotebookPage]

DIGITS = """
import dataclasses
import numpy as np
import alviz
from alviz.views import Labeler

pool = alviz.datasets.digits()
truth = pool.y.tolist()
blind = dataclasses.replace(pool, y=np.full(len(pool), -1), X_test=None, y_test=None, recipe=None)
runner = alviz.CycleRunner(
    blind, learner="linear", sampler="margin", oracle="human", budget={budget}, seed=0, path="runs/people"
)
runner.query()
labeler = explorer = Labeler(runner, who="ann", learn_when_done={learn})
labeler
"""
HOSTILE = """
import numpy as np
import alviz
from alviz.views import Labeler

images = np.random.default_rng(0).integers(0, 255, (60, 8, 8), dtype=np.uint8)
classes = ["<img src=x onerror='window.hacked=1'>", "</script><script>window.hacked=1</script>", '"\\u202eאב🙂']
pool = alviz.datasets.arrays(images, np.full(60, -1), classes=classes)
runner = alviz.CycleRunner(pool, learner="linear", sampler="random", oracle="human", budget=6)
runner.query()
labeler = Labeler(runner, who="<b onclick=alert(1)>ann</b>", learn_when_done=False)
labeler
"""
MANY = """
import numpy as np
import alviz
from alviz.views import Labeler

rng = np.random.default_rng(0)
pool = alviz.datasets.arrays(
    rng.integers(0, 255, (1500, 8, 8), dtype=np.uint8), np.full(1500, -1), classes=[f"kind {k}" for k in range(60)]
)
runner = alviz.CycleRunner(pool, learner="linear", sampler="random", oracle="human", budget=1000)
runner.query()
labeler = Labeler(runner, who="ann", learn_when_done=False)
labeler
"""
# What stands in the book, in the order in which it was written.
BOOK = "[[a.id, a.label, a.why, a.undo] for a in runner.history.book.look().entries]"
FULL_DISK = """
import errno, os
import alviz.store.book as book

class Full:
    def __getattr__(self, name):
        return getattr(os, name)

    def fsync(self, number):
        book.os = os
        raise OSError(errno.ENOSPC, "No space left on device")

book.os = Full()
"""
SLOW = """
import time
giving = labeler.session.answer

def give(*args):
    time.sleep(5)
    labeler.session.answer = giving
    giving(*args)

labeler.session.answer = give
"""


class LabelerOnPage:
    """The labeler of a page, as a test presses and sees it."""

    def __init__(self, page: NotebookPage) -> None:
        self.page = page
        self.frame = page.page.locator(".alviz-labeler").first
        self.work = page.page.locator(".alviz-label-work").first

    def debug(self) -> dict[str, Any]:
        return dict(self.page.page.evaluate("document.querySelector('.alviz-label').alvizLabeling.debug()"))

    def wait_for(self, condition: str) -> dict[str, Any]:
        """Wait until an expression of ``debug()``, called ``d``, is true in the page."""
        here = "document.querySelector('.alviz-label')?.alvizLabeling?.debug()"
        self.page.page.wait_for_function(f"() => {{ const d = {here}; return d && ({condition}); }}")
        return self.debug()

    def settle(self) -> dict[str, Any]:
        return self.wait_for("d.count !== null && d.pending === null && d.painted.place === d.place")

    def press(self, key: str) -> dict[str, Any]:
        """Press a key, and wait until the kernel has answered and the page shows what it said."""
        sent = self.debug()["sent"]
        self.page.page.keyboard.press(key)
        self.wait_for(f"d.sent > {sent}")
        return self.settle()

    def focus(self) -> None:
        self.work.focus()


def opened(page: NotebookPage) -> LabelerOnPage:
    page.run_all(timeout=240)
    page.page.evaluate("window.jupyterapp.shell.collapseLeft()")
    return shown(page)


def shown(page: NotebookPage) -> LabelerOnPage:
    page.page.locator(".alviz-labeler").first.scroll_into_view_if_needed()
    labeler = LabelerOnPage(page)
    labeler.settle()
    return labeler


def test_forty_digits_with_an_undo_a_change_a_reload_and_a_lasso(notebook: OpenNotebook) -> None:
    page = notebook([DIGITS.format(budget=40, learn=False)])
    labeler = opened(page)
    picks = page.run("runner.history.selection(0).ids.tolist()")
    truth = page.run("truth")
    expected: list[list[Any]] = []

    def give(id: int, label: int) -> None:
        before = labeler.debug()
        assert before["id"] == id
        place = before["place"]
        told = labeler.press(str(label))
        expected.append([id, label, "", False])
        # What is shown next is shown after the answer is on the disk, never before.
        assert page.run(BOOK) == expected
        assert told["codes"][place] == label
        assert told["place"] == place if -1 not in told["codes"] else told["codes"][told["place"]] == -1

    labeler.focus()
    for id in picks[:20]:
        give(id, truth[id])
    page.reload()
    labeler = shown(page)
    assert labeler.debug()["codes"] == [truth[id] for id in picks[:20]] + [-1] * 20
    assert labeler.debug()["place"] == 20
    labeler.focus()
    for id in picks[20:]:
        give(id, truth[id])
    assert page.page.locator(".alviz-label-callout").inner_text().startswith("All 40 are done.")

    for id in reversed(picks[37:]):
        assert labeler.press("Control+z")["id"] == id
        expected.append([id, None, "undone", True])
    assert page.run(BOOK) == expected
    for id in picks[37:]:
        give(id, truth[id])

    page.page.locator(".alviz-label-tiles").evaluate("tiles => tiles.scrollTo(0, 0)")
    page.page.locator('.alviz-label-tile[data-place="4"]').click()
    assert labeler.settle()["id"] == picks[4]
    give(picks[4], (truth[picks[4]] + 1) % 10)

    # Ten of the map's points that nobody was asked for.
    drawn = MapOnPage(page)
    drawn.wait_for("d.layout && !d.moving")
    ids, polygon = around_ten(page, drawn, set(picks))
    drawn.press("l")
    page.drag(polygon[0], *polygon[1:], polygon[0])
    # Nothing is there until the page has told of it.
    page.wait_for("sorted(l.ids.tolist()) if (l := labeler.controller.state.lasso) is not None else None", sorted(ids))
    page.page.get_by_role("button", name="Label these 10").click()
    labeler.wait_for("d.count === 10")
    labeler.focus()
    for _ in range(10):
        id = labeler.debug()["id"]
        give(id, truth[id])
    assert sorted(id for id, *_ in expected[-10:]) == sorted(ids)
    assert page.run(BOOK) == expected
    page.wait_for("labeler.controller.state.selected", expected[-1][0])  # the map went along
    page.assert_clean()


def around_ten(page: NotebookPage, drawn: MapOnPage, taken: set[int]) -> tuple[list[int], list[tuple[float, float]]]:
    """Return ten ids and the box on the page that holds them and no other point."""
    every = page.run("labeler.controller.state.frame.layout.ids.tolist()")
    places = np.array([drawn.place(id) for id in every])
    for seed in range(len(every)):
        distance = np.abs(places - places[seed]).max(axis=1)
        order = np.argsort(distance)
        reach, next_reach = distance[order[9]], distance[order[10]]
        ids = [every[i] for i in order[:10]]
        if next_reach - reach > 1 and reach > 4 and not taken & set(ids):
            (x, y), half = places[seed], (reach + next_reach) / 2
            return ids, [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
    raise AssertionError("no ten points lie apart")


def test_a_finished_batch_is_learned_from_while_the_person_goes_on(notebook: OpenNotebook) -> None:
    page = notebook([DIGITS.format(budget=12, learn=True)])
    labeler = opened(page)
    first, truth = page.run("runner.history.selection(0).ids.tolist()"), page.run("truth")
    labeler.focus()
    for id in first:
        labeler.press(str(truth[id]))
    page.wait_for("runner.history.picked", 2, timeout=120)
    page.wait_for("labeler.debug()['learning']", False)
    told = labeler.wait_for("!d.learning")
    if told["codes"] and told["count"] != 12:  # at the next wanted ones: new picks come after the one at hand
        labeler.press(str(truth[told["id"]]))
    page.wait_for("labeler.debug()['cycle']", 1)
    second = page.run("runner.history.selection(1).ids.tolist()")
    assert page.run("labeler.debug()['ids']") == second
    assert labeler.wait_for("d.count === 12")["codes"].count(-1) >= 11
    assert page.run("runner.history.labeled(1).ids.tolist()") == first
    assert MapOnPage(page).wait_for("d.cycle === 1 && d.drawn.labeled === 12")
    page.page.get_by_text("cross-validated accuracy").first.wait_for()
    page.assert_clean()


def test_the_keyboard_alone(notebook: OpenNotebook) -> None:
    page = notebook([DIGITS.format(budget=8, learn=False)], theme="dark")
    labeler = opened(page)
    ids = page.run("labeler.debug()['ids']")
    labeler.focus()
    assert labeler.press(" ")["place"] == 1
    assert labeler.press("?")["place"] == 2
    labeler.press("7")
    assert labeler.press("Backspace")["id"] == ids[2]
    page.page.keyboard.press("ArrowLeft")
    page.wait_for("labeler.debug()['place']", 1)
    labeler.press("3")  # a change of mind
    keyboard = page.page.keyboard
    keyboard.press("+")
    keyboard.type("a 3 with a tail")  # digits and spaces are typed, not given
    labeler.press("Enter")
    assert page.run("list(runner.history.book.look().classes[10:])") == ["a 3 with a tail"]
    labeler.press("a")
    keyboard.press("F2")
    keyboard.press("a")
    keyboard.press("Control+a")
    keyboard.type("tailed")
    labeler.press("Enter")
    keyboard.press("n")
    keyboard.type("written badly")
    labeler.press("Enter")
    assert page.run(BOOK) == [
        [ids[0], None, "skipped", False],
        [ids[1], None, "cannot tell", False],
        [ids[2], 7, "", False],
        [ids[2], None, "undone", True],
        [ids[1], 3, "", False],
        [ids[2], 10, "", False],
        [ids[3], None, "noted", False],
    ]
    assert page.run("runner.history.book.look().classes[10]") == "tailed"
    page.page.get_by_text("note: written badly").wait_for()
    page.page.locator(".alviz-label-tile", has_text="tailed").first.wait_for()
    assert not labeler.frame.get_by_text("predicted").count()
    labeler.press("p")
    labeler.frame.get_by_text("nothing predicted yet").or_(labeler.frame.get_by_text("predicted")).first.wait_for()
    assert page.page.evaluate("window.jupyterapp.shell.currentWidget.content.mode") == "command"
    assert page.page.locator(".jp-Notebook .jp-Cell").count() == 1  # no key reached JupyterLab
    page.screenshot("labeler-dark.png")
    page.assert_clean()


def test_a_full_disk_keeps_the_answer_until_it_is_saved(notebook: OpenNotebook) -> None:
    page = notebook([DIGITS.format(budget=8, learn=False)])
    labeler = opened(page)
    ids = page.run("labeler.debug()['ids']")
    labeler.focus()
    labeler.press("4")
    page.run(f"exec({FULL_DISK!r})")
    page.page.keyboard.press("5")
    told = labeler.wait_for("d.error")
    assert (told["id"], told["pending"]) == (ids[1], "answer")
    callout = page.page.locator(".alviz-label-callout")
    assert "“5” is not saved: " in callout.inner_text()
    assert "full" in callout.inner_text().lower()
    page.page.keyboard.press("6")  # not taken, and told so
    page.page.keyboard.press("ArrowRight")
    told = labeler.debug()
    assert (told["id"], told["error"] != "", "not saved" in told["notice"]) == (ids[1], True, True)
    assert page.run(BOOK) == [[ids[0], 4, "", False]]
    callout.get_by_role("button", name="Try again").click()
    assert labeler.settle()["id"] == ids[2]
    assert page.run(BOOK) == [[ids[0], 4, "", False], [ids[1], 5, "", False]]
    page.assert_clean()


def test_a_kernel_that_does_not_answer_is_told_of_and_nothing_is_doubled(notebook: OpenNotebook) -> None:
    page = notebook([DIGITS.format(budget=8, learn=False)])
    labeler = opened(page)
    ids = page.run("labeler.debug()['ids']")
    page.run(f"exec({SLOW!r})")
    labeler.focus()
    page.page.keyboard.press("5")
    told = labeler.wait_for("d.late")
    assert told["id"] == ids[0]
    callout = page.page.locator(".alviz-label-callout")
    assert callout.inner_text().startswith("“5” is not saved yet: the kernel does not answer.")
    callout.get_by_role("button", name="Try again").click()
    assert labeler.settle()["id"] == ids[1]
    page.page.wait_for_timeout(500)
    assert page.run(BOOK) == [[ids[0], 5, "", False]]
    page.assert_clean()


def test_names_and_notes_are_text(notebook: OpenNotebook) -> None:
    page = notebook([HOSTILE])
    labeler = opened(page)
    evil = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
    labeler.focus()
    labeler.press("1")
    labeler.press("2")
    page.run(f"labeler.new_class({evil!r})")
    page.run(f"labeler.note({evil!r})")
    page.run(f"labeler.rename_class(0, {evil + '!'!r})")
    page.page.locator(".alviz-label-class", has_text=evil + "!").wait_for()
    page.page.get_by_text(f"note: {evil}").wait_for()
    page.page.locator(".alviz-label-tile", has_text=evil + "!").wait_for()
    page.page.get_by_text("as <b onclick=alert(1)>ann</b>").wait_for()
    assert page.page.evaluate("window.hacked === undefined")
    assert page.page.locator(".alviz-labeler img[src='x']").count() == 0
    page.assert_clean()


def test_a_thousand_picks_and_sixty_classes(notebook: OpenNotebook) -> None:
    page = notebook([MANY])
    labeler = opened(page)
    told = labeler.debug()
    assert (told["count"], told["tiles"] < 80) == (1000, True)
    labeler.focus()
    page.page.keyboard.press("End")
    page.wait_for("labeler.debug()['place']", 999)
    labeler.wait_for("d.painted.place === 999 && d.tiles < 80")
    page.page.locator('.alviz-label-tile[data-place="999"] canvas').wait_for()
    page.page.keyboard.press("/")
    page.page.keyboard.type("kind 57")
    page.page.locator(".alviz-label-class").first.filter(has_text="kind 57").wait_for()
    labeler.press("Enter")
    last = page.run("labeler.debug()['ids']")[999]
    assert page.run(BOOK) == [[last, 57, "", False]]
    assert labeler.press("1")["place"] == 1  # after the last comes the first that is open; its key is of class 0
    assert page.run(BOOK)[1][1] == 0
    page.assert_clean()


@pytest.mark.parametrize("width", [1000, 1400])
def test_everything_stays_in_the_frame(notebook: OpenNotebook, width: int) -> None:
    page = notebook([DIGITS.format(budget=20, learn=False)])
    page.page.set_viewport_size({"width": width, "height": 900})
    labeler = opened(page)
    frame = labeler.frame.bounding_box()
    assert frame is not None
    parts = ("head", "picture", "classes", "commands", "near", "tiles", "curve", "foot")
    for selector in (".alviz-map-box", *(f".alviz-label-{part}" for part in parts)):
        box = labeler.frame.locator(selector).first.bounding_box()
        assert box is not None, selector
        assert box["width"] > 100, selector
        assert box["height"] > 20, selector
        assert box["x"] >= frame["x"], selector
        assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1, selector
        assert box["y"] + box["height"] <= frame["y"] + frame["height"] + 1, selector
    page.screenshot(f"labeler-{width}.png")


def test_another_theme_leaves_all_tiles_in_place(notebook: OpenNotebook) -> None:
    page = notebook([DIGITS.format(budget=40, learn=False)])
    labeler = opened(page)
    before = labeler.wait_for("d.tiles >= 16")["tiles"]
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.page.evaluate(f"window.jupyterapp.commands.execute('apputils:change-theme', {{theme: '{theme}'}})")
        dark = "true" if theme.endswith("Light") else "false"
        page.page.wait_for_function(f"document.body.dataset.jpThemeLight === '{dark}'")
        page.page.wait_for_timeout(800)  # a page that collapsed for a moment has come back
        labeler.wait_for(f"d.tiles === {before}")
    page.assert_clean()
