"""A button that copies a text: the page does it, the kernel only says what."""

from __future__ import annotations

import anywidget
import traitlets as t

from alviz import web


class CopyButton(anywidget.AnyWidget):
    """Copies `text` when clicked; hidden while there is none.

    Attributes
    ----------
    text : str
    label : str
    hint : str
    """

    _esm = web.module("copy_button.js")

    text = t.Unicode("").tag(sync=True)
    label = t.Unicode("copy").tag(sync=True)
    hint = t.Unicode("").tag(sync=True)
