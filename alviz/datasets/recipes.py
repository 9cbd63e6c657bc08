"""From what run.json or a command line says to the pool that it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from alviz.datasets.digits import digits
from alviz.datasets.mnist import mnist
from alviz.errors import InvalidInput, UnknownName
from alviz.pool import Pool

_MAKERS: dict[str, Callable[..., Pool]] = {"digits": digits, "mnist": mnist}
# What may follow the name on the command line, as in ``mnist:DATA``.
_ARGUMENT = {"mnist": "root"}


def names() -> list[str]:
    """Return the datasets that `load` and a run's recipe know."""
    return sorted(_MAKERS)


def load(spec: str) -> Pool:
    """Return the pool of ``NAME`` or ``NAME:ARGUMENT``, for example ``mnist:FOLDER``."""
    name, _, argument = spec.partition(":")
    if name not in _MAKERS:
        raise UnknownName("dataset", name, _MAKERS)
    wanted = _ARGUMENT.get(name)
    if bool(argument) != bool(wanted):
        form = f"{name}:{wanted.upper()}" if wanted else name
        raise InvalidInput(f"The dataset {name!r} is written {form!r}, got {spec!r}.")
    return _MAKERS[name](**({wanted: argument} if wanted else {}))


def from_recipe(recipe: Mapping[str, Any]) -> Pool:
    """Return the pool that a recipe describes, its split included."""
    if "split" in recipe:
        return from_recipe(recipe["of"]).split(**recipe["split"])
    if recipe["dataset"] not in _MAKERS:
        raise UnknownName("dataset", recipe["dataset"], _MAKERS)
    return _MAKERS[recipe["dataset"]](**recipe["params"])
