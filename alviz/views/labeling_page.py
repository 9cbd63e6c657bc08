"""The page's side of who labels, and what it is told: all once, then only what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget

from alviz import web


class LabelingWidget(anywidget.AnyWidget):
    """Shows the example at hand, the choices and all that is asked; keys, mouse and fingers come from here."""

    _esm = web.module("labeling.js")
    _css = (Path(__file__).parent / "labeler.css").read_text(encoding="utf-8")


class Told:
    """What the pages know, by name: a part is sent again only when it is another.

    Parameters
    ----------
    widget : LabelingWidget
    """

    def __init__(self, widget: LabelingWidget) -> None:
        self._widget = widget
        self._known: dict[str, Any] = {}

    def tell(self, parts: dict[str, Any], *, all: bool = False, buffers: tuple[bytes, ...] = (), **once: Any) -> None:
        """Send the parts that changed, or all of them, and what is said only once.

        Parameters
        ----------
        parts : dict
            JSON by name.
        all : bool
            Whether the page may know nothing yet.
        buffers : tuple of bytes
        **once
            What is said beside, whatever was said before.
        """
        new = {
            name: part for name, part in parts.items() if all or name not in self._known or self._known[name] != part
        }
        self._known.update(new)
        if new or once or buffers:
            self._widget.send({"kind": "told", **new, **once}, list(buffers))

    def say(self, kind: str, buffers: tuple[bytes, ...] = (), **content: Any) -> None:
        """Send something that is no part of what is known."""
        self._widget.send({"kind": kind, **content}, list(buffers))
