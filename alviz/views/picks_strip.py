"""The strip at the bottom: the picks as images, in the order in which they were picked."""

from __future__ import annotations

from typing import Any

import anywidget
import ipywidgets as w
import numpy as np
import traitlets as t
from numpy.typing import NDArray

from alviz.figures import class_colors
from alviz.figures.palette import UNKNOWN
from alviz.scenes import Picks, Scene
from alviz.views import html
from alviz.views.controller import Controller

# More than this are not looked at one by one.
_MOST = 100

_SCRIPT = """
function render({ model, el }) {
  el.classList.add("alviz-picks");
  let address = null;
  const draw = () => {
    if (address) URL.revokeObjectURL(address);
    const { items, ink } = model.get("drawn");
    const sprite = model.get("sprite");
    address = sprite && sprite.byteLength ? URL.createObjectURL(new Blob([sprite], { type: "image/png" })) : null;
    el.replaceChildren(...items.map((item, i) => {
      const button = document.createElement("button");
      button.title = item.title;
      button.dataset.id = item.id;
      const image = document.createElement("span");
      image.className = ink ? "alviz-thumb alviz-ink" : "alviz-thumb";
      if (address) {
        image.style.backgroundImage = `url(${address})`;
        image.style.backgroundSize = `100% ${items.length * 100}%`;
        image.style.backgroundPosition = `0 ${items.length > 1 ? (100 * i) / (items.length - 1) : 0}%`;
      } else {
        image.textContent = item.id;
      }
      const name = document.createElement("b");
      name.textContent = item.name;
      name.style.color = item.color;
      const bar = document.createElement("i");
      bar.style.width = `${100 * item.share}%`;
      button.append(image, name, bar);
      button.onclick = () => model.send({ id: item.id });
      return button;
    }));
    mark();
  };
  const mark = () => {
    const id = model.get("selected");
    for (const button of el.children) button.classList.toggle("alviz-here", button.dataset.id === String(id));
  };
  model.on("change:drawn", draw);
  model.on("change:selected", mark);
  draw();
  return () => address && URL.revokeObjectURL(address);
}
export default { render };
"""


class Thumbnails(anywidget.AnyWidget):
    """A button per pick: image, class, and a bar for the score."""

    _esm = _SCRIPT
    sprite = t.Bytes(b"").tag(sync=True)
    drawn = t.Dict({"items": [], "ink": False}).tag(sync=True)
    selected = t.Int(None, allow_none=True).tag(sync=True)


class PicksStrip:
    """Thumbnails, and the share of the classes among the picks."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self.thumbnails = Thumbnails()
        self.classes = w.HTML()
        self.classes.add_class("alviz-mix")
        self.widget = w.HBox([self.thumbnails, self.classes])
        self.widget.add_class("alviz-strip")
        self.thumbnails.on_msg(self._clicked)
        t.dlink((controller.state, "selected"), (self.thumbnails, "selected"))
        controller.state.observe(self._draw, "frame")
        self._draw()

    def _clicked(self, _: Any, content: dict[str, Any], __: Any) -> None:
        self._controller.attempt(self._controller.select, int(content["id"]))

    def _draw(self, change: Any = None) -> None:
        if change is not None and change.old.picks is change.new.picks:
            return
        frame = self._controller.state.frame
        if frame.scene is None or frame.picks is None:
            self.thumbnails.drawn = {"items": [], "ink": False}
            self.classes.value = ""
            return
        self._show(frame.scene, frame.picks)

    def _show(self, scene: Scene, picks: Picks) -> None:
        ids = picks.selection.ids[:_MOST]
        colors = [*class_colors(len(scene.classes)), UNKNOWN]  # -1 is the last
        names = [*scene.classes, "?"]
        labels = scene.truth[ids]
        with self.thumbnails.hold_sync():
            sprite, ink = b"", False
            if scene.pool is not None and scene.pool.pictured and len(ids):
                images = scene.pool.thumbnails(ids)
                sprite, ink = html.png(images), html.is_ink(images)
            self.thumbnails.sprite = sprite
            items = [
                {
                    "id": int(id),
                    "name": names[label],
                    "color": colors[label],
                    "share": float(share),
                    "title": f"id {id} · {scene.row_name(id) or names[label]} · picked {place}.",
                }
                for place, (id, label, share) in enumerate(zip(ids, labels, _shares(picks), strict=False), 1)
            ]
            self.thumbnails.drawn = {"items": items, "ink": ink}
        self.classes.value = _mix(scene.truth[picks.selection.ids], names, colors)


def _shares(picks: Picks) -> NDArray[np.float32]:
    """Return how wanted each pick was, 0..1: its gain where picks are made jointly, else its score.

    A score counts from the middle of all candidates: the best of hundreds differ little from each other.
    """
    selection = picks.selection
    gain = selection.extra.get("gain")
    if gain is not None and np.shape(gain) == selection.ids.shape:
        low, high, values = 0.0, float(np.max(gain)), np.asarray(gain, dtype=np.float32)
    else:
        low, high = float(np.nanmedian(selection.scores)), float(np.nanmax(selection.scores))
        values = np.asarray(selection.scores[selection.ids])
    return ((values - low) / (high - low) if high > low else np.ones_like(values)).clip(0.04, 1)


def _mix(labels: NDArray[np.int64], names: list[str], colors: list[str]) -> str:
    """Return a bar of the classes among the picks."""
    parts = []
    for label in np.unique(labels):
        count = int((labels == label).sum())
        style = f"flex:{count};background:{colors[label]}"
        parts.append(html.tag("i", style=style, title=f"{names[label]}: {count}"))
    words = html.soft(f"{len(labels):,} picks by class")
    return words + html.tag("div", *parts, kind="alviz-shares")
