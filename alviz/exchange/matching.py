"""From names and texts in a file to rows of a pool and class numbers, all checked before anything is used."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.exchange.given import Given, Line, number

# Label Studio puts this before the name of an uploaded file.
_UPLOAD = re.compile(r"[0-9a-f]{8}-(?=.)")


class RowNames:
    """The pool's own names of its rows.

    Parameters
    ----------
    names : ndarray of str, (n,), or None
    size : int
        How many rows the pool has.
    """

    def __init__(self, names: NDArray[np.str_] | None, size: int) -> None:
        self.size = size
        self.names: list[str] | None = None if names is None else names.tolist()
        self._rows: dict[str, list[int]] = defaultdict(list)
        for row, name in enumerate(self.names or ()):
            self._rows[name].append(row)

    def find(self, given: Given, line: Line) -> int:
        """Return the row that a line is of.

        A name is a row's own, or a path or an address of which one is the end of the other: ``cats/1.png`` goes for
        ``photos/cats/1.png``.

        Raises
        ------
        InvalidInput
            If it is none, or could be several.
        """
        where = f"{given.path}, {line.place}"
        if line.id is not None:
            self._check(where, line.id, line.name)
            return line.id
        if self.names is None:
            raise InvalidInput(f"{where} has no id, and the pool has no row names to find {line.name!r} by.")
        tail = given.tails.get(line.name)
        for name in (line.name, *_addressed(line.name), *(() if tail is None else (tail,))):
            rows = self._rows.get(name) or self._ending(name)
            if len(rows) > 1:
                several = " or ".join(f"row {row} ({self.names[row]!r})" for row in rows[:2])
                raise InvalidInput(f"{where}: {line.name!r} is ambiguous: it may be {several} of the pool.")
            if rows:
                return rows[0]
        raise InvalidInput(f"{where}: no row of the pool is named {line.name!r}; the first is {self.names[0]!r}.")

    def _check(self, where: str, row: int, name: str) -> None:
        if not 0 <= row < self.size:
            raise InvalidInput(f"{where}: id {row} is outside the pool, whose ids are 0..{self.size - 1}.")
        if not name or self.names is None:
            return
        known = self.names[row]
        if name != known and name != known.encode("utf-8", "backslashreplace").decode():
            raise InvalidInput(
                f"{where}: id {row} is named {name!r}, which this pool calls {known!r}: the ids are another pool's."
            )

    def _ending(self, name: str) -> list[int]:
        """Return the rows whose name ends as `name` does: one is the other's end."""
        parts = _parts(name)
        found = set(self._by_end.get("/".join(parts), ()))
        for start in range(1, len(parts)):
            found.update(self._by_path.get("/".join(parts[start:]), ()))
        return sorted(found)

    @cached_property
    def _by_path(self) -> dict[str, list[int]]:
        """Rows by their names, written as paths are here."""
        found: dict[str, list[int]] = defaultdict(list)
        for row, name in enumerate(self.names or ()):
            found["/".join(_parts(name))].append(row)
        return dict(found)

    @cached_property
    def _by_end(self) -> dict[str, list[int]]:
        """Rows by every end of their names: ``photos/cats/1.png``, ``cats/1.png`` and ``1.png``."""
        found: dict[str, list[int]] = defaultdict(list)
        for row, name in enumerate(self.names or ()):
            parts = _parts(name)
            for start in range(len(parts)):
                found["/".join(parts[start:])].append(row)
        return dict(found)


def _parts(name: str) -> list[str]:
    return [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]


def _file(name: str) -> str:
    parts = _parts(name)
    return parts[-1] if parts else ""


def _addressed(name: str) -> list[str]:
    """Return the files that an address may stand for, as Label Studio writes them."""
    try:
        address = urlsplit(name)
    except ValueError:
        return []
    paths = [*parse_qs(address.query).get("d", ()), unquote(address.path)]
    uploads = [_UPLOAD.sub("", _file(path), count=1) for path in paths if _UPLOAD.match(_file(path))]
    return [path for path in (*paths, *uploads) if path and path != name]


@dataclass
class Matched:
    """What a file says, by row of the pool.

    Attributes
    ----------
    labels : dict of int to int
    aside : dict of int to str
        Why rows have no label.
    notes : dict of int to str
    new_classes : dict of str to int
        Classes that are to be added: numbers by name.
    places : dict of int to str
        Where in the file a row is.
    """

    labels: dict[int, int] = field(default_factory=dict)
    aside: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    new_classes: dict[str, int] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)


