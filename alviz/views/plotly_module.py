"""plotly's JavaScript module, sent to a page once: five megabytes that a FigureWidget would bring along each.

A page keeps the module as a promise on `globalThis`, by plotly's version. Whoever comes first, a figure or this
module's widget, puts the promise there; all figures of the page wait for it, of whatever notebook they are.
"""

from __future__ import annotations

import gzip
import json
import threading
from typing import Any

import anywidget
import plotly
import plotly.graph_objects as go

# The head of each script that waits for plotly or brings it.
SHELF = """
const shelf = (globalThis[Symbol.for("alviz.plotly " + VERSION)] ??= (() => {
  const made = { asked: false, there: false };
  made.module = new Promise((put, refuse) => Object.assign(made, { put, refuse }));
  made.module.catch(() => {}); // whoever waits for it says so
  return made;
})());
""".replace("VERSION", json.dumps(plotly.__version__))

_SCRIPT = """
// How long the kernel of another notebook, asked before, is waited for.
const PATIENCE = 10_000;

async function ask(model) {
  if (shelf.asked) await Promise.race([shelf.module, new Promise(resolve => setTimeout(resolve, PATIENCE))]);
  if (shelf.there) return;
  shelf.asked = true;
  model.send({ ask: "plotly" });
}

async function take(packed) {
  if (shelf.there) return;
  try {
    const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const text = await new Response(plain).text();
    const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const module = await import(address);
    URL.revokeObjectURL(address);
    shelf.there = true;
    shelf.put(module);
  } catch (error) {
    console.error("plotly's module could not be loaded", error);
    shelf.refuse(error);
  }
}

function initialize({ model }) {
  model.on("msg:custom", (content, buffers) => {
    if (content.answer === "plotly") take(buffers[0]);
  });
  ask(model).catch(() => {}); // the figures tell
}

export default { initialize };
"""


class PlotlyModule(anywidget.AnyWidget):
    """Brings plotly's module to pages that ask for it; it is never displayed.

    A page that is loaded again asks again, since it restores this widget with all others.
    """

    _esm = SHELF + _SCRIPT

    def __init__(self) -> None:
        super().__init__()
        self.on_msg(self._answer)

    def _answer(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("ask") == "plotly":
            text = str(go.FigureWidget._esm).encode("utf-8")
            self.send({"answer": "plotly"}, [gzip.compress(text, compresslevel=4, mtime=0)])


_making = threading.Lock()
_made: list[PlotlyModule] = []


def plotly_module() -> PlotlyModule:
    """Return this kernel's one; a new one where `ipywidgets.Widget.close_all` has closed it."""
    with _making:
        if not _made or _made[0].comm is None:
            _made[:] = [PlotlyModule()]
        return _made[0]
