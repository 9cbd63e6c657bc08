"""Answers of samplers that were asked before, by where and whom."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from alviz.selection import Selection

# Memory that answers may take which nobody looks at now.
_REMEMBERED_BYTES = 2**27


@dataclass(frozen=True, eq=False)
class Found:
    """What a sampler answered, and what that took; None where it stands in a record that does not say."""

    selection: Selection
    seconds: float | None


class Memory:
    """Answers by where and whom, the ones looked at last; so many that their arrays stay below a bound."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Found] = OrderedDict()
        self._bytes = 0

    def get(self, key: tuple[str, str]) -> Found | None:
        """Return what was answered there, or None."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key]

    def put(self, key: tuple[str, str], found: Found) -> None:
        """Keep an answer, the oldest go."""
        if key in self._kept:
            self._bytes -= _size(self._kept.pop(key))
        self._kept[key] = found
        self._bytes += _size(found)
        while self._bytes > _REMEMBERED_BYTES and len(self._kept) > 1:
            self._bytes -= _size(self._kept.popitem(last=False)[1])


def _size(found: Found) -> int:
    return int(found.selection.ids.nbytes + found.selection.scores.nbytes)
