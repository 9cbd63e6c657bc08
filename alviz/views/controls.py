"""Controls made from what a sampler says of its parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, fields
from html import escape
from typing import Any

import ipywidgets as w

from alviz.samplers import Sampler
from alviz.views import html

# Bounds of controls whose parameter has none.
_FAR = 1e9


class Controls:
    """A row per parameter.

    Parameters
    ----------
    sampler : Sampler
    changed : callable
        Called with (name, value) when a person changes one.
    """

    def __init__(self, sampler: Sampler, changed: Callable[[str, Any], None]) -> None:
        self.kind = type(sampler)
        self._changed = changed
        self._following = False
        self.inputs = {f.name: _control(f, getattr(sampler, f.name)) for f in fields(sampler)}
        self.rows = []
        for f in fields(sampler):
            control = self.inputs[f.name]
            control.observe(lambda change, name=f.name: self._tell(name, change.new), "value")
            control.tooltip = f.metadata.get("help", "")
            label = w.HTML(html.tag("span", escape(_words(f.name)), title=str(f.metadata.get("help", ""))))
            row = w.HBox([label, control])
            row.add_class("alviz-row")
            self.rows.append(row)

    def follow(self, sampler: Sampler) -> None:
        """Show the values of a sampler of the same kind."""
        self._following = True
        try:
            for name, control in self.inputs.items():
                value = getattr(sampler, name)
                if not isinstance(control, w.HTML):
                    control.value = value
        finally:
            self._following = False

    def _tell(self, name: str, value: Any) -> None:
        if not self._following:
            self._changed(name, value)


def _control(f: Field[Any], value: Any) -> w.Widget:
    """Return what fits a parameter: a list, a tick, a number, or its text where it cannot be changed here."""
    low, high, step = (f.metadata.get(key) for key in ("low", "high", "step"))
    bounds = {"min": -_FAR if low is None else low, "max": _FAR if high is None else high}
    choices = f.metadata.get("choices")
    if choices is not None and value in choices:
        return w.Dropdown(options=[(str(choice), choice) for choice in choices], value=value)
    if isinstance(value, bool):
        return w.Checkbox(value, indent=False)
    if isinstance(value, int):
        whole = {key: int(bound) for key, bound in bounds.items()}
        return w.BoundedIntText(value, **whole, step=int(step or 1))
    if isinstance(value, float):
        return w.BoundedFloatText(value, **bounds, step=step)
    return w.HTML(html.soft(str(value)))


def _words(name: str) -> str:
    return {"lam": "λ, unlabeled", "lr": "learning rate"}.get(name, name.replace("_", " "))
