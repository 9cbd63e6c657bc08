"""What the kernel does in `browser.py`: the same clustered points, drawn by four libraries, in one vocabulary.

A drawing is displayed by `show()`. From the kernel `step()` recolors it and draws other picks, `move()` draws
another layout; both return the moment at which they were called. Ids that a lasso brings are in `heard`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets as t
from IPython.display import display
from numpy.typing import NDArray

CYCLES = 8
WIDTH, HEIGHT = 1000, 560
BUDGET = 100
COLORS = ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e", "#9498a0"]


class Points:
    """Ten clusters, predictions that differ a little from cycle to cycle, layouts that move a little."""

    def __init__(self, n: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        middles = np.array([[3 * np.cos(a), 3 * np.sin(a)] for a in np.linspace(0, 2 * np.pi, 11)[:-1]])
        truth = rng.integers(10, size=n)
        first = middles[truth] + rng.normal(0, 0.55, (n, 2))
        self.n = n
        self.layouts = [np.ascontiguousarray(first @ _turn(0.03 * k), dtype=np.float32) for k in range(CYCLES)]
        self.codes = [
            np.where(rng.random(n) < 0.1, rng.integers(10, size=n), truth).astype(np.uint8) for _ in range(CYCLES)
        ]
        order = rng.permutation(n)[: BUDGET * (CYCLES + 1)].astype(np.uint32)
        self.picks = [order[BUDGET * (k + 1) : BUDGET * (k + 2)] for k in range(CYCLES)]
        self.labeled = [order[: BUDGET * (k + 1)] for k in range(CYCLES)]


def _mistaken(truth: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.uint8]:
    return np.where(rng.random(len(truth)) < 0.1, rng.integers(10, size=len(truth)), truth).astype(np.uint8)


def _turn(angle: float) -> NDArray[np.float64]:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def milliseconds() -> float:
    """Return the time of day, which the page's clock is compared with."""
    return 1000 * time.time()


class Drawing:
    """One library's drawing of the points; `show()` again closes the one before."""

    by_key = False

    def __init__(self, n: int) -> None:
        self.points = Points(n)
        self.cycle = 0
        self.layout = 0
        self.shown: Any = None
        self.heard: list[tuple[float, int]] = []
        self.prepare()

    def prepare(self) -> None:
        """Do what is not timed: import, bring the data into the library's form."""

    def show(self) -> None:
        """Display a new drawing of cycle 0."""
        self.cycle = self.layout = 0
        display(self.made())

    def close(self) -> None:
        """End the drawing that was shown last."""
        if self.shown is not None:
            self.shown.close()

    def step(self) -> float:
        """Recolor and draw other picks."""
        began = milliseconds()
        self.cycle = (self.cycle + 1) % CYCLES
        self.recolor(self.cycle)
        return began

    def move(self) -> float:
        """Draw another layout."""
        began = milliseconds()
        self.layout = (self.layout + 1) % CYCLES
        self.place(self.layout)
        return began

    def hear(self, ids: Any) -> None:
        """Note when ids came, as an array."""
        self.heard.append((milliseconds(), len(np.asarray(ids))))

    def keep(self) -> None:
        """Send all cycles, so that the page can step by itself."""

    def follow(self, branch: int) -> None:
        """Have keys step through cycles of one layout (0), or of a layout each (1), from the first cycle."""

    made: Callable[[], Any]
    recolor: Callable[[int], None]
    place: Callable[[int], None]


class FloorWidget(anywidget.AnyWidget):
    """The least that draws points."""

    _esm = Path(__file__).parent / "browser_floor.js"
    size = t.List().tag(sync=True)
    look = t.List().tag(sync=True)