def match(
    given: Given, names: RowNames, classes: Sequence[str], removed: Collection[int] = (), add_classes: bool = False
) -> Matched:
    """Return what a file says of a pool.

    Whole numbers in a column of labels are class numbers, unless a class is named by a number: then they are names.

    Parameters
    ----------
    given : Given
    names : RowNames
    classes : sequence of str
        Names by class number.
    removed : collection of int
        The numbers that are not offered.
    add_classes : bool
        Whether names of no class become classes; a removed one comes back.

    Raises
    ------
    InvalidInput
        For a row outside the pool, a label that is no class, and a row with two labels.
    """
    known = {name: number for number, name in enumerate(classes) if number not in removed}
    numeric = _numeric(given, known)
    found = Matched()
    if add_classes and not numeric:
        for name in _new_classes(given, known):
            place = len(classes) + sum(number >= len(classes) for number in found.new_classes.values())
            found.new_classes[name] = classes.index(name) if name in classes else place
        known |= found.new_classes
    said: dict[int, tuple[str, Line]] = {}
    for line in given.lines:
        label = _label(given, line, known, numeric)
        if label is None and not line.why:
            if line.id is not None or names.names is not None:
                names.find(given, line)  # a row that is none tells of another pool, also where it says nothing
            continue
        row = names.find(given, line)
        told = line.why if label is None else f"class {label}"
        before = said.setdefault(row, (told, line))
        if before[1] is not line and (before[0] != told or given.tails):
            raise InvalidInput(_twice(given, row, before[1], line))
        found.places[row] = line.place
        if label is not None:
            found.labels[row] = label
        else:
            found.aside[row] = line.why
        if line.note:
            found.notes[row] = line.note
    return found


def _numeric(given: Given, offered: Mapping[str, int]) -> bool:
    """Whether labels are class numbers."""
    if not given.table or any(number(name) is not None for name in offered):
        return False
    texts = [line.label for line in given.lines if line.label is not None]
    return bool(texts) and all(number(text) is not None for text in texts)


def _label(given: Given, line: Line, classes: Mapping[str, int], numeric: bool) -> int | None:
    """Return the class number of a line, None without a label."""
    text = _class_name(line, classes)
    if text is None or text in classes:
        return None if text is None else classes[text]
    value = number(text) if given.table else None
    if value == -1:
        return None
    if value is not None and not numeric and str(value) in classes:  # 3.0 of a class named 3
        return classes[str(value)]
    if numeric and value in classes.values():
        return value
    told = ", ".join(f"{place} {name!r}" if numeric else repr(name) for name, place in list(classes.items())[:20])
    more = ", …" if len(classes) > 20 else ""
    hint = "" if numeric else " add_classes=True adds it."
    raise InvalidInput(f"{given.path}, {line.place}: the label {text!r} is none of the classes {told}{more}.{hint}")


def _new_classes(given: Given, offered: Mapping[str, int]) -> tuple[str, ...]:
    """Return the names that are no class yet: by number where the file numbers them, else as they come."""
    order: dict[str, tuple[int, int]] = {}
    for place, line in enumerate(given.lines):
        text = _class_name(line, offered)
        value = None if text is None or not given.table else number(text)
        if text is None or text in offered or value == -1 or (value is not None and str(value) in offered):
            continue
        rank = len(given.lines) + place if line.number is None else line.number
        order.setdefault(text, (rank, place))
    return tuple(sorted(order, key=lambda name: order[name]))


def _class_name(line: Line, classes: Mapping[str, int]) -> str | None:
    """Return a label as classes are named, without blanks around it; None without a label."""
    if line.label is None or line.label in classes:
        return line.label
    return line.label.strip() or None


def _twice(given: Given, row: int, first: Line, second: Line) -> str:
    def told(line: Line) -> str:
        return repr(line.label) if line.label is not None else line.why

    if given.tails:
        return f"{given.path}: {first.place} and {second.place} both go for row {row} of the pool: which one is meant?"
    return (
        f"{given.path} names id {row} twice: {told(first)} in {first.place}, {told(second)} in {second.place}. "
        "Leave one of them."
    )
