"""A few views in one place, one of them seen at a time."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets as w


class Tabs(w.VBox):
    """Buttons with words, and below them what belongs to the pressed one.

    Parameters
    ----------
    pages : mapping of str to Widget
        In the order of the buttons; the first is seen.
    """

    def __init__(self, pages: Mapping[str, w.Widget]) -> None:
        self.pages = dict(pages)
        self.buttons = {name: w.ToggleButton(description=name) for name in self.pages}
        for name, button in self.buttons.items():
            button.observe(lambda change, name=name: self._pressed(name, change.new), "value")
        bar = w.HBox(list(self.buttons.values()))
        bar.add_class("alviz-tabs")
        super().__init__([bar, *self.pages.values()])
        self.add_class("alviz-tabbed")
        self.shown = next(iter(self.pages))
        self.show(self.shown)

    def show(self, name: str) -> None:
        """Bring one to the front."""
        self.shown = name
        for other, page in self.pages.items():
            page.layout.display = None if other == name else "none"
            self.buttons[other].value = other == name

    def _pressed(self, name: str, value: bool) -> None:
        if value and name != self.shown:
            self.show(name)
        elif not value and name == self.shown:
            self.buttons[name].value = True  # one is always pressed
