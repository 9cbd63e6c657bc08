"""The selection map beside who labels: it shows what was said meanwhile, and does not tell what would bias."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w
import numpy as np

from alviz.book import Tally
from alviz.scenes import Scene, codes, fit_name
from alviz.views import html
from alviz.views.labeling_neighbors import Near
from alviz.views.selection_map import SelectionMap

# Points up to which the colors are sent again for new labels: a byte or two each.
_MOST_TINTED = 50_000

_EMPTY = html.tag(
    "div",
    html.tag("div", "●&ensp;◆&ensp;○", kind="alviz-empty-mark"),
    html.strong("Nothing is fitted yet"),
    html.soft("The first fit draws the first map."),
)


class LabelingMap(SelectionMap):
    """A selection map that is colored by what people say, and has edges to the nearest labeled examples.

    Its tooltips tell neither the true nor the predicted class, unless that is wanted.

    Attributes
    ----------
    telling : bool
        Whether they tell.
    neighbors : callable
        ``neighbors(id)``: the nearest labeled examples, None without features.
    """

    telling = False
    neighbors: Callable[[int], Near | None] = staticmethod(lambda _: None)

    def _build(self) -> list[w.Widget]:
        self._tinted: tuple[str, int] | None = None
        children = super()._build()
        self.empty.value = _EMPTY
        return children

    def tint(self, tally: Tally) -> None:
        """Color what was labeled since the fit that is shown, where colors are classes."""
        state, points = self.controller.state, self._feed.points
        scene = state.frame.scene
        if scene is None or state.coloring != "class" or len(points) > _MOST_TINTED:
            return
        fit = fit_name(scene.run, scene.cycle)
        if self._tinted == (fit, len(tally.entries)):
            return
        self._tinted = fit, len(tally.entries)
        column = codes(scene, "class").copy()
        known = {id: label for id, label in tally.labels.items() if label < len(scene.classes)}
        column[list(known)] = list(known.values())
        self._send_column(f"color|class|{fit}", column[points], None)

    def untint(self) -> None:
        """Color anew next time: the page was reloaded."""
        self._tinted = None

    def _facts(self, scene: Scene, id: int) -> tuple[dict[str, Any], list[bytes]]:
        answer, buffers = super()._facts(scene, id)
        if not self.telling:
            answer["lines"] = [*_label(scene, id), *answer["lines"][1:]]  # the first tells classes
        return answer, buffers

    def _neighbors(self, scene: Scene, id: int) -> tuple[dict[str, Any], list[bytes]]:
        near = self.neighbors(id)
        if near is None or not len(near.ids):
            return super()._neighbors(scene, id)
        return {"ids": True}, [near.ids.astype(np.uint32).tobytes()]


def _label(scene: Scene, id: int) -> list[tuple[str, str]]:
    at = np.flatnonzero(scene.labels.ids == id)
    return [(scene.classes[scene.labels.values[at[-1]]], "soft")] if len(at) else []
