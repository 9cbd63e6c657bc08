"""The selection map in a plain page: no Jupyter, no kernel, only the joined module and typed arrays."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

import alviz.web

WIDTH, HEIGHT = 700, 560
GROUND = {"light": (255, 255, 255), "dark": (0x14, 0x18, 0x1C)}
INK = {"light": (0x1B, 0x1F, 0x24), "dark": (0xF4, 0xF6, 0xF8)}
UNKNOWN = (0x9A, 0xA0, 0xA8)
COLORS = {"light": ["#c02020", "#2060c0", "#209040"], "dark": ["#ff8080", "#80b0ff", "#70e090"]}
DOT_ALPHA = {"light": 0.42, "dark": 0.5}
KINDS = {"uint8": "Uint8Array", "uint16": "Uint16Array", "uint32": "Uint32Array", "float32": "Float32Array"}
# fmt: off
SQUARE = np.array(  # ten points far from each other
    [[0, 0], [100, 0], [0, 100], [100, 100], [50, 50], [25, 75], [75, 25], [25, 25], [75, 75], [50, 0]], np.float32
)
# fmt: on

PAGE = """<!doctype html><style>body {{ margin: 0; }} .box {{ width: {width}px; height: {height}px; }}
{style}</style><div id="map" class="box"></div><div id="rest"></div>"""
HELPERS = """() => {
  window.typed = (kind, text) => {
    const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
    return new globalThis[kind](bytes.buffer);
  };
  window.uploaded = { bytes: 0 };
  const count = (name, size) => {
    const plain = WebGL2RenderingContext.prototype[name];
    WebGL2RenderingContext.prototype[name] = function (...args) {
      window.uploaded.bytes += size(...args);
      return plain.apply(this, args);
    };
  };
  const sizeOf = (array, length) => length === undefined ? array.byteLength : length * array.BYTES_PER_ELEMENT;
  count('bufferData', (_, data) => typeof data === 'number' ? 0 : data.byteLength);
  count('bufferSubData', (_, offset, data, from, length) => sizeOf(data, length));
  window.told = [];
  window.asked = [];
  window.host = {
    tell: (kind, payload, buffers = []) => window.told.push({ kind, payload, ids: buffers.map(b => [...b]) }),
    ask: (kind, question) => new Promise((resolve, reject) => window.asked.push({ kind, question, resolve, reject })),
  };
}"""


def rgb(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))


def mixed(color: tuple[int, ...], ground: tuple[int, ...], share: float) -> NDArray[np.float64]:
    return share * np.array(color) + (1 - share) * np.array(ground)


def catalog(size: int, cycles: int = 3, samplers: tuple[str, ...] = ("margin",), **changes: Any) -> dict[str, Any]:
    fits = [f"a{k}" for k in range(cycles)]
    marks = [[{"name": name, "key": f"picks|{fit}|{name}", "preview": False} for name in samplers] for fit in fits]
    return {
        "size": size,
        "branches": ["margin"],
        "fits": [fits],
        "labels": [[2 + k for k in range(cycles)]],
        "marks": [marks],
        "colorings": {
            "class": {"title": "true class", "palette": "classes"},
            "predicted": {"title": "prediction", "palette": "classes"},
            "score": {"title": "score", "palette": "score", "of": "mark"},
        },
        "palettes": {
            "classes": {"kind": "classes", "names": ["ant", "bee", "cat"], **COLORS},
            "score": {
                "kind": "ramp",
                "light": ["#000000", "#ffffff"],
                "dark": ["#000000", "#ffffff"],
                "ends": ["low score", "high"],
            },
        },
        **changes,
    }


VIEW = {
    "serial": 0, "branch": 0, "cycle": 0, "method": "pca", "coloring": "class", "selected": None,
    "playing": False, "edges": False, "notice": "",
}  # fmt: skip


class MapPage:
    """A page with one map in it, or more: ``element`` names which."""

    def __init__(self, context: BrowserContext, still: bool = True, module: bool = True) -> None:
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        if still:
            self.page.emulate_media(reduced_motion="reduce")
        self.page.set_content(PAGE.format(width=WIDTH, height=HEIGHT, style=alviz.web.style()))
        self.page.evaluate(HELPERS)
        if module:
            self.load()

    def load(self) -> None:
        self.page.evaluate("window.SelectionMap = undefined")
        text = alviz.web.module("map.js") + "\nwindow.SelectionMap = SelectionMap;"
        self.page.add_script_tag(type="module", content=text)
        self.page.wait_for_function("Boolean(window.SelectionMap)")

    def make(self, element: str = "map", theme: str = "light") -> None:
        self.page.evaluate(
            "([id, theme]) => { new SelectionMap(document.getElementById(id), host, { theme }) }", [element, theme]
        )

    def call(self, method: str, *arguments: Any, element: str = "map") -> Any:
        """Call a method of the map; arrays travel as typed arrays."""
        packed = [self.pack(argument) for argument in arguments]
        return self.page.evaluate(
            """([id, method, packed]) => {
              const args = packed.map(each => each?.typed ? typed(each.typed, each.text) : each);
              return document.getElementById(id).alvizMap[method](...args);
            }""",
            [element, method, packed],
        )

    @staticmethod
    def pack(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return {"typed": KINDS[value.dtype.name], "text": base64.b64encode(value.tobytes()).decode()}
        return value

    def view(self, element: str = "map", **changes: Any) -> None:
        self.call("setView", {**VIEW, **changes}, element=element)
        self.drawn()

    def drawn(self) -> None:
        """Wait until what was asked for is painted."""
        self.page.evaluate("() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(() => go())))")

    def debug(self, element: str = "map") -> dict[str, Any]:
        return self.call("debug", element=element)

    def place(self, id: int, element: str = "map") -> tuple[float, float]:
        return tuple(self.call("place", id, element=element))

    def color(self, x: float, y: float, element: str = "map") -> tuple[int, ...]:
        return tuple(self.call("pixel", x, y, element=element)[:3])

    def patch(self, id: int, reach: int = 9, element: str = "map") -> NDArray[np.int64]:
        """Colors around a point, (2 reach + 1, 2 reach + 1, 3)."""
        return np.array(
            self.page.evaluate(
                """([id, element, reach]) => {
                  const map = document.getElementById(element).alvizMap;
                  const [x, y] = map.place(id);
                  const steps = Array.from({ length: 2 * reach + 1 }, (_, k) => k - reach);
                  return steps.map(down => steps.map(right => map.pixel(x + right, y + down).slice(0, 3)));
                }""",
                [id, element, reach],
            )
        )

    def told(self, kind: str) -> list[dict[str, Any]]:
        return self.page.evaluate("kind => told.filter(each => each.kind === kind)", kind)

    def asked(self, kind: str) -> list[dict[str, Any]]:
        return self.page.evaluate("kind => asked.filter(each => each.kind === kind).map(each => each.question)", kind)

    def answer(self, kind: str, position: int, answer: str) -> None:
        """Resolve a question with what the JavaScript expression `answer` gives."""
        self.page.evaluate(f"([kind, k]) => asked.filter(each => each.kind === kind).at(k).resolve({answer})",
                           [kind, position])  # fmt: skip

    def press(self, key: str) -> None:
        self.page.locator("#map .alviz-map").press(key)
        self.drawn()

    def hover(self, id: int) -> None:
        self.page.mouse.move(*self.place(id))
        self.drawn()

    def drag(self, points: list[tuple[float, float]]) -> None:
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*point)
        self.page.mouse.up()
        self.drawn()

    def button(self, name: str) -> Any:
        return self.page.locator("#map").get_by_role("button", name=name, exact=True)

    def uploads(self, act: Callable[[], None]) -> int:
        """Bytes that cross to the graphics card while `act` runs and its frame is painted."""
        self.drawn()
        self.page.evaluate("uploaded.bytes = 0")
        act()
        self.drawn()
        return self.page.evaluate("uploaded.bytes")


Opened = Callable[..., MapPage]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """``opened(still=True, ratio=1)`` opens a page; errors in it fail the test."""
    pages: list[MapPage] = []

    def open_page(still: bool = True, ratio: float = 1, **more: Any) -> MapPage:
        context = browser.new_context(viewport={"width": 1000, "height": 800}, device_scale_factor=ratio)
        pages.append(MapPage(context, still, **more))
        return pages[-1]

    yield open_page
    errors = [page.errors for page in pages]
    for page in pages:
        page.page.context.close()
    assert errors == [[] for _ in pages]


def small(opened: Opened, theme: str = "light", samplers: tuple[str, ...] = ("margin",), **options: Any) -> MapPage:
    """Ten points: 0 and 1 labeled (and one more each cycle), 4 picked at cycle 0, 5 at 1, 6 at 2."""
    page = opened(**options)
    page.make(theme=theme)
    fill(page, samplers=samplers)
    return page


def fill(page: MapPage, samplers: tuple[str, ...] = ("margin",), element: str = "map") -> None:
    page.call("setCatalog", catalog(10, samplers=samplers), element=element)
    page.call("addIds", np.arange(10, dtype=np.uint32), element=element)
    for cycle in range(3):
        status = np.zeros(10, np.uint8)
        status[[0, 1, 4, 5][: 2 + cycle]] = 1
        about = {"head": f"PCA of cycle {cycle}", "right": f"trustworthiness 0.9{cycle}"}
        turned = SQUARE if cycle != 1 else SQUARE[:, ::-1].copy()
        page.call("addColumn", f"layout|pca|a{cycle}", turned.ravel(), about, element=element)
        page.call("addColumn", f"status|a{cycle}", status, element=element)
        page.call("addColumn", f"color|class|a{cycle}", np.arange(10, dtype=np.uint8) % 3, element=element)
        for sampler in samplers:
            page.call("addColumn", f"picks|a{cycle}|{sampler}", np.array([4 + cycle], np.uint32), element=element)
    page.view(element=element)


def cloud(opened: Opened, n: int = 3000, **options: Any) -> tuple[MapPage, NDArray[np.float32], NDArray[np.uint32]]:
    """Many points of three classes, a few without a place, under ids that are not their positions."""
    rng = np.random.default_rng(0)
    xy = rng.normal(size=(n, 2)).astype(np.float32)
    xy[rng.choice(n, 20, replace=False)] = np.nan
    ids = rng.permutation(3 * n)[:n].astype(np.uint32)
    page = opened(**options)
    page.make()
    page.call("setCatalog", catalog(3 * n))
    page.call("addIds", ids)
    page.call("addColumn", "layout|pca|a0", xy.ravel())
    page.call("addColumn", "color|class|a0", (np.arange(n) % 3).astype(np.uint8))
    page.view()
    return page, xy, ids


def inside(xy: NDArray[np.float32], polygon: list[list[float]]) -> NDArray[np.bool_]:
    """Even-odd rule, point by point."""
    x, y = xy.astype(np.float64).T
    result = np.zeros(len(xy), bool)
    for (ax, ay), (bx, by) in zip(polygon, polygon[-1:] + polygon[:-1], strict=True):
        if ay == by:
            continue
        with np.errstate(invalid="ignore"):
            result ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return result & np.isfinite(x) & np.isfinite(y)


def nearest(patch: NDArray[np.int64], color: Any) -> float:
    """How far the most similar pixel of a patch is from a color, largest difference of a channel."""
    return np.abs(patch - np.array(color)).max(axis=-1).min()


# How points look


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_status_has_its_own_shape_and_the_color_of_its_class(opened: Opened, theme: str):
    page = small(opened, theme)
    colors = [rgb(color) for color in COLORS[theme]]
    dot = mixed(colors[3 % 3], GROUND[theme], DOT_ALPHA[theme])  # id 3: unlabeled
    assert np.abs(np.array(page.color(*page.place(3))) - dot).max() <= 3
    assert nearest(page.patch(3), colors[0]) > 40  # nowhere in full color

    ring = page.patch(1)  # labeled: hollow, its line in full color
    assert np.abs(ring[9, 9] - np.array(GROUND[theme])).max() <= 3
    assert nearest(ring, colors[1]) <= 24
    assert nearest(ring, INK[theme]) > 40

    pick = page.patch(4, 10)  # picked now: filled, with an outline in ink
    assert np.abs(pick[10, 10] - np.array(colors[1])).max() <= 3
    assert nearest(pick, INK[theme]) <= 24
    painted = [
        int((np.abs(patch - np.array(GROUND[theme])).max(-1) > 24).any(0).sum())
        for patch in (page.patch(3), ring, pick)
    ]
    assert painted[0] < painted[1] < painted[2]  # and in size


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_set_later_changes_every_color(opened: Opened, theme: str):
    other = {"light": "dark", "dark": "light"}[theme]
    page = small(opened, other)
    page.call("setTheme", theme)
    page.drawn()
    assert page.debug()["theme"] == theme
    assert page.color(*page.place(4)) == rgb(COLORS[theme][1])
    assert page.color(5 + page.place(2)[0] + 20, page.place(2)[1]) == GROUND[theme]


def test_colors_of_the_page_around_count(opened: Opened):
    page = opened()
    page.page.add_style_tag(
        content="body { --alviz-ground: color-mix(in srgb, #ff0000 50%, #0000ff); --alviz-ink: #00ff00; }"
    )
    page.make()
    fill(page)
    assert np.abs(np.array(page.color(*np.array(page.place(3)) + 20)) - [128, 0, 128]).max() <= 2
    assert nearest(page.patch(4, 10), (0, 255, 0)) <= 24


def test_picks_are_drawn_last(opened: Opened):
    page = opened()
    page.make()
    page.call("setCatalog", catalog(4, samplers=("margin", "entropy")))
    page.call("addIds", np.arange(4, dtype=np.uint32))
    page.call("addColumn", "layout|pca|a0", np.array([5, 5, 5, 5, 5, 5, 0, 0], np.float32))
    page.call("addColumn", "picks|a0|entropy", np.array([1], np.uint32))
    page.call("addColumn", "color|class|a0", np.array([0, 1, 2, 0], np.uint8))
    page.call("addColumn", "status|a0", np.array([0, 0, 1, 0], np.uint8))
    page.call("addColumn", "picks|a0|margin", np.array([0], np.uint32))  # the first of three on one place
    page.view()
    assert page.color(*page.place(0)) == rgb(COLORS["light"][0])
    page.hover(2)  # what lies on top is what is touched
    assert page.debug()["hovered"] == 0


def test_samplers_that_picked_the_same_point_nest(opened: Opened):
    samplers = ("margin", "entropy", "random", "core")
    page = small(opened, samplers=samplers)
    assert page.debug()["drawn"]["marks"] == dict.fromkeys(samplers, 1)
    reach, widths = 26, []
    for shown in range(4, 0, -1):
        painted = (page.patch(4, reach) < 200).any(-1)
        widths.append(int(painted.any(0).sum()))
        assert page.color(*page.place(4)) == rgb(COLORS["light"][1])  # the chosen sampler's stays on top
        if shown > 1:
            page.button(f"{samplers[shown - 1]} 1").click()
            page.drawn()
    assert all(wide > narrow + 3 for wide, narrow in pairwise(widths)), widths
    assert page.told("marks")[-1]["payload"] == {"hidden": ["core", "random", "entropy"]}
    assert page.debug()["drawn"]["marks"] == {"margin": 1, "entropy": 0, "random": 0, "core": 0}


def test_a_ramp_of_the_first_mark_colors_by_share(opened: Opened):
    page = small(opened)
    page.view(coloring="score")  # not there yet: grey
    assert np.abs(np.array(page.color(*page.place(4))) - UNKNOWN).max() <= 1
    codes = np.array([0, 0, 0, 0, 254, 127, 0, 255, 0, 0], np.uint8)
    page.call("addColumn", "color|score|picks|a0|margin", codes)
    page.drawn()
    assert page.color(*page.place(4)) == (255, 255, 255)
    assert np.abs(np.array(page.color(*page.place(5))) - mixed((128,) * 3, (255,) * 3, 0.42)).max() <= 3
    assert np.abs(np.array(page.color(*page.place(7))) - mixed(UNKNOWN, (255,) * 3, 0.42)).max() <= 3
    legend = page.page.locator(".alviz-map-legend")
    assert legend.get_attribute("aria-label") == "score: from low score to high"
    bar = legend.locator(".alviz-map-ramp").evaluate("each => each.style.background")
    assert bar == "linear-gradient(to right, rgb(0, 0, 0), rgb(255, 255, 255))"


def test_generated_points_are_crosses(opened: Opened):
    page = small(opened)
    page.call("addColumn", "synthetic|pca|a0", np.array([60, 90, np.nan, 1], np.float32))
    page.drawn()
    assert page.debug()["drawn"]["synthetic"] == 2
    left, right, top = page.place(2)[0], page.place(3)[0], page.place(2)[1]
    bottom = page.place(0)[1]
    x, y = left + 0.6 * (right - left), bottom + 0.9 * (top - bottom)
    assert max(page.color(x, y)) < 120
    assert "generated" in page.page.locator(".alviz-map-foot").inner_text()


# Steps


def test_a_step_is_local_and_told(opened: Opened):
    page = small(opened)
    page.press("ArrowRight")
    page.press("ArrowRight")
    page.press("ArrowRight")  # the end: nothing
    page.press("ArrowLeft")
    debug = page.debug()
    assert (debug["cycle"], debug["layout"], debug["serial"]) == (1, "layout|pca|a1", 3)
    told = [each["payload"] for each in page.told("go")]
    assert told == [{"branch": 0, "cycle": cycle, "serial": serial} for serial, cycle in [(1, 1), (2, 2), (3, 1)]]
    assert debug["drawn"] == {
        "unlabeled": 7, "labeled": 3, "marks": {"margin": 1}, "synthetic": 0, "hidden": 0, "edges": 0,
    }  # fmt: skip
    assert page.color(*page.place(5)) == rgb(COLORS["light"][2])
    assert page.page.locator(".alviz-map-head").inner_text().split("\n") == ["PCA of cycle 1", "trustworthiness 0.91"]
    foot = page.page.locator(".alviz-map-key").inner_text().split()
    assert foot == ["unlabeled", "6", "labeled", "3", "picked", "now", "1"]


def test_stale_views_move_nothing(opened: Opened):
    page = small(opened)
    for _ in range(2):
        page.press("ArrowRight")
    page.view(serial=1, cycle=1, notice="late")
    assert (page.debug()["cycle"], page.debug()["serial"]) == (2, 2)
    assert "late" in page.page.locator(".alviz-map-head").inner_text()
    page.view(serial=2, cycle=2)
    page.view(serial=7, cycle=0)
    assert (page.debug()["cycle"], page.debug()["serial"]) == (0, 7)
    page.press("ArrowRight")
    assert page.told("go")[-1]["payload"]["serial"] == 8


def test_a_recolor_sends_one_byte_per_point_and_a_layout_is_sent_once(opened: Opened):
    page, _, _ = cloud(opened)
    n = 3000
    rng = np.random.default_rng(1)
    page.call("addColumn", "color|predicted|a0", rng.integers(0, 3, n).astype(np.uint8))
    page.call("addColumn", "layout|pca|a1", rng.normal(size=2 * n).astype(np.float32))
    for fit in ("a0", "a1"):
        page.call("addColumn", f"status|{fit}", np.repeat([1, 0], [4, n - 4]).astype(np.uint8))
    page.call("addColumn", "color|class|a1", rng.integers(0, 3, n).astype(np.uint8))
    assert page.debug()["bytes"] == n * (4 + 8 + 1) + n * (1 + 8 + 2 + 1)
    assert page.uploads(lambda: page.view(coloring="predicted")) == n
    assert page.uploads(lambda: page.view(coloring="predicted")) == 0
    page.view()
    new = page.uploads(lambda: page.press("ArrowRight"))
    assert new == n * (8 + 1 + 1) + 4 * 4  # layout, status, color, and which four are labeled
    assert page.uploads(lambda: page.press("ArrowLeft")) == n * 2 + 4 * 4
    assert page.uploads(lambda: page.press("+")) == 0
    assert page.debug()["bytes"] == n * (4 + 8 + 1) + n * (1 + 8 + 2 + 1)


def test_playing_walks_to_the_end_and_says_so(opened: Opened):
    page = opened()
    stop_time(page)
    page.make()
    fill(page)
    page.call("setView", {**VIEW, "playing": True})
    page.page.clock.run_for(1300)
    assert (page.debug()["cycle"], page.debug()["playing"]) == (1, True)
    page.page.clock.run_for(1200)
    assert (page.debug()["cycle"], page.debug()["playing"]) == (2, False)
    assert page.told("play") == [{"kind": "play", "payload": {"playing": False}, "ids": []}]
    page.call("setView", {**VIEW, "cycle": 2, "serial": 2, "playing": True})  # an echo from before the end
    assert (page.debug()["cycle"], page.debug()["playing"]) == (2, False)
    page.call("setView", {**VIEW, "cycle": 2, "serial": 2, "playing": False})
    page.call("setView", {**VIEW, "cycle": 2, "serial": 2, "playing": True})  # played again: from the start
    assert (page.debug()["cycle"], page.debug()["playing"]) == (0, True)
    page.page.keyboard.press("Tab")
    page.page.locator("#map .alviz-map").press(" ")
    page.page.clock.run_for(5000)
    assert (page.debug()["cycle"], page.debug()["playing"]) == (0, False)
    assert page.told("play")[-1]["payload"] == {"playing": False}


def stop_time(page: MapPage) -> None:
    """From now on time passes only by `page.page.clock.run_for`, also for frames."""
    page.page.clock.install(time=0)
    page.page.clock.pause_at(1000)
    page.drawn = lambda: page.page.clock.run_for(40)  # type: ignore[method-assign]


# Moves


def test_a_move_is_interrupted_where_points_are_and_ends_where_the_next_one_goes(opened: Opened):
    page = opened(still=False)
    stop_time(page)
    page.make()
    fill(page)
    page.page.clock.run_for(1000)
    still = {id: page.place(id) for id in range(10)}
    clock = page.page.clock
    corner = 1  # (100, 0) at cycle 0, (0, 100) at cycle 1

    page.page.locator("#map .alviz-map").press("ArrowRight")
    clock.run_for(170)
    middle = page.place(corner)
    assert page.debug()["moving"]
    assert still[corner][0] - 20 > middle[0] > still[2][0] + 20  # on its way
    assert nearest(page.patch(corner), rgb(COLORS["light"][1])) <= 60  # and drawn there

    page.page.locator("#map .alviz-map").press("ArrowRight")
    assert page.place(corner) == pytest.approx(middle, abs=1e-3)  # goes on from here
    clock.run_for(33)
    held = page.place(corner)
    assert nearest(page.patch(corner), rgb(COLORS["light"][1])) <= 60  # the graphics card agrees
    page.page.locator("#map .alviz-map").press("ArrowLeft")
    clock.run_for(33)
    assert np.linalg.norm(np.subtract(page.place(corner), held)) < 60
    assert nearest(page.patch(corner), rgb(COLORS["light"][1])) <= 60
    page.page.locator("#map .alviz-map").press("ArrowRight")

    clock.run_for(1000)
    debug = page.debug()
    assert (debug["moving"], debug["layout"]) == (False, "layout|pca|a2")
    assert all(np.allclose(page.place(id), still[id], atol=1e-6) for id in range(10))
    assert nearest(page.patch(corner), rgb(COLORS["light"][1])) <= 24


def test_no_moves_for_those_who_asked_for_none(opened: Opened):
    page = small(opened)
    page.page.locator("#map .alviz-map").press("ArrowRight")
    assert not page.debug()["moving"]
    assert np.allclose(page.place(1)[0], page.place(0)[0])


def test_the_camera_stays_over_cycles_and_goes_home_with_another_method(opened: Opened):
    page = small(opened)
    home = page.debug()["camera"]
    page.press("+")
    page.drag([(300, 300), (340, 320), (360, 330)])
    own = page.debug()["camera"]
    assert own["scale"] == pytest.approx(1.4 * home["scale"])
    assert own["x"] == pytest.approx(home["x"] - 60 / own["scale"], rel=1e-6)
    page.press("ArrowRight")
    assert page.debug()["camera"] == own
    page.call("addColumn", "layout|tsne|a1", (SQUARE * 7 + 3).ravel())
    page.view(method="tsne", serial=1, cycle=1)
    moved = page.debug()["camera"]
    assert (moved["x"], moved["scale"]) == (pytest.approx(353), pytest.approx(home["scale"] / 7))
    for key in ("+", "r"):
        page.press(key)
    assert page.debug()["camera"] == moved
    page.press("-")
    page.page.mouse.dblclick(350, 300)
    page.drawn()
    assert page.debug()["camera"] == moved


def test_home_shows_every_point_at_one_scale(opened: Opened):
    page, xy, ids = cloud(opened)
    box = page.page.locator(".alviz-map-stage").bounding_box()
    places = np.array(
        [page.place(int(id)) for id, point in zip(ids[:400], xy[:400], strict=True) if point[0] == point[0]]
    )
    assert (places > [box["x"], box["y"]]).all()
    assert (places < [box["x"] + box["width"], box["y"] + box["height"]]).all()
    known = xy[:400][np.isfinite(xy[:400, 0])]
    scale = page.debug()["camera"]["scale"]
    assert np.allclose(places[1:] - places[0], (known[1:] - known[0]) * [scale, -scale], atol=1e-3)


def test_the_wheel_zooms_around_the_pointer_only_when_asked(opened: Opened):
    page = small(opened)
    page.page.evaluate("document.getElementById('rest').style.height = '3000px'")
    spot = page.place(6)
    page.page.mouse.move(*spot)
    scale = page.debug()["camera"]["scale"]
    page.page.mouse.wheel(0, 100)
    page.page.wait_for_function("scrollY > 0")
    assert page.debug()["camera"]["scale"] == scale
    assert page.page.locator(".alviz-map-hint").is_visible()
    page.page.evaluate("scrollTo(0, 0)")
    page.page.locator("#map .alviz-map").focus()
    page.page.mouse.wheel(0, -100)
    page.page.wait_for_function(
        "before => document.getElementById('map').alvizMap.debug().camera.scale > before", arg=scale
    )
    assert page.page.evaluate("scrollY") == 0
    assert np.allclose(page.place(6), spot, atol=1)  # a wheel tells whole pixels


# Touching points


def test_hover_and_click_tell_the_right_point(opened: Opened):
    page, xy, ids = cloud(opened)
    far = int(np.nanargmax(xy[:, 0]))  # nothing lies on it
    page.hover(int(ids[far]))
    assert page.debug()["hovered"] == ids[far]
    page.page.mouse.click(*page.place(int(ids[far])))
    assert page.debug()["selected"] == ids[far]
    page.drawn()
    assert nearest(page.patch(int(ids[far]), 14), (0x0B, 0x72, 0x85)) <= 24  # a ring in the accent color
    page.page.mouse.click(20, page.place(int(ids[far]))[1])
    assert page.debug()["selected"] is None
    assert [each["payload"]["id"] for each in page.told("select")] == [ids[far], None]


def test_every_point_is_the_nearest_to_its_own_place(opened: Opened):
    page = small(opened)
    for id in range(10):
        page.hover(id)
        assert page.debug()["hovered"] == id


def test_facts_are_local_at_once_and_the_hosts_when_they_come(opened: Opened):
    page = small(opened)
    card = page.page.locator(".alviz-map-tooltip")
    page.hover(4)
    assert card.inner_text().split("\n") == ["id 4 true class bee", "picked 1st by margin"]
    page.page.wait_for_function("asked.length === 1")
    page.hover(8)
    page.page.wait_for_function("asked.length === 2")
    assert page.asked("facts") == [{"id": 4, "branch": 0, "cycle": 0}, {"id": 8, "branch": 0, "cycle": 0}]
    page.answer("facts", 0, "{ title: 'id 4', lines: [['too late', '']], image: null, ink: false }")
    page.drawn()
    assert card.inner_text() == "id 8 true class cat"
    stream = io.BytesIO()
    Image.new("L", (8, 8), 200).save(stream, "PNG")
    image = MapPage.pack(np.frombuffer(stream.getvalue(), np.uint8))["text"]
    page.answer(
        "facts",
        1,
        "{ title: 'id 8', lines: [['<i>a</i>', 'soft'], ['b', '']], ink: true,"
        f" image: typed('Uint8Array', '{image}') }}",
    )
    page.page.wait_for_function("document.querySelector('.alviz-map-picture').naturalWidth === 8")
    assert card.inner_text().split("\n") == ["id 8 <i>a</i>", "b"]
    assert "invert(1)" in page.page.locator(".alviz-map-picture").evaluate("each => getComputedStyle(each).filter")
    page.call("setCatalog", catalog(10))  # something else may be said of points now
    page.page.wait_for_function("asked.length === 3")
    page.answer("facts", 0, "{ title: 'nobody waits', lines: [] }")
    page.answer("facts", 2, "{ title: 'id 8', lines: [['new', '']], image: null, ink: false }")
    page.page.wait_for_function("document.querySelector('.alviz-map-tooltip').innerText.includes('new')")
    page.hover(4)
    page.page.wait_for_function("asked.length === 4")
    page.answer("facts", 3, "{ title: 'id 4', lines: [['four', '']], image: null, ink: false }")
    page.page.wait_for_function("document.querySelector('.alviz-map-tooltip').innerText.includes('four')")
    page.hover(8)  # known by now
    assert card.inner_text().split("\n") == ["id 8", "new"]
    assert len(page.asked("facts")) == 4
    page.page.mouse.move(page.place(8)[0] + 30, page.place(8)[1])
    assert card.is_hidden()


def test_a_host_that_fails_leaves_the_local_facts(opened: Opened):
    page = small(opened)
    page.hover(4)
    page.page.wait_for_function("asked.length === 1")
    page.page.evaluate("asked[0].reject(new Error('the kernel is gone'))")
    page.drawn()
    assert page.page.locator(".alviz-map-tooltip").inner_text().startswith("id 4")
    page.hover(8)
    page.hover(4)
    page.page.wait_for_function("asked.filter(each => each.question.id === 4).length === 2")  # asked again


@pytest.mark.parametrize("key", ["l", None], ids=["mode", "button"])
def test_a_lasso_tells_exactly_the_points_inside(opened: Opened, key: str | None):
    page, xy, ids = cloud(opened)
    if key:
        page.press(key)
    else:
        page.button("lasso").click()
    assert page.button("lasso").get_attribute("aria-pressed") == "true"
    angle = np.linspace(0, 4 * np.pi, 90)  # a spiral: it crosses itself
    path = np.column_stack([330 + (60 + 12 * angle) * np.cos(angle), 290 + (40 + 12 * angle) * np.sin(1.5 * angle)])
    page.drag([tuple(point) for point in path.tolist()])
    (told,) = page.told("lasso")
    polygon = told["payload"]["polygon"]
    assert told["payload"]["shape"] == "lasso"
    assert len(polygon) >= len(path)
    expected = inside(xy, polygon)
    assert 200 < expected.sum() < 2500
    assert set(told["ids"][0]) == set(ids[expected].tolist())
    assert told["payload"]["n"] == len(told["ids"][0]) == expected.sum()
    page.press("Escape")
    assert page.debug()["mode"] == ""
    assert len(page.told("clear")) == 1


def test_a_box_by_shift_catches_only_shown_points(opened: Opened):
    page, xy, ids = cloud(opened)
    page.button("bee").click()
    page.page.keyboard.down("Shift")
    page.drag([(200, 180), (300, 250), (480, 400)])
    page.page.keyboard.up("Shift")
    (told,) = page.told("lasso")
    polygon = told["payload"]["polygon"]
    assert told["payload"]["shape"] == "box"
    assert len({x for x, _ in polygon}) == len({y for _, y in polygon}) == 2
    expected = inside(xy, polygon) & (np.arange(3000) % 3 != 1)
    assert expected.sum() > 100
    assert set(told["ids"][0]) == set(ids[expected].tolist())
    assert page.debug()["mode"] == ""


def test_hidden_classes_are_not_there(opened: Opened):
    page = small(opened)
    spot = page.place(3)  # an ant
    page.button("ant").click()
    page.drawn()
    assert page.told("hide") == [{"kind": "hide", "payload": {"coloring": "class", "codes": [0]}, "ids": []}]
    debug = page.debug()
    assert debug["hidden"] == [0]
    assert (debug["drawn"]["hidden"], debug["drawn"]["unlabeled"], debug["drawn"]["labeled"]) == (4, 5, 1)
    assert page.color(*spot) == GROUND["light"]
    page.page.mouse.move(*spot)
    assert page.debug()["hovered"] is None
    assert page.button("ant").get_attribute("aria-pressed") == "false"
    page.view(coloring="predicted")  # hidden there is something else
    assert page.debug()["hidden"] == []
    page.view()
    page.button("show all").click()
    page.drawn()
    assert page.debug()["hidden"] == []
    assert page.color(*spot) != GROUND["light"]
    assert page.button("show all").count() == 0


def test_edges_of_the_selected_or_else_the_hovered_point(opened: Opened):
    page = small(opened)
    page.view(edges=True)
    page.hover(8)
    page.page.wait_for_function("asked.some(each => each.kind === 'neighbors')")
    page.page.mouse.click(*page.place(4))
    page.page.wait_for_function("asked.filter(each => each.kind === 'neighbors').length === 2")
    assert [each["id"] for each in page.asked("neighbors")] == [8, 4]
    page.answer("neighbors", 0, "{ ids: new Uint32Array([1]) }")  # too late
    page.drawn()
    assert page.debug()["drawn"]["edges"] == 0
    page.answer("neighbors", 1, "{ ids: new Uint32Array([2, 3, 5, 99]) }")  # 99 is not on the map
    page.page.wait_for_function("document.getElementById('map').alvizMap.debug().drawn.edges === 3")
    (ax, ay), (bx, by) = page.place(4), page.place(3)
    x, y = 0.8 * np.array([bx, by]) + 0.2 * np.array([ax, ay])
    around = np.array([page.color(x + k, y) for k in range(-2, 3)])
    assert nearest(around, mixed((0x0B, 0x72, 0x85), GROUND["light"], 0.55)) <= 40
    page.view(edges=False)
    assert page.debug()["drawn"]["edges"] == 0
    assert np.array([page.color(x + k, y) for k in range(-2, 3)]).min() == 255


# Keys and words


def test_keys_are_the_maps_alone(opened: Opened):
    page = small(opened)
    page.page.evaluate("""() => {
      window.escaped = [];
      document.addEventListener('keydown', event => escaped.push([event.key, event.defaultPrevented]));
    }""")
    for key in ("ArrowRight", "ArrowLeft", "s", "S", "l", "b", "r", "+", "=", "-", "Escape", " "):
        page.press(key)
    assert page.page.evaluate("escaped.filter(([key]) => key !== 'Shift')") == []
    for key in ("Control+s", "x", "Control+ArrowLeft"):
        page.press(key)
    assert page.page.evaluate("escaped.map(([key, prevented]) => key + prevented)") == [
        "Controlfalse", "sfalse", "xfalse", "Controlfalse", "ArrowLeftfalse",
    ]  # fmt: skip
    assert len(page.told("step")) == 2
    assert page.told("clear") != []
    assert page.told("play")[-1]["payload"] == {"playing": True}
    page.press("b")
    assert page.debug()["mode"] == "box"
    page.press("l")
    assert page.debug()["mode"] == "lasso"
    page.press("l")
    assert page.debug()["mode"] == ""


def test_what_is_shown_is_said(opened: Opened):
    page = small(opened)
    root = page.page.locator("#map .alviz-map")
    assert (root.get_attribute("role"), root.get_attribute("tabindex")) == ("application", "0")
    label = "Selection map of margin. PCA of cycle 0. cycle 0 of 2: 2 labeled, 1 picked by margin"
    assert root.get_attribute("aria-label") == label
    live = page.page.locator("[aria-live=polite]")
    assert live.inner_text() == ""
    page.press("ArrowRight")
    assert live.inner_text() == "cycle 1 of 2: 3 labeled, 1 picked by margin"
    page.press("Tab")
    page.page.keyboard.press("Shift+Tab")
    ring = root.evaluate("each => getComputedStyle(each, '::after').borderTopColor")
    assert ring == "rgb(11, 114, 133)"


def test_the_legend_is_walked_by_keys(opened: Opened):
    page = small(opened)
    page.page.locator("#map .alviz-map").focus()
    page.page.keyboard.press("Tab")
    assert page.page.evaluate("document.activeElement.textContent") == "ant"
    page.page.keyboard.press("ArrowDown")
    page.page.keyboard.press("End")
    assert page.page.evaluate("document.activeElement.textContent") == "cat"
    page.page.keyboard.press("ArrowUp")
    page.page.keyboard.press(" ")
    assert page.debug()["hidden"] == [1]
    assert page.told("play") == []
    page.page.keyboard.press("ArrowRight")
    assert page.debug()["cycle"] == 1


# One context


def test_twelve_maps_share_one_context_and_none_is_lost(opened: Opened):
    page = opened(module=False)
    page.page.evaluate("""() => {
      window.contexts = 0;
      const plain = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        window.contexts += kind.startsWith('webgl');
        return plain.call(this, kind, ...more);
      };
    }""")
    for k in range(12):
        page.page.evaluate(
            "id => document.body.insertAdjacentHTML('beforeend', `<div id=${id} class=box></div>`)",
            f"m{k}",
        )
        page.load()  # every widget evaluates the module again
        page.make(f"m{k}", theme=["light", "dark"][k % 2])
        fill(page, element=f"m{k}")
    assert page.page.evaluate("contexts") == 1
    page.call("setTheme", "dark", element="m0")
    page.view(element="m2", serial=1, cycle=1)
    page.drawn()
    for k in range(12):
        theme = "dark" if k == 0 else ["light", "dark"][k % 2]
        debug = page.debug(f"m{k}")
        assert debug["contexts"] == {"live": 1, "lost": 0, "restored": 0}
        picked = 5 if k == 2 else 4
        page.page.locator(f"#m{k}").scroll_into_view_if_needed()
        assert page.color(*page.place(picked, f"m{k}"), element=f"m{k}") == rgb(COLORS[theme][picked % 3])


def test_a_lost_context_comes_back_with_everything(opened: Opened):
    page = small(opened)
    page.page.evaluate("""() => {
      document.body.insertAdjacentHTML('beforeend', "<div id=other style='width:360px;height:320px'></div>");
      window.shared = globalThis[Symbol.for('alviz.gl.1')];
      window.loss = shared.gl.getExtension('WEBGL_lose_context');
    }""")
    page.make("other", "dark")
    fill(page, element="other")
    page.page.evaluate("loss.loseContext()")
    page.page.wait_for_function("shared.lost === 1")
    assert page.debug()["contexts"] == {"live": 0, "lost": 1, "restored": 0}
    assert page.color(*page.place(4)) == rgb(COLORS["light"][1])  # the last picture stays
    page.press("ArrowRight")  # a step meanwhile is no error
    page.call("setTheme", "dark")
    page.page.evaluate("loss.restoreContext()")
    page.page.wait_for_function("shared.restored === 1")
    page.drawn()
    assert page.debug()["contexts"] == {"live": 1, "lost": 1, "restored": 1}
    assert page.color(*page.place(5)) == rgb(COLORS["dark"][2])
    assert page.color(*page.place(4, "other"), element="other") == rgb(COLORS["dark"][1])
    assert nearest(page.patch(1), rgb(COLORS["dark"][1])) <= 24


def test_a_destroyed_map_leaves_nothing(opened: Opened):
    page = small(opened)
    page.page.evaluate("window.kept = document.getElementById('map').alvizMap")
    page.press("ArrowRight")
    page.call("destroy")
    page.drawn()
    assert page.page.evaluate("document.getElementById('map').childElementCount") == 0
    assert page.page.evaluate("document.getElementById('map').alvizMap") is None
    assert page.page.evaluate("globalThis[Symbol.for('alviz.gl.1')].clients.size") == 0
    assert page.page.evaluate("globalThis[Symbol.for('alviz.gl.1')].gl.getError()") == 0
    fill_again = small(opened)
    assert fill_again.debug()["contexts"]["live"] == 1


def test_without_webgl2_one_sentence_and_no_error(opened: Opened):
    page = opened()
    page.page.evaluate("""() => {
      const plain = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        return kind === 'webgl2' ? null : plain.call(this, kind, ...more);
      };
    }""")
    page.make()
    fill(page)
    page.press("ArrowRight")
    page.call("setTheme", "dark")
    page.call("resize")
    page.view(edges=True, selected=3, serial=9, cycle=2)
    page.press("+")
    assert page.page.locator("#map").inner_text().count("This browser has no WebGL2: ") == 1
    assert page.told("unsupported") == [{"kind": "unsupported", "payload": {}, "ids": []}]
    debug = page.debug()
    assert (debug["unsupported"], debug["contexts"]["live"], debug["cycle"]) == (True, 0, 2)
    assert page.call("place", 4) is None
    page.call("destroy")


def test_device_pixels_are_honored_also_when_they_change(opened: Opened):
    page = small(opened, ratio=2)
    sizes = "[...document.querySelectorAll('.alviz-map-stage canvas')].map(each => each.width / each.clientWidth)"
    assert page.page.evaluate(sizes) == [2, 2, 2]
    assert page.color(*page.place(4)) == rgb(COLORS["light"][1])
    at = np.array(page.place(4))
    page.page.context.new_cdp_session(page.page).send(
        "Emulation.setDeviceMetricsOverride", {"width": 1001, "height": 800, "deviceScaleFactor": 1.5, "mobile": False}
    )
    page.page.wait_for_function(f"({sizes}).every(ratio => Math.abs(ratio - 1.5) < 0.01)")
    page.drawn()
    assert np.allclose(page.place(4), at)
    assert page.color(*page.place(4)) == rgb(COLORS["light"][1])
    assert nearest(page.patch(1), rgb(COLORS["light"][1])) <= 24


def test_the_picture_follows_the_size_of_its_element(opened: Opened):
    page = small(opened)
    page.page.evaluate("Object.assign(document.getElementById('map').style, { width: '400px', height: '300px' })")
    page.page.wait_for_function("document.querySelector('.alviz-map-stage canvas').width === 400")
    page.drawn()
    assert page.place(1)[0] < 400
    assert page.color(*page.place(4)) == rgb(COLORS["light"][1])
    page.page.evaluate("document.getElementById('map').style.display = 'none'")
    page.view(serial=1, cycle=1)
    page.page.evaluate("document.getElementById('map').style.display = ''")
    page.drawn()
    page.drawn()
    assert page.color(*page.place(5)) == rgb(COLORS["light"][2])


# Bad and late data


def test_what_is_late_is_neutral_and_appears(opened: Opened):
    page = opened()
    page.make()
    page.call("setCatalog", catalog(10))
    page.view()
    page.call("addIds", np.arange(6, dtype=np.uint32))
    page.view()
    assert page.page.locator(".alviz-map-empty").inner_text() == "The map of this cycle is not there yet."
    page.call("addColumn", "layout|pca|a0", SQUARE[:6].ravel())
    page.drawn()
    assert page.debug()["drawn"]["unlabeled"] == 6
    grey = mixed(UNKNOWN, GROUND["light"], 0.42)
    assert np.abs(np.array(page.color(*page.place(4))) - grey).max() <= 3
    page.call("addColumn", "color|class|a0", np.arange(4, dtype=np.uint8) % 3)  # made before two more came
    page.call("addIds", np.arange(6, 10, dtype=np.uint32))
    page.drawn()
    assert page.debug()["drawn"]["unlabeled"] == 6
    assert page.call("place", 8) is None
    assert np.abs(np.array(page.color(*page.place(4))) - grey).max() <= 3
    page.call("addColumn", "layout|pca|a0", SQUARE.ravel())
    page.call("addColumn", "status|a0", np.ones(1, np.uint8))
    page.call("addColumn", "picks|a0|margin", np.array([9, 77], np.uint32))  # 77 is not on this map
    page.drawn()
    debug = page.debug()
    assert (debug["drawn"]["unlabeled"], debug["drawn"]["labeled"], debug["drawn"]["marks"]) == (9, 1, {"margin": 1})
    assert np.abs(np.array(page.color(*page.place(9))) - UNKNOWN).max() <= 1
    page.press("ArrowRight")  # nothing of this cycle is there: the layout stays, the rest is neutral
    debug = page.debug()
    assert (debug["cycle"], debug["layout"]) == (1, "layout|pca|a0")
    assert (debug["drawn"]["unlabeled"], debug["drawn"]["labeled"], debug["drawn"]["marks"]) == (10, 0, {"margin": 0})


@pytest.mark.parametrize(
    ("points", "placed"),
    [
        (np.array([[3.5, -2]]), 1),
        (np.full((5, 2), 7.25), 5),
        (np.full((5, 2), np.nan), 0),
        (np.array([[0, 0], [np.inf, 0], [0, np.nan], [1, 1]]), 2),
        (np.array([[0.0, 5], [1, 5], [2, 5]]), 3),
        (np.array([[1e30, 0], [-1e30, 1], [0, 2]]), 3),
        (np.empty((0, 2)), 0),
    ],
    ids=["one", "all equal", "nowhere", "half", "a line", "huge", "empty"],
)
def test_any_layout_can_be_drawn(opened: Opened, points: NDArray[np.float64], placed: int):
    n = len(points)
    page = opened()
    page.make()
    page.call("setCatalog", catalog(n))
    page.call("addIds", np.arange(n, dtype=np.uint32))
    page.call("addColumn", "layout|pca|a0", points.astype(np.float32).ravel())
    page.call("addColumn", "color|class|a0", np.zeros(n, np.uint8))
    page.call("addColumn", "status|a0", np.zeros(n, np.uint8))
    page.call("addColumn", "mystery|of|another", np.arange(3, dtype=np.uint16))
    page.view()
    assert page.debug()["drawn"]["unlabeled"] == placed
    assert "mystery|of|another" in page.debug()["columns"]
    assert page.page.locator(".alviz-map-empty").is_visible() == (placed == 0)
    page.press("+")
    page.press("l")
    page.drag([(100, 100), (600, 100), (600, 480), (100, 480)])
    assert 0 <= page.told("lasso")[0]["payload"]["n"] <= placed
    if placed:
        page.press("r")
        page.press("Escape")
        page.hover(0)
        assert page.debug()["hovered"] is not None
    assert page.page.evaluate("globalThis[Symbol.for('alviz.gl.1')].gl.getError()") == 0


HOSTILE = [
    "<img src=x onerror=\"document.title='owned'\">", "O'Brien \"&amp;\" <b>", "🦊 fox", "עברית (RTL)",
    "a\nb\t c", "", "x" * 300,
]  # fmt: skip


def test_text_from_data_is_text(opened: Opened):
    page = opened()
    page.make()
    names = catalog(7)
    names["palettes"]["classes"] = {
        "kind": "classes",
        "names": HOSTILE,
        "light": ["#123456"] * 7,
        "dark": ["#123456"] * 7,
    }
    names["branches"] = [HOSTILE[0]]
    names["marks"] = [[[{"name": name, "key": "picks", "preview": True} for name in HOSTILE[:4]]] * 3]
    page.call("setCatalog", names)
    page.call("addIds", np.arange(7, dtype=np.uint32))
    page.call("addColumn", "layout|pca|a0", SQUARE[:7].ravel(), {"head": HOSTILE[0], "right": HOSTILE[1]})
    page.call("addColumn", "color|class|a0", np.arange(7, dtype=np.uint8))
    page.call("addColumn", "picks", np.array([2], np.uint32))
    page.view(notice=HOSTILE[3])
    page.hover(2)
    assert page.page.locator(".alviz-map-chip bdi").all_text_contents() == HOSTILE
    assert page.page.locator(".alviz-map-key button bdi").all_text_contents() == HOSTILE[:4]
    assert page.page.locator(".alviz-map-head span").all_text_contents() == [HOSTILE[0], HOSTILE[3]]
    assert "🦊 fox" in page.page.locator(".alviz-map-tooltip").inner_text()
    assert page.page.locator("#map img").count() == 1  # the card's own
    assert page.page.locator("#map b").count() == 1
    assert page.page.title() == ""
    stage = page.page.locator(".alviz-map-stage").bounding_box()
    assert stage["height"] > 300
    assert page.page.locator("#map .alviz-map").evaluate("each => each.scrollWidth <= each.clientWidth")


def test_a_thousand_classes(opened: Opened):
    page = opened()
    page.make()
    n = 1000
    names = catalog(n)
    colors = [f"#{(k * 7919 + 12345) % 0xFFFFFF:06x}" for k in range(n)]
    names["palettes"]["classes"] = {
        "kind": "classes",
        "names": [f"class {k}" for k in range(n)],
        "light": colors,
        "dark": colors,
    }
    page.call("setCatalog", names)
    page.call("addIds", np.arange(n, dtype=np.uint32))
    page.call("addColumn", "layout|pca|a0", np.random.default_rng(0).normal(size=2 * n).astype(np.float32))
    codes = np.arange(n, dtype=np.uint16)
    codes[500] = 65535
    page.call("addColumn", "color|class|a0", codes)
    page.call("addColumn", "picks|a0|margin", np.array([999, 500, 256], np.uint32))
    page.view()
    for id in (999, 256):
        assert nearest(page.patch(id, 2), rgb(colors[id])) <= 3
    assert nearest(page.patch(500, 2), UNKNOWN) <= 3
    legend = page.page.locator(".alviz-map-legend")
    assert legend.locator("button[aria-pressed]").count() == n
    assert 100 < legend.bounding_box()["height"] < 300
    legend.locator("button").nth(999).click()
    page.drawn()
    assert page.debug()["hidden"] == [999]
    assert page.debug()["drawn"]["hidden"] == 1
    assert page.debug()["drawn"]["marks"] == {"margin": 2}


def test_a_million_points(opened: Opened):
    page = opened()
    page.make()
    page.call("setCatalog", catalog(1_000_000))
    page.page.evaluate("""() => {
      const n = 1_000_000;
      const map = document.getElementById('map').alvizMap;
      const side = 1000;
      map.addIds(new Uint32Array(n).map((_, i) => n - 1 - i));
      map.addColumn('layout|pca|a0', new Float32Array(2 * n).map((_, k) =>
        k % 2 ? Math.floor(k / 2 / side) : (k >> 1) % side));
      map.addColumn('color|class|a0', new Uint8Array(n).map((_, i) => (i % side < side / 2 ? 0 : 1)));
      map.addColumn('picks|a0|margin', new Uint32Array([n - 1, 0]));
    }""")
    page.view()
    assert page.debug()["drawn"]["unlabeled"] == 1_000_000
    for id, color in ((999_999 - 500_250, COLORS["light"][0]), (999_999 - 500_750, COLORS["light"][1])):
        assert nearest(page.patch(id, 1), rgb(color)) <= 40  # so many that they cover the ground
    assert page.color(*page.place(999_999)) == rgb(COLORS["light"][0])
    page.press("b")
    (left, top), (right, bottom) = page.place(999_999 - 800_200), page.place(999_999 - 200_700)
    page.drag([(left, top), (left + 40, top + 40), (right, bottom)])
    (told,) = page.page.evaluate("told.filter(each => each.kind === 'lasso').map(({ payload, ids: [ids] }) => "
                                 "[payload, ids.length, Math.min(...ids.slice(0, 9))])")  # fmt: skip
    x, y = np.array(told[0]["polygon"]).T
    wide = np.ceil(x.max()) - np.ceil(x.min())
    high = np.ceil(y.max()) - np.ceil(y.min())
    assert told[1] == told[0]["n"] == wide * high
    assert told[1] > 280_000
