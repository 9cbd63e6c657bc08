"""What maps ask of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol


class Recorded(Protocol):
    """What a layout asks of a run; `alviz.Run` has it, and so has anything else that records cycles."""

    @property
    def seed(self) -> int:
        """The run's seed."""

    @property
    def size(self) -> int:
        """Number of examples in the pool."""

    def maps_path(self, cycle: int) -> Path:
        """Return the folder for the maps of a cycle; a fork shares its parent's for the cycles they share."""

    def snapshot(self, cycle: int) -> Any:
        """Return what the fit of a cycle left behind: `features`."""

    def record(self, cycle: int) -> Any:
        """Return the record of a cycle: `learner`."""

    def labeled(self, cycle: int) -> Any:
        """Return what the fit of a cycle learned from: `ids`."""

    def selection(self, cycle: int) -> Any:
        """Return the picks of a cycle, `ids`, or None."""