class Floor(Drawing):
    """Binary columns into one WebGL2 program: xy as float32 once per layout, a byte per point, ids of picks."""

    by_key = True

    def made(self) -> Any:
        radius = min(max(2.35 * (2000 / self.points.n) ** 0.22, 0.8), 2.35)  # as the selection map draws them
        self.shown = FloorWidget(size=[WIDTH, HEIGHT - 90], look=[2 * radius + 2, 0.42])
        self.shown.on_msg(self._ready)
        return self.shown

    def _ready(self, *_: Any) -> None:
        self.place(0)
        self.recolor(0)

    def keep(self) -> None:
        for cycle in range(CYCLES):
            self.shown.send({"kind": "keep"}, [*self._columns(cycle), self.points.layouts[cycle].tobytes()])

    def follow(self, branch: int) -> None:
        self.shown.send({"kind": "follow", "moving": branch == 1})

    def recolor(self, cycle: int) -> None:
        self.shown.send({"kind": "show"}, self._columns(cycle))

    def place(self, layout: int) -> None:
        self.shown.send({"kind": "xy"}, [self.points.layouts[layout].tobytes()])

    def _columns(self, cycle: int) -> list[bytes]:
        return [self.points.codes[cycle].tobytes(), self.points.picks[cycle].tobytes()]


class Alviz(Drawing):
    """The selection map's page side, sent what `alviz.views.feed.Feed` sends it, in the same order."""

    by_key = True

    def prepare(self) -> None:
        from alviz.views.selection_map import MapWidget

        self._widget = MapWidget

    def made(self) -> Any:
        self._serial = self._made = 0
        self.shown = self._widget(catalog=self._catalog(), view=self._view())
        self.shown.layout.height = f"{HEIGHT}px"
        self.shown.on_msg(self._listen)
        return self.shown

    def _catalog(self) -> dict[str, Any]:
        # One branch keeps its layout from cycle to cycle, in the second every cycle has its own. The fits of the
        # third are not known to the page before: they come with a step from the kernel.
        fits = [[f"s{k}" for k in range(CYCLES)], [f"m{k}" for k in range(CYCLES)], [f"k{k}" for k in range(100)]]
        return {
            "size": self.points.n,
            "branches": ["one layout", "many layouts", "from the kernel"],
            "fits": fits,
            "labels": [[BUDGET * (k % CYCLES + 1) for k in range(len(branch))] for branch in fits],
            "marks": [
                [[{"name": "margin", "key": f"picks|{fit}|margin", "preview": False}] for fit in branch]
                for branch in fits
            ],
            "colorings": {"class": {"title": "class", "palette": "classes"}},
            "palettes": {
                "classes": {"kind": "classes", "names": [str(k) for k in range(10)], "light": COLORS, "dark": COLORS}
            },
        }

    def _view(self, branch: int = 0, cycle: int = 0, method: str = "tsne") -> dict[str, Any]:
        words = {"coloring": "class", "selected": None, "playing": False, "edges": False, "notice": ""}
        return {"serial": self._serial, "branch": branch, "cycle": cycle, "method": method, **words}

    def _column(self, key: str, column: NDArray[Any], about: dict[str, Any] | None = None) -> None:
        message = {"kind": "column", "key": key, "dtype": column.dtype.str[1:], "about": about}
        self.shown.send(message, [column.tobytes()])

    def _columns(self, fit: str, k: int) -> None:
        labeled = np.zeros(self.points.n, dtype=np.uint8)
        labeled[self.points.labeled[k]] = 1
        self._column(f"status|{fit}", labeled)
        self._column(f"picks|{fit}|margin", self.points.picks[k])
        self._column(f"color|class|{fit}", self.points.codes[k])

    def _layout(self, fit: str, k: int, method: str = "tsne") -> None:
        about = {"head": f"t-SNE of cycle {k} features", "right": f"follows cycle {k}"}
        self._column(f"layout|{method}|{fit}", self.points.layouts[k].ravel(), about)

    def _listen(self, _: Any, message: dict[str, Any], buffers: list[memoryview]) -> None:
        match message["kind"]:
            case "hello":
                self._column("ids", np.arange(self.points.n, dtype=np.uint32), {"start": 0})
                self._columns("s0", 0)
                self._layout("s0", 0)
            case "go":
                self._serial = message["serial"]
                self.shown.view = self._view(message["branch"], message["cycle"])
            case "lasso":
                self.hear(np.sort(np.frombuffer(buffers[0], dtype=np.uint32)).astype(np.int64))

    def keep(self) -> None:
        for k in range(CYCLES):
            self._columns(f"s{k}", k)
            self._columns(f"m{k}", k)
            self._layout(f"m{k}", k)

    def follow(self, branch: int) -> None:
        self.shown.view = self._view(branch)

    def recolor(self, cycle: int) -> None:
        self._made += 1
        self._columns(f"k{self._made}", cycle)
        self.shown.view = self._view(2, self._made)

    def place(self, layout: int) -> None:
        fit, method = f"k{self._made}", f"tsne-{layout}"
        self._layout(fit, layout, method)
        self.shown.view = self._view(2, self._made, method)


