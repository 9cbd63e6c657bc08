"""From a name to what it stands for, without importing it before it is asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any, Generic, TypeVar

from alviz.errors import InvalidInput, NameClash, UnknownName

T = TypeVar("T")
P = TypeVar("P")


class Registry(Generic[T]):
    """The table of one kind of thing, and what other packages add to it by entry points.

    Parameters
    ----------
    kind : str
        What the things are called in messages ("sampler").
    table : mapping of name to "module:attribute"
        alviz's own.
    group : str, optional
        The entry-point group in which other packages name theirs. ``ALVIZ_PLUGINS=0`` leaves all of them out.
    wants : mapping of name to str, optional
        The optional package that a thing stands on. Without it `get` still returns it: it says itself what it lacks.
    """

    def __init__(
        self, kind: str, table: Mapping[str, str], group: str | None = None, wants: Mapping[str, str] | None = None
    ) -> None:
        self.kind = kind
        self._table = dict(table)
        self._group = group
        self._wants = dict(wants or {})

    def names(self) -> list[str]:
        """Return the registered names, sorted; of those that want another package only where that is installed."""
        absent = {name for name, package in self._wants.items() if find_spec(package) is None}
        return sorted({*self._table, *self._plugins} - absent)

    def get(self, name: str) -> T:
        """Return what goes by that name.

        Raises
        ------
        UnknownName
            With the nearest names.
        InvalidInput
            If a plugin cannot be loaded, or is not what its group holds.
        NameClash
            If two packages give different things the same name.
        """
        if name in self._plugins:
            return self._load(self._plugins[name])
        if name not in self._table:
            raise UnknownName(self.kind, name, self.names())
        module, _, attribute = self._table[name].partition(":")
        found: T = getattr(import_module(module), attribute)
        return found

    def sources(self) -> dict[str, str]:
        """Return the package that every plugin comes from, by the plugin's name."""
        return {name: _package(point) for name, point in self._plugins.items()}

    @cached_property
    def _plugins(self) -> dict[str, EntryPoint]:
        found: dict[str, EntryPoint] = {}
        if self._group is None or os.environ.get("ALVIZ_PLUGINS") == "0":
            return found
        for point in entry_points(group=self._group):
            other = found.get(point.name)
            if other is not None and other.value == point.value:
                continue  # the same thing: a package that is installed under two names
            if point.name in self._table or other is not None:
                first = "alviz itself" if other is None else f"the package {_package(other)!r}"
                raise NameClash(
                    f"Both {first} and the package {_package(point)!r} have a {self.kind} named {point.name!r}. "
                    "Uninstall one of the two, or set ALVIZ_PLUGINS=0 to leave out what other packages add."
                )
            found[point.name] = point
        return found

    def _load(self, point: EntryPoint) -> T:
        try:
            found: T = point.load()
        except Exception as error:  # somebody else's module may raise anything while it is imported
            raise InvalidInput(
                f"The {self.kind} {point.name!r} of the package {_package(point)!r} cannot be loaded from "
                f"{point.value!r}: {type(error).__name__}: {error}. Mend or uninstall the package, or set "
                "ALVIZ_PLUGINS=0."
            ) from error
        if not callable(found):
            raise InvalidInput(
                f"The {self.kind} {point.name!r} of the package {_package(point)!r} is {found!r}, expected a function "
                "or class."
            )
        return found


class PartRegistry(Registry[type[P]]):
    """The table of one kind of part: classes whose instances hold parameters.

    Parameters
    ----------
    base : type
        What every part of this kind inherits from.
    """

    def __init__(
        self,
        kind: str,
        base: type[Any],
        table: Mapping[str, str],
        group: str | None = None,
        wants: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind, table, group, wants)
        self._base = base

    def make(self, spec: str | P | type[P] | Mapping[str, Any]) -> P:
        """Return an instance for a name, an instance (as it is), or a recorded config.

        A config is ``{"name": ..., "params": {...}}``, as instances write it.
        """
        if isinstance(spec, str):
            return self.get(spec)()
        if isinstance(spec, Mapping):
            return self.get(spec["name"])(**spec.get("params", {}))
        if isinstance(spec, type):
            raise InvalidInput(f"{spec.__name__} is a class: pass {spec.__name__}(...), an instance, or its name.")
        if not isinstance(spec, self._base):
            raise InvalidInput(
                f"{spec!r} is no {self.kind}: pass a name ({', '.join(self.names())}) or an instance of alviz's "
                f"{self._base.__name__}."
            )
        return spec

    def attribute(self, package: str, name: str) -> object:
        """Return what ``package.name`` means: a part's module by its name, or its class. For module ``__getattr__``."""
        for part, target in self._table.items():
            module, _, class_name = target.partition(":")
            if name == part and module.startswith(package):
                return import_module(module)
            if name == class_name:
                return self.get(part)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def _load(self, point: EntryPoint) -> type[P]:
        found = super()._load(point)
        if not (isinstance(found, type) and issubclass(found, self._base)):
            raise InvalidInput(
                f"The {self.kind} {point.name!r} of the package {_package(point)!r} is {found!r}, expected a class "
                f"that inherits from alviz's {self._base.__name__}."
            )
        if getattr(found, "name", None) != point.name:
            raise InvalidInput(
                f"The package {_package(point)!r} registers a {self.kind} as {point.name!r} that calls itself "
                f"{getattr(found, 'name', None)!r}: a record could not find it again. Give both the same name."
            )
        return found


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value.partition(":")[0]
