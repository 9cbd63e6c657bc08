"""Where else the numbers of a run go while it is made; a file and a line in the table add one."""

from alviz.trackers.base import Log, Tracker
from alviz.trackers.known import registry
from alviz.trackers.steps import Step
from alviz.trackers.tracking import log

names = registry.names
get = registry.get
make = registry.make

__all__ = ["Log", "Step", "Tracker", "get", "log", "make", "names", "registry"]


def __getattr__(name: str) -> object:
    return registry.attribute(__name__, name)
