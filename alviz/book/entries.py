"""The entries of a label book: one JSON line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

SKIPPED = "skipped"
CANNOT_TELL = "cannot tell"
UNDONE = "undone"
NOTED = "noted"
ASKED_AGAIN = "asked again"


def now() -> str:
    """Return the time as entries tell it: UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Answer:
    """What somebody said of one example.

    Attributes
    ----------
    id : int
        The pool row.
    label : int or None
        The class number; None where the example stays, or becomes again, without a label.
    who : str
        A person, or the name of an oracle.
    when : str
        UTC, ISO 8601. For people to read: the order of entries is that of the file.
    run : str
        The uid of the run in which it was asked.
    cycle : int or None
    sampler : str or None
        Who asked for it; None where nobody did.
    why : str
        Empty for an answer. ``"skipped"`` and ``"cannot tell"``: set aside. ``"undone"``: nothing was said before the
        answer that is taken back. ``"noted"``: only a note. ``"asked again"``: no longer set aside.
    note : str
    undo : bool
        Whether this takes an answer back: it says again what held before.
    """

    id: int
    label: int | None
    who: str
    when: str
    run: str
    cycle: int | None = None
    sampler: str | None = None
    why: str = ""
    note: str = ""
    undo: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain values; what is seldom there is left out where it is not."""
        told = asdict(self)
        return {name: value for name, value in told.items() if name not in ("why", "note", "undo") or value}

    def says_as(self, other: Answer | None) -> bool:
        """Whether another one says the same, at whatever time."""
        return other is not None and replace(other, when=self.when) == self

    @property
    def set_aside(self) -> bool:
        """Whether the example is not to be asked again."""
        return self.why in (SKIPPED, CANNOT_TELL)


@dataclass(frozen=True)
class ClassChange:
    """A class that was added, renamed or removed.

    Attributes
    ----------
    number : int
        The class; that of an added one is the next free.
    name : str or None
        Its name from here on; None: it is not offered any more.
    who, when, run : str
    """

    number: int
    name: str | None
    who: str
    when: str
    run: str

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        told = asdict(self)
        return {"class": told.pop("number"), **told}


Entry = Answer | ClassChange


def entry(told: Mapping[str, Any]) -> Entry | None:
    """Return the entry that a line of a book holds; None for the book's first line, which is about itself.

    Raises
    ------
    ValueError, KeyError, TypeError
        If it is none.
    """
    if not isinstance(told, Mapping):
        raise TypeError(f"{told!r} is no mapping")
    if "book" in told:
        return None
    who, when, run = str(told["who"]), str(told["when"]), str(told["run"])
    if "class" in told:
        name = told["name"]
        return ClassChange(int(told["class"]), None if name is None else str(name), who, when, run)
    label, cycle, sampler = told["label"], told.get("cycle"), told.get("sampler")
    return Answer(
        int(told["id"]),
        None if label is None else int(label),
        who,
        when,
        run,
        None if cycle is None else int(cycle),
        None if sampler is None else str(sampler),
        str(told.get("why", "")),
        str(told.get("note", "")),
        bool(told.get("undo", False)),
    )
