"""Reading JSON of others: what is not there, or of another form, is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from alviz.errors import InvalidInput

T = TypeVar("T")
_WORDS = {int: "a whole number", str: "text", list: "a list", dict: "an object"}


def load(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    InvalidInput
        If it is none.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{path} cannot be read as JSON: {str(error) or type(error).__name__}.") from error


def member(path: Path, place: str, told: Any, key: str, kind: type[T]) -> T:
    """Return a field that has to be there."""
    value = told.get(key) if isinstance(told, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise InvalidInput(f"{path}, {place}: {key!r} is {value!r}, expected {_WORDS.get(kind, kind.__name__)}.")
    return value


def items(path: Path, told: dict[str, Any], key: str) -> Iterator[tuple[int, Any]]:
    """Yield the numbered items of a list that has to be there."""
    yield from enumerate(member(path, "the file", told, key, list))


def text(told: Any, key: str) -> str:
    """Return a field if it is text, else nothing."""
    value = told.get(key) if isinstance(told, dict) else None
    return value if isinstance(value, str) else ""
