"""What a tracker is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib.util import find_spec

from alviz.errors import InvalidInput
from alviz.part import Part
from alviz.store import Run
from alviz.trackers.steps import Step


@dataclass(frozen=True)
class Tracker(Part):
    """Base of all trackers: says where to, and nothing else. It is pickled; what it opens stays in its process.

    A tracker is no part of a run's configuration: with and without, it is the same run.
    """

    @abstractmethod
    def open(self, run: Run) -> Log:
        """Return what the steps of `run` are told to; called when a runner starts or resumes it."""


class Log(ABC):
    """One run as a tracker writes it."""

    @property
    def reached(self) -> int | None:
        """How many steps of the run stand there already, those of its parents counted too.

        A log that finds this out where it writes is told what it misses, and never anything twice. None for one that
        cannot: it is told what happens from now on.
        """
        return None

    @abstractmethod
    def tell(self, step: Step) -> None:
        """Write a step; called after its commit, in the order of commits."""

    def end(self) -> None:  # noqa: B027  most have nothing to do
        """Hear that the run was closed; it may be resumed later, and is then opened again."""


def check_installed(tracker: str, package: str, extra: str) -> None:
    """Refuse a tracker whose package is not there, before any work starts."""
    if find_spec(package) is None:
        raise InvalidInput(f"{tracker} needs {package}, which is not installed here: pip install 'alviz[{extra}]'.")
