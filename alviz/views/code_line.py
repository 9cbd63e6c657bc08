"""The last line: the Python that does what was clicked, where it is recorded, and what can be taken along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as w

from alviz.views import html
from alviz.views.controller import Controller
from alviz.views.copy_button import CopyButton


class CodeLine:
    """One line of Python, a button that copies it, and buttons beside that.

    Parameters
    ----------
    controller : Controller
    actions : mapping of str to callable
        What further buttons are called, and what a click does; errors are shown in the line of phases.
    """

    def __init__(self, controller: Controller, actions: Mapping[str, Callable[[], Any]] | None = None) -> None:
        self._controller = controller
        self.code = w.HTML()
        self.copy = CopyButton(hint="Copy this line of Python")
        buttons = [self._button(name, action) for name, action in (actions or {}).items()]
        right = w.HBox([self.copy, *buttons])
        right.add_class("alviz-links")
        self.widget = w.HBox([self.code, right])
        self.widget.add_class("alviz-code")
        controller.state.observe(self._draw, ["code", "branch"])
        self._draw()

    def _button(self, name: str, action: Callable[[], Any]) -> w.Button:
        button = w.Button(description=name, layout={"width": "auto"})
        button.add_class("alviz-link")
        button.on_click(lambda _: self._controller.attempt(action))
        return button

    def _draw(self, _: Any = None) -> None:
        code = self._controller.state.code or "runner = explorer.runner"
        path = str(self._controller.branch.run.path)
        self.copy.text = code
        where = html.tag("span", html.tag("bdi", escape(path)), kind="alviz-soft", title=f"recorded in {path}")
        line = html.tag("code", escape(code), title=code)
        self.code.value = html.tag("div", line, where, kind="alviz-ends")
