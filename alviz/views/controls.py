"""Controls made from what a sampler says of its parameters."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from html import escape
from typing import Any

import ipywidgets as w

from alviz.errors import InvalidInput
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
        Called with (name, read) when a person changes one: ``read()`` returns the value, or raises what is wrong
        with what was written.
    """

    def __init__(self, sampler: Sampler, changed: Callable[[str, Callable[[], Any]], None]) -> None:
        self.kind = type(sampler)
        self._changed = changed
        self._following = False
        self.inputs: dict[str, w.Widget] = {}
        self.rows: list[w.Widget] = []
        for f in fields(sampler):
            value = getattr(sampler, f.name)
            control = self.inputs[f.name] = _control(f, value)
            control.observe(lambda change, f=f: self._tell(f, change.new), "value")
            help = str(f.metadata.get("help", ""))
            control.tooltip = help
            label = w.HTML(html.tag("span", escape(_words(f.name)), title=help))
            row = w.HBox([label, control])
            row.add_class("alviz-row")
            self.rows.append(row)

    def fits(self, sampler: Sampler) -> bool:
        """Whether these controls can show a sampler: of the same kind, and nothing that a control has no place for."""
        if type(sampler) is not self.kind:
            return False
        for f in fields(sampler):
            control, value = self.inputs[f.name], getattr(sampler, f.name)
            if type(control) is not type(_control(f, value)):
                return False
            if isinstance(control, w.Dropdown) and value not in [choice for _, choice in control.options]:
                return False
        return True

    def follow(self, sampler: Sampler) -> None:
        """Show the values of a sampler that they fit."""
        self._following = True
        try:
            for name, control in self.inputs.items():
                value = getattr(sampler, name)
                if isinstance(control, w.HTML):
                    control.value = html.soft(_shown(value))
                else:
                    control.value = _shown(value) if isinstance(control, w.Text) else value
        finally:
            self._following = False

    def _tell(self, f: Field[Any], value: Any) -> None:
        if not self._following:
            written = isinstance(self.inputs[f.name], w.Text)
            self._changed(f.name, lambda: _read(f, value) if written else value)


def _control(f: Field[Any], value: Any) -> w.Widget:
    """Return what fits a parameter: a list, a tick, a number, words; its text where it cannot be changed here."""
    low, high, step = (f.metadata.get(key) for key in ("low", "high", "step"))
    choices, kind = f.metadata.get("choices"), str(f.type)
    if choices is not None:
        # A function of one's own may stand in for a choice.
        known = list(choices) if value in choices else [*choices, value]
        return w.Dropdown(options=[(_shown(choice) or "none", choice) for choice in known], value=value)
    if "bool" in kind and "None" in kind:
        return w.Dropdown(options=[("none", None), ("yes", True), ("no", False)], value=value)
    if isinstance(value, bool):
        return w.Checkbox(value, indent=False)
    usual = value if f.default is MISSING else f.default
    if value is None or usual is None or isinstance(value, (tuple, list, str)):
        return w.Text(_shown(value), continuous_update=False, placeholder="none")
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return w.HTML(html.soft(_shown(value)))
    whole = isinstance(usual, int)
    if low is None and high is None:
        return w.IntText(value) if whole else w.FloatText(value, step=step)
    bounds = {"min": -_FAR if low is None else low, "max": _FAR if high is None else high}
    if whole:
        return w.BoundedIntText(value, **{key: int(bound) for key, bound in bounds.items()}, step=int(step or 1))
    return w.BoundedFloatText(value, **bounds, step=step)


def _read(f: Field[Any], text: str) -> Any:
    """Return what a person wrote for a parameter, in the type that it has; the sampler checks the rest.

    Raises
    ------
    InvalidInput
        For words where numbers are expected.
    """
    kind, usual = str(f.type), f.default
    if isinstance(usual, str):
        return text
    if isinstance(usual, (tuple, list)) and any(isinstance(example, (tuple, list)) for example in usual):
        return _nested(f, text)
    if isinstance(usual, (tuple, list)) or kind.startswith("tuple"):
        parts = [part.strip() for part in text.strip(" ()[]").split(",")]
        return tuple(_one(f, part) for part in parts if part)
    text = text.strip()
    return None if text.lower() in ("", "none") else _one(f, text)


def _nested(f: Field[Any], text: str) -> Any:
    """Return tuples in a tuple, as `_shown` writes them."""
    try:
        return ast.literal_eval(f"({text.strip(' []')},)")
    except (ValueError, SyntaxError) as error:
        raise InvalidInput(f"{f.name} is {text!r}, expected something like {_shown(f.default)}.") from error


def _one(f: Field[Any], text: str) -> Any:
    kind, usual = str(f.type), f.default
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text
    if isinstance(value, int) and not isinstance(value, bool) and "float" in kind and "int" not in kind:
        return float(value)
    examples = usual if isinstance(usual, (tuple, list)) else ()
    numbers = "int" in kind or "float" in kind or any(isinstance(example, (int, float)) for example in examples)
    if numbers and "str" not in kind and not isinstance(value, (int, float)):
        raise InvalidInput(f"{f.name} is {text!r}, expected a number.")
    return text if "str" in kind and not numbers else value


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    return str(value.__qualname__) if callable(value) and hasattr(value, "__qualname__") else str(value)


def _words(name: str) -> str:
    return {"lam": "λ, unlabeled", "lr": "learning rate"}.get(name, name.replace("_", " "))
