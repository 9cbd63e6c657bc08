"""Classes that a person may give, add, rename and remove: checked against the label book as it stands."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from alviz.book import ClassChange, Tally, now
from alviz.errors import InvalidInput

Chosen = Callable[[Tally], int]
"""The class number that is meant, by the book as it stands when the answer is written."""


def number(tally: Tally, label: int | str) -> int:
    """Return the number of a class that is offered, given by number or name.

    Raises
    ------
    InvalidInput
        Naming the classes that there are.
    """
    if isinstance(label, str) and label in tally.classes:
        label = tally.classes.index(label)
    whole = isinstance(label, (int, np.integer)) and not isinstance(label, bool)
    if not whole or label not in tally.offered:
        names = ", ".join(tally.classes[offered] for offered in tally.offered[:20])
        raise InvalidInput(
            f"There is no class {label!r}. Classes are {names}{', …' if len(tally.offered) > 20 else ''}; "
            "add_class(name) adds one."
        )
    return int(label)


def added(tally: Tally, name: str, who: str, run: str) -> ClassChange:
    """Return the entry that adds a class, or brings a removed one of that name back."""
    name = _checked(name)
    if name in tally.classes:
        there = tally.classes.index(name)
        if there not in tally.removed:
            raise InvalidInput(f"There is a class {name!r} already.")
        return ClassChange(there, name, who, now(), run)
    return ClassChange(len(tally.classes), name, who, now(), run)


def renamed(tally: Tally, label: int, name: str, who: str, run: str) -> ClassChange:
    """Return the entry that renames a class."""
    label, name = number(tally, label), _checked(name)
    if name in tally.classes and tally.classes.index(name) != label:
        raise InvalidInput(f"There is a class {name!r} already.")
    return ClassChange(label, name, who, now(), run)


def removed(tally: Tally, label: int, used: Collection[int], who: str, run: str) -> ClassChange:
    """Return the entry that removes a class; `used` are those that the run or the pool knows examples of."""
    label = number(tally, label)
    count = sum(given == label for given in tally.labels.values())
    if count or label in used:
        few = f"{count} example{'s are' if count != 1 else ' is'} labeled so" if count else "it is learned from"
        raise InvalidInput(f"The class {tally.classes[label]!r} is used: {few}. Relabel these first, or rename it.")
    if len(tally.offered) <= 2:
        raise InvalidInput("Two classes are the least that there are: add another one first.")
    return ClassChange(label, None, who, now(), run)


def _checked(name: str) -> str:
    if not isinstance(name, str) or not name.strip():
        raise InvalidInput(f"A class is named by some text, not {name!r}.")
    return name.strip()