class JupyterScatter(Drawing):
    """jupyter-scatter, without axes; the picks are its selection."""

    def prepare(self) -> None:
        import jscatter
        import pandas as pd

        self._library = jscatter
        frame = {f"c{k}": pd.Categorical(codes, categories=range(10)) for k, codes in enumerate(self.points.codes)}
        for k, xy in enumerate(self.points.layouts):
            frame |= {f"x{k}": xy[:, 0], f"y{k}": xy[:, 1]}
        self._frame = pd.DataFrame(frame)

    def made(self) -> Any:
        self._scatter = self._library.Scatter(
            data=self._frame,
            x="x0",
            y="y0",
            color_by="c0",
            color_map=COLORS,
            opacity=0.42,
            size=3,
            height=HEIGHT,
            axes=False,
        )
        self._scatter.options(transition_points=False)
        self._scatter.selection(self.points.picks[0])
        self._scatter.lasso(on_long_press=False, initiator=False)
        self.shown = self._scatter.widget
        self.shown.mouse_mode = "lasso"
        self.shown.observe(lambda change: self.hear(change.new), "selection")
        return self._scatter.show(buttons=[])

    def recolor(self, cycle: int) -> None:
        self._scatter.color(by=f"c{cycle}", map=COLORS)
        self._scatter.selection(self.points.picks[cycle])

    def place(self, layout: int) -> None:
        self._scatter.xy(x=f"x{layout}", y=f"y{layout}", animate=False)


class Plotly(Drawing):
    """plotly's FigureWidget with two scattergl traces: the points, and the picks on top."""

    def prepare(self) -> None:
        import plotly.graph_objects as go

        self._library = go
        self._scale = [[k / 9, color] for k, color in enumerate(COLORS)]

    def made(self) -> Any:
        go, xy = self._library, self.points.layouts[0]
        marker = {
            "color": self.points.codes[0].astype(np.float32),
            "colorscale": self._scale,
            "cmin": 0,
            "cmax": 9,
            "size": 3,
            "opacity": 0.42,
        }
        self.shown = go.FigureWidget(
            [
                go.Scattergl(x=xy[:, 0], y=xy[:, 1], mode="markers", marker=marker),
                go.Scattergl(x=[], y=[], mode="markers", marker={"size": 11, "symbol": "diamond", "color": "black"}),
            ],
            {"height": HEIGHT, "dragmode": "lasso", "showlegend": False, "margin": dict.fromkeys("lrtb", 20)},
        )
        self._mark(0)
        self.shown.data[0].on_selection(lambda trace, points, selector: self.hear(points.point_inds))
        return self.shown

    def _mark(self, cycle: int) -> None:
        xy = self.points.layouts[self.layout][self.points.picks[cycle]]
        self.shown.data[1].update(x=xy[:, 0], y=xy[:, 1])

    def recolor(self, cycle: int) -> None:
        with self.shown.batch_update():
            self.shown.data[0].marker.color = self.points.codes[cycle].astype(np.float32)
            self._mark(cycle)

    def place(self, layout: int) -> None:
        xy = self.points.layouts[layout]
        with self.shown.batch_update():
            self.shown.data[0].update(x=xy[:, 0], y=xy[:, 1])
            self._mark(self.cycle)


DRAWINGS = {"floor": Floor, "alviz": Alviz, "jupyter-scatter": JupyterScatter, "plotly": Plotly}
