"""What stands in a file of labels, before anybody looks at a pool: what every format is read into."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from alviz.book import CANNOT_TELL, NOTED, SKIPPED
from alviz.errors import InvalidInput

WHYS = (SKIPPED, CANNOT_TELL, NOTED)
# pandas writes a column of whole numbers with holes as 3.0.
_WHOLE = re.compile(r"(-?[0-9]{1,18})(\.0+)?")


@dataclass(frozen=True)
class Line:
    """What a file says of one example.

    Attributes
    ----------
    place : str
        Where it stands, for messages: ``"row 3"``.
    id : int or None
        The pool row, where the file knows it.
    name : str
        What the file calls it; a row name, a path or an address.
    label : str or None
        A class name or a number, as text; None without a label.
    number : int or None
        The class number where the file was written: added classes are numbered in this order.
    note, why : str
    """

    place: str
    id: int | None
    name: str
    label: str | None
    number: int | None = None
    note: str = ""
    why: str = ""


@dataclass(frozen=True)
class Given:
    """The lines of a file.

    Attributes
    ----------
    path : Path
    lines : list of Line
    pool : str or None
        The digest of the pool that the ids are rows of, where the file tells.
    table : bool
        Whether labels stand in a column: one of whole numbers holds class numbers.
    tails : dict of str to str
        Other names of examples, by name: the path without the folder of the class.
    """

    path: Path
    lines: list[Line]
    pool: str | None = None
    table: bool = False
    tails: dict[str, str] = field(default_factory=dict)


def number(text: str) -> int | None:
    """Return the whole number that a text is, None if it is none."""
    found = _WHOLE.fullmatch(text.strip())
    return None if found is None else int(found[1])


def line(path: Path, place: str, **told: str) -> Line:
    """Return a line of a table whose cells are text.

    Raises
    ------
    InvalidInput
        If an id is no number, there is neither id nor name, or `why` is none of those that there are.
    """
    id, name, why = told.get("id", "").strip(), told.get("name", ""), told.get("why", "")
    row = number(id) if id else None
    if id and row is None:
        raise InvalidInput(f"{path}, {place}: the id {id!r} is no whole number.")
    if row is None and not name:
        raise InvalidInput(f"{path}, {place} has neither an id nor a name.")
    if why not in ("", *WHYS):
        raise InvalidInput(f"{path}, {place}: why is {why!r}, expected one of {', '.join(map(repr, WHYS))} or nothing.")
    label = told.get("label", "") or None
    return Line(place, row, name, label, number(told.get("class", "")), told.get("note", ""), why)
