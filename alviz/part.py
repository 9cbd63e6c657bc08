"""Parts with parameters: samplers, learners and oracles are frozen dataclasses that describe themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np

from alviz.errors import InvalidInput

Report = Callable[[str, int, int], None]
"""``report(phase, done, total)``: says how far a phase is; raises `Stopped` when the work was asked to stop."""


def silent(phase: str, done: int, total: int) -> None:
    """Report to nobody."""


def parameter(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    choices: Sequence[Any] | None = None,
    factory: bool = False,
    also: Sequence[str] | None = None,
) -> Any:
    """Declare a field with what a view needs to build its control, and what a value is checked against.

    Parameters
    ----------
    default : value
    help : str
        One line, in the field's words.
    low, high : float, optional
        Bounds, both included.
    step : float, optional
        How far a click moves the value.
    choices : sequence, optional
        The values that there are.
    factory : bool
        Whether a callable of one's own may stand in for a choice.
    also : sequence of str, optional
        Words that may stand in for a number ("auto").
    """
    given = {"low": low, "high": high, "step": step, "choices": choices, "factory": factory or None, "also": also}
    return field(default=default, metadata={"help": help, **{k: v for k, v in given.items() if v is not None}})


@dataclass(frozen=True)
class Part:
    """Base of what a run is put together from: a name, parameters, a config that says both."""

    name: ClassVar[str]

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            checked = _checked(type(self).__name__, f.name, value, f.default, f.metadata)
            if checked is not value:
                object.__setattr__(self, f.name, checked)

    def config(self) -> dict[str, Any]:
        """Return ``{"name": ..., "params": {...}}``; equal configs do equal things."""
        return {"name": self.name, "params": {f.name: _plain(getattr(self, f.name)) for f in fields(self)}}


def _checked(owner: str, name: str, value: Any, default: Any, metadata: Mapping[str, Any]) -> Any:
    """Return `value` in the type that its default has: equal parameters are equal in every record."""
    if isinstance(value, np.generic):
        value = value.item()
    choices = metadata.get("choices")
    if choices is not None:
        own = callable(value) and metadata.get("factory", False)
        if not own and value not in choices:
            raise InvalidInput(f"{owner}: {name} is {value!r}, expected one of {', '.join(map(repr, choices))}.")
        return value
    if isinstance(default, bool) and not isinstance(value, bool):
        raise InvalidInput(f"{owner}: {name} is {value!r}, expected True or False.")
    also = metadata.get("also", ())
    if isinstance(value, str) and value in also:
        return value
    low, high = metadata.get("low"), metadata.get("high")
    if (low is None and high is None) or (value is None and default is None):
        return value
    whole = isinstance(default, int)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or (whole and not float(value).is_integer()):
        words = "".join(f" or {word!r}" for word in also)
        raise InvalidInput(f"{owner}: {name} is {value!r}, expected a {'whole ' if whole else ''}number{words}.")
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        bounds = " and ".join(
            text
            for text in (f"at least {low}" if low is not None else "", f"at most {high}" if high is not None else "")
            if text
        )
        raise InvalidInput(f"{owner}: {name} is {value}, expected {bounds}.")
    return int(value) if whole else value


def _plain(value: Any) -> Any:
    """Return what stands for `value` in JSON; a function or class is named by where it is defined."""
    if callable(value):
        if not hasattr(value, "__qualname__"):
            raise InvalidInput(
                f"{value!r} has no name that a record could hold. Pass a function or class defined with def or class."
            )
        return f"{value.__module__}:{value.__qualname__}"
    return list(value) if isinstance(value, tuple) else value
