"""Pictures of examples side by side: a widget that sends what is looked at, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import anywidget
import numpy as np
import traitlets as t
from numpy.typing import NDArray

from alviz import web
from alviz.figures import class_colors
from alviz.figures.palette import UNKNOWN
from alviz.scenes import Scene
from alviz.views import sprites

# Pictures in one message: from memory, and from files that are decoded one by one.
_CHUNK, _CHUNK_OF_FILES = 48, 8


@dataclass(frozen=True, eq=False)
class Tiles:
    """What is shown side by side.

    Attributes
    ----------
    ids : ndarray of int64, (k,)
        Pool rows.
    title : callable
        ``title(i)``: what a tooltip says of the i-th beside its id.
    captions : tuple of str
        A word below each; none at all by default.
    """

    ids: NDArray[np.int64]
    title: Callable[[int], str]
    captions: tuple[str, ...] = ()


class Thumbnails(anywidget.AnyWidget):
    """A button per example: picture, class, and a bar. Only those in sight are in the page.

    The page asks for the pictures that it lacks by their place in `Tiles`; those that are seen first go along.

    Parameters
    ----------
    lock : callable
        Returns the lock, as a context manager, under which views draw.
    chosen : callable
        Called with the id that was clicked.
    form : {"strip", "grid"}
        One row, or as many as it takes.
    empty : str
        What is said where there is nothing to show.
    """

    _esm = web.module("thumbnails.js")

    form = t.Enum(("strip", "grid"), "strip").tag(sync=True)
    tiles = t.Dict({"count": 0}).tag(sync=True)
    order = t.Bytes(b"").tag(sync=True)
    shares = t.Bytes(b"").tag(sync=True)
    sprite = t.Bytes(b"").tag(sync=True)
    empty = t.Unicode("").tag(sync=True)
    selected = t.Int(None, allow_none=True).tag(sync=True)

    def __init__(
        self,
        lock: Callable[[], AbstractContextManager[Any]],
        chosen: Callable[[int], None],
        form: str = "strip",
        empty: str = "",
    ) -> None:
        super().__init__(form=form, empty=empty)
        self._lock = lock
        self._chosen = chosen
        self._scene: Scene | None = None
        self._shown: Tiles | None = None
        self._serial = 0
        self.on_msg(self._hear)

    @property
    def ids(self) -> list[int]:
        """The pool rows that are shown, in the order of the page."""
        if self._shown is None:
            return []
        return self._shown.ids[np.frombuffer(self.order, dtype=np.uint32)].tolist()

    def show(self, scene: Scene, tiles: Tiles, order: NDArray[Any], shares: NDArray[np.float32]) -> None:
        """Show examples; for `order` and `shares` see `arrange`."""
        self._scene, self._shown = scene, tiles
        self._serial += 1
        first = order[: self._chunk()]
        labels = scene.truth[tiles.ids]
        there, place = np.unique(labels, return_inverse=True)
        colors = [*class_colors(len(scene.classes)), UNKNOWN]  # -1 is the last
        names = [*scene.classes, "?"]
        pictured = scene.pool is not None and scene.pool.pictured
        with self.hold_sync():
            told: dict[str, Any] = {
                "serial": self._serial,
                "count": len(tiles.ids),
                "chunk": self._chunk(),
                "pictured": pictured,
                "ink": scene.pool is not None and pictured and sprites.is_ink(scene.pool),
                "ids": tiles.ids.astype(np.uint32).tobytes(),
                "classes": place.astype(np.uint16).tobytes(),
                "names": [names[label] for label in there],
                "colors": [colors[label] for label in there],
                "captions": list(tiles.captions),
                "first": first.tolist(),
                "titles": self._titles(first),
            }
            self.tiles = told
            self.sprite = self._sprite(first)
            self.arrange(order, shares)

    def arrange(self, order: NDArray[Any], shares: NDArray[np.float32]) -> None:
        """Show the same examples in another order, with other bars.

        Parameters
        ----------
        order : ndarray of int, (k,)
            Positions in what was given to `show`.
        shares : ndarray of float32, (k,)
            How long the bar below each is, 0..1, by its position in what was given to `show`; NaN for none.
        """
        with self.hold_sync():
            self.order = order.astype(np.uint32).tobytes()
            self.shares = shares.astype(np.float32).tobytes()

    def clear(self) -> None:
        """Show nothing."""
        self._scene = self._shown = None
        with self.hold_sync():
            self.tiles, self.sprite, self.order, self.shares = {"count": 0}, b"", b"", b""

    def _hear(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if "id" in content:
            self._chosen(int(content["id"]))
        elif "want" in content:
            with self._lock():
                self._answer(content)

    def _answer(self, asked: dict[str, Any]) -> None:
        """Send the pictures that a page lacks, unless something else is shown by now."""
        if self._shown is None or asked["serial"] != self._serial:
            return
        wanted = np.unique(np.asarray(asked["want"], dtype=np.int64))[: self._chunk()]
        wanted = wanted[(wanted >= 0) & (wanted < len(self._shown.ids))]
        told = {"serial": self._serial, "places": wanted.tolist(), "titles": self._titles(wanted)}
        self.send(told, [self._sprite(wanted)])

    def _titles(self, places: NDArray[np.int64]) -> list[str]:
        scene, shown = self._scene, self._shown
        if scene is None or shown is None:
            return []
        titles = []
        for place in places.tolist():
            id = int(shown.ids[place])
            parts = [f"id {id}", scene.row_name(id), shown.title(place)]
            titles.append(" · ".join(part for part in parts if part))
        return titles

    def _sprite(self, places: NDArray[np.int64]) -> bytes:
        if self._scene is None or self._shown is None or self._scene.pool is None:
            return b""
        return sprites.sprite(self._scene.pool, self._shown.ids[places])

    def _chunk(self) -> int:
        pool = None if self._scene is None else self._scene.pool
        return _CHUNK_OF_FILES if pool is not None and pool.thumbnail_paths is not None else _CHUNK
