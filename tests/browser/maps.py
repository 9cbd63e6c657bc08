"""A selection map in a page, as a test sees it: what it draws, where, in which color."""

from __future__ import annotations

from typing import Any

import numpy as np
from browser.page import NotebookPage

MAP = "document.querySelectorAll('.alviz-map-widget')[{}]?.alvizMap"


class MapOnPage:
    """The `number`-th selection map of a page."""

    def __init__(self, page: NotebookPage, number: int = 0) -> None:
        self.page = page
        self._map = MAP.format(number)
        self.element = page.page.locator(".alviz-map-widget").nth(number)

    def debug(self) -> dict[str, Any]:
        return dict(self.page.page.evaluate(f"{self._map}.debug()"))

    def wait_for(self, condition: str) -> dict[str, Any]:
        """Wait until an expression of the map's ``debug()``, called ``d``, is true in the page."""
        self.page.page.wait_for_function(f"() => {{ const d = {self._map}?.debug(); return d && ({condition}); }}")
        return self.debug()

    def place(self, id: int) -> tuple[float, float]:
        """Return where on the page an example is drawn."""
        left, top = self.page.page.evaluate(f"{self._map}.place({id})")
        return left, top

    def pixel(self, x: float, y: float) -> np.ndarray:
        return np.array(self.page.page.evaluate(f"{self._map}.pixel({x}, {y})"))

    def settle(self) -> dict[str, Any]:
        """Wait until it shows what the kernel shows and nothing moves."""
        self.page.wait_for("explorer.debug()['working']", None, timeout=120)
        shown = self.page.run("explorer.debug()")
        view = shown["drawn"]["view"]
        told = f"d.branch === {view['branch']} && d.cycle === {view['cycle']} && !d.moving"
        marks = f"Object.values(d.drawn.marks).reduce((a, b) => a + b, 0) >= {len(shown['picks'])}"
        layout = f"(d.layout ?? '').startsWith('layout|{view['method']}|')"
        drawn = self.wait_for(f"{told} && {marks} && {layout} && d.drawn.labeled === {shown['labels']}")
        return {**shown, "page": drawn}

    def press(self, *keys: str) -> None:
        """Focus the map and press keys."""
        self.element.locator(".alviz-map").first.focus()
        for key in keys:
            self.page.page.keyboard.press(key)
