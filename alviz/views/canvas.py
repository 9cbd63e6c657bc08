"""plotly's FigureWidget, as views use it: drawn into again and again, from one side only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import deepcopy
from typing import Any

import ipywidgets as w

# plotly asks sys.modules for pandas whenever it is given an array, and fails on one that another thread has
# half imported: the worker's libraries import it when they are first used.
import pandas  # noqa: F401
import plotly.graph_objects as go
import traitlets as t

from alviz.views.plotly_module import SHELF, PlotlyModule, plotly_module

_SCRIPT = """
// What the page would tell of drawings and of the mouse passing by: nobody in the kernel listens.
const UNHEARD_TRAITS = new Set(["_js2py_traceDeltas", "_js2py_layoutDelta", "_js2py_widget_layoutDelta"]);
const UNHEARD_EVENTS = new Set(["plotly_hover", "plotly_unhover"]);
const SLOW = 1500;

/** Without the word that stands for undefined: plotly's page keeps it as a value, and loses the one before. */
const without = value => {
  if (value === "_undefined_") return undefined;
  if (Array.isArray(value)) return value.map(without);
  if (Object.getPrototypeOf(value ?? 0) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, without(part)]));
};

/** The widget's model, as plotly's module is given it. */
class Relay {
  #model;
  #listeners = [];
  #early = [];
  #replayed = null;
  #keep = model => {
    const changed = { ...model.changed };
    if ("_widget_data" in changed) this.#early.length = 0; // all that was drawn before is in there
    else this.#early.push(changed);
  };

  constructor(model) {
    this.#model = model;
    model.on("change", this.#keep);
  }

  get(name) {
    const value = this.#replayed && name in this.#replayed ? this.#replayed[name] : this.#model.get(name);
    return name.startsWith("_py2js_") ? without(value) : value; // all else is changed in place
  }

  set(name, value) {
    if (!UNHEARD_TRAITS.has(name) && !UNHEARD_EVENTS.has(value?.event_type)) this.#model.set(name, value);
  }

  save_changes() {
    this.#model.save_changes();
  }

  on(name, call) {
    this.#listeners.push({ name, call });
    this.#model.on(name, call);
  }

  /** Start plotly's side; what was drawn before it was there is drawn now, in the same order. */
  begin(start) {
    this.#model.off("change", this.#keep);
    start();
    for (this.#replayed of this.#early) {
      for (const { name, call } of [...this.#listeners]) {
        if ((this.#replayed[name.replace("change:", "")] ?? null) !== null) call();
      }
    }
    this.#replayed = null;
  }

  /** Do something, and return what lets go of all that it listens to: plotly's views never do. */
  listening(act) {
    const before = this.#listeners.length;
    act();
    const mine = this.#listeners.slice(before);
    return () => {
      for (const { name, call } of mine) this.#model.off(name, call);
      this.#listeners = this.#listeners.filter(listener => !mine.includes(listener));
    };
  }
}

export default () => {
  let plotly;
  let relay;
  return {
    // Returns at once: anywidget gives up a model that is not there within two seconds.
    initialize({ model }) {
      relay = new Relay(model);
      const bringer = model.get("_module")?.replace("IPY_MODEL_", "");
      // Page managers that make models only when they are needed make it now.
      if (bringer) Promise.resolve(model.widget_manager?.get_model(bringer)).catch(() => {});
      plotly = shelf.module.then(async module => {
        const widget = typeof module.default === "function" ? await module.default() : module.default;
        relay.begin(() => widget.initialize({ model: relay }));
        return widget;
      });
      plotly.catch(() => {}); // the views tell
    },
    async render({ el }) {
      const late = setTimeout(() => (el.textContent = "plotly is on its way from the kernel."), SLOW);
      let widget;
      try {
        widget = await plotly;
      } catch (error) {
        el.textContent = `plotly could not be loaded: ${error.message}`;
        return undefined;
      } finally {
        clearTimeout(late);
      }
      el.textContent = "";
      let remove;
      const forget = relay.listening(() => (remove = widget.render({ model: relay, el })));
      return () => {
        forget();
        remove?.();
      };
    },
  };
};
"""


class Canvas(go.FigureWidget):
    """A FigureWidget that shares plotly's module with all others, and is only drawn into.

    plotly's own sends its JavaScript module, five megabytes, with every figure. And after each drawing its page
    reports every default and computed value, which plotly 7.1 takes while the next drawing may be under way: the
    report then holds pieces of arrays, on which it raises. Views have no use for it; clicks and zooms come by
    other messages. Where the mouse only passes is not told either.

    Parameters
    ----------
    figure : plotly Figure
    lock : callable
        Returns the lock, as a context manager, under which the views draw.
    clicked : callable, optional
        ``clicked(customdata)``: what the point that was clicked carries.
    **config
        plotly's own settings of the page's side.
    """

    _esm = SHELF + _SCRIPT
    _module = t.Instance(PlotlyModule).tag(sync=True, **w.widget_serialization)

    def __init__(
        self,
        figure: Any,
        lock: Callable[[], AbstractContextManager[Any]],
        clicked: Callable[[Any], None] | None = None,
        **config: Any,
    ) -> None:
        self._lock = lock
        self._clicked = clicked
        self._there = False
        super().__init__(figure)
        self._there = True
        self._hear_clicks()
        self._config = {"displayModeBar": False, "responsive": True, "showTips": False, **config}
        self.add_class("alviz-figure")

    @t.default("_module")
    def _default_module(self) -> PlotlyModule:
        return plotly_module()

    def draw(self, drawing: Any) -> None:
        """Show another drawing in place of the one before, all of it at once."""
        if [trace.uid for trace in self.data] != [trace.uid for trace in drawing.data]:
            self.data: Any = []
            self.add_traces(drawing.data)
            self._hear_clicks()
        with self.batch_update():
            for shown, new in zip(self.data, drawing.data, strict=True):
                shown.update(new.to_plotly_json())
            for name in drawing.layout:
                if name != "template":
                    self.layout[name] = drawing.layout[name]

    def hide(self, hidden: bool) -> None:
        """Take it from view, or show it again; plotly has taken the name by which other widgets are hidden."""
        (self.add_class if hidden else self.remove_class)("alviz-hidden")

    def _hear_clicks(self) -> None:
        if self._clicked is not None:
            for trace in self.data:
                trace.on_click(self._click)

    def _click(self, trace: Any, points: Any, _: Any) -> None:
        if self._clicked is not None and points.point_inds and trace.customdata is not None:
            self._clicked(trace.customdata[points.point_inds[0]])

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the page sends, but never while another thread draws.

        traitlets holds back and merges all notifications of a widget meanwhile: plotly sends a drawing by
        setting a trait and clearing it again, which merges to nothing, and the page would miss the drawing.
        """
        with self._lock():
            super().set_state(sync_data)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return what a page needs to show this figure as it is now.

        plotly's own returns it as it was made: a page that is loaded again would show that.
        """
        with self._lock():
            state: dict[str, Any] = super().get_state(key, drop_defaults)
            if self._there:
                for name, now in (("_widget_data", self._data), ("_widget_layout", self._layout_obj._props)):
                    if name in state:
                        state[name] = self.trait_metadata(name, "to_json")(deepcopy(now), self)
            return state

    @t.observe("_js2py_traceDeltas")
    def _handler_js2py_traceDeltas(self, change: Any) -> None:  # noqa: N802 - plotly's name
        if change.new:
            self._trace_edit_in_process = False
            self._js2py_traceDeltas = None

    @t.observe("_js2py_layoutDelta")
    def _handler_js2py_layoutDelta(self, change: Any) -> None:  # noqa: N802 - plotly's name
        if change.new:
            self._layout_edit_in_process = False
            self._js2py_layoutDelta = None
