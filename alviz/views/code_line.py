"""The last line: the Python that does what was clicked, and where it is recorded."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as w

from alviz.views import html
from alviz.views.controller import Controller


class CodeLine:
    """One line of Python."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self.widget = w.HTML()
        self.widget.add_class("alviz-code")
        controller.state.observe(self._draw, ["code", "branch"])
        self._draw()

    def _draw(self, _: Any = None) -> None:
        code = self._controller.state.code or "runner = explorer.runner"
        where = html.soft(str(self._controller.branch.run.path))
        self.widget.value = html.tag("div", html.tag("code", escape(code)), where, kind="alviz-ends")
