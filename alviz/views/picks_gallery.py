"""The picks as pictures, in the order in which they were picked or by their score."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ipywidgets as w
import numpy as np
import traitlets as t
from numpy.typing import NDArray

from alviz.figures import class_colors
from alviz.figures.palette import UNKNOWN
from alviz.scenes import Picks, Scene, wanted
from alviz.views import html
from alviz.views.controller import Controller
from alviz.views.facts import ordinal
from alviz.views.thumbnails import Thumbnails, Tiles
from alviz.views.view import View

PICKED, SCORED = "pick order", "by score"


class PicksGallery(View):
    """Pictures of what a sampler picked; alone it shows rows of them, in the explorer a strip.

    A click selects an example, and so do the arrow keys. The bar below a picture is the pick's gain where picks
    were made jointly, else its score.
    """

    def __init__(self, shown: Any, *more: Any) -> None:
        self._form = "strip" if isinstance(shown, Controller) else "grid"
        super().__init__(shown, *more)
        self.add_class("alviz-strip")
        self.add_class(f"alviz-strip-{self._form}")

    def _build(self) -> list[w.Widget]:
        controller = self.controller
        self._scene: Scene | None = None
        self._picks: Picks | None = None
        self._following = False
        self.thumbnails = Thumbnails(controller.reading, self._select, self._form)
        self.sampler = w.Dropdown(tooltip="Whose picks", layout={"width": "auto"})
        self.order = w.Dropdown(options=[PICKED, SCORED], tooltip="Order", layout={"width": "auto"})
        self.classes = w.HTML()
        choices = w.HBox([self.sampler, self.order])
        choices.add_class("alviz-choices")
        side = w.VBox([choices, self.classes])
        side.add_class("alviz-mix")
        self.sampler.observe(self._choose, "value")
        self.order.observe(self._rearrange, "value")
        t.dlink((controller.state, "selected"), (self.thumbnails, "selected"))
        controller.state.observe(self._draw, ["frame", "compared", "asking", "sampler"])
        self._show(None, None)
        self._draw()
        return [self.thumbnails, side]

    @property
    def ids(self) -> list[int]:
        """The picks in the order in which they are shown."""
        return self.thumbnails.ids

    def _select(self, id: int) -> None:
        self.controller.attempt(self.controller.select, id)

    def _choose(self, change: Any) -> None:
        if not self._following:
            with self.controller.reading():
                self._draw()

    def _rearrange(self, change: Any) -> None:
        with self.controller.reading():
            if self._picks is not None:
                self.thumbnails.arrange(*self._arrangement(self._picks))

    def _draw(self, change: Any = None) -> None:
        state = self.controller.state
        scene, picks = state.frame.scene, state.frame.picks
        self._offer(str(state.sampler.name))
        asked = self.sampler.value or ""
        if asked:
            picks = next(_picks(answer) for answer in state.compared if answer.name == asked)
        if scene is None:
            words = "Picks stand here after the first fit."
        elif state.asking and not asked:
            words = f"asking {state.sampler.name} for picks"
        else:
            words = "nothing left to pick" if len(scene.labels) >= scene.size else "no picks at this cycle"
        self.thumbnails.empty = words
        if scene is not self._scene or _other(picks, self._picks):
            self._scene, self._picks = scene, picks
            self._show(scene, picks)

    def _offer(self, chosen: str) -> None:
        """Offer the picks of the chosen sampler and of those that it is compared with, once they answered."""
        answered = [answer.name for answer in self.controller.state.compared if answer.selection is not None]
        options = [(chosen, ""), *((name, name) for name in answered)]
        self._following = True
        try:
            if list(self.sampler.options) != options:
                asked = self.sampler.value
                self.sampler.options = options
                self.sampler.value = asked if asked in answered else ""
        finally:
            self._following = False
        self.sampler.layout.display = "" if answered else "none"

    def _show(self, scene: Scene | None, picks: Picks | None) -> None:
        if scene is None or picks is None:
            self.order.layout.display = "none"
            self.thumbnails.clear()
            self.classes.value = ""
            return
        # Where one order says what the other says there is nothing to choose.
        self.order.layout.display = "" if _differ(picks) else "none"
        verb = "would be picked" if picks.preview else "picked"
        tiles = Tiles(picks.selection.ids, _titled(verb, str(picks.sampler["name"])))
        self.thumbnails.show(scene, tiles, *self._arrangement(picks))
        self.classes.value = mix(scene, picks.selection.ids)

    def _arrangement(self, picks: Picks) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the chosen order of the picks, and how long their bars are."""
        if _differ(picks) and self.order.value == SCORED:
            scores = picks.selection.scores[picks.selection.ids]
            plain = replace(picks.selection, extra={})  # by its scores alone
            return np.argsort(-scores, kind="stable"), wanted(plain)
        return np.arange(len(picks.selection)), wanted(picks.selection)


def _differ(picks: Picks) -> bool:
    """Whether picks were made in another order than that of their scores."""
    return bool((np.diff(picks.selection.scores[picks.selection.ids]) > 0).any())


def _titled(verb: str, sampler: str) -> Any:
    return lambda place: f"{verb} {ordinal(place + 1)} by {sampler}"


def _picks(answer: Any) -> Picks:
    return Picks(answer.selection, answer.sampler.config(), preview=True)


def _other(picks: Picks | None, shown: Picks | None) -> bool:
    """Whether these are other picks than those that are shown."""
    if picks is None or shown is None:
        return picks is not shown
    return picks.selection is not shown.selection or picks.preview != shown.preview


def mix(scene: Scene, ids: NDArray[np.int64]) -> str:
    """Return a bar of the classes among the picks, as HTML."""
    names = [*scene.classes, "unknown"]
    colors = [*class_colors(len(scene.classes)), UNKNOWN]  # -1 is the last
    labels, counts = np.unique(scene.truth[ids], return_counts=True)
    parts = [
        html.tag("i", style=f"flex:{count};background:{colors[label]}", title=f"{names[label]}: {count:,}")
        for label, count in zip(labels, counts, strict=True)
    ]
    words = html.soft(f"classes of the {len(ids):,} picks" if len(ids) != 1 else "class of the pick")
    return words + html.tag("div", *parts, kind="alviz-shares")
