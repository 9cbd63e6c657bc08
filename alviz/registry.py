"""From a name to a class, without importing the class before it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Generic, TypeVar

from alviz.errors import InvalidInput, UnknownName

T = TypeVar("T")


class Registry(Generic[T]):
    """The table of one kind of part.

    Parameters
    ----------
    kind : str
        What the parts are called in messages ("sampler").
    table : mapping of name to "module:Class"
    """

    def __init__(self, kind: str, table: Mapping[str, str]) -> None:
        self.kind = kind
        self._table = dict(table)

    def names(self) -> list[str]:
        """Return the registered names, sorted."""
        return sorted(self._table)

    def get(self, name: str) -> type[T]:
        """Return the class of that name.

        Raises
        ------
        UnknownName
            With the nearest names.
        """
        if name not in self._table:
            raise UnknownName(self.kind, name, self._table)
        module, _, attribute = self._table[name].partition(":")
        part: type[T] = getattr(import_module(module), attribute)
        return part

    def attribute(self, package: str, name: str) -> object:
        """Return what ``package.name`` means: a part's module by its name, or its class. For module ``__getattr__``."""
        for part, target in self._table.items():
            module, _, class_name = target.partition(":")
            if name == part and module.startswith(package):
                return import_module(module)
            if name == class_name:
                return self.get(part)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def make(self, spec: str | T | type[T] | Mapping[str, Any]) -> T:
        """Return an instance for a name, an instance (as it is), or a recorded config.

        A config is ``{"name": ..., "params": {...}}``, as instances write it.
        """
        if isinstance(spec, str):
            return self.get(spec)()
        if isinstance(spec, Mapping):
            return self.get(spec["name"])(**spec.get("params", {}))
        if isinstance(spec, type):
            raise InvalidInput(f"{spec.__name__} is a class: pass {spec.__name__}(...), an instance, or its name.")
        if not hasattr(spec, "config"):
            raise InvalidInput(f"{spec!r} is no {self.kind}: pass a name ({', '.join(self.names())}) or an instance.")
        return spec
