from . import datasets, errors, figures, graphs, learners, maps, models, oracles, samplers, views
from .asking import ask
from .errors import AlvizError, AlvizWarning
from .meter import Progress
from .pool import Pool
from .record import CycleRecord, Labels
from .runner import CycleRunner
from .selection import Selection
from .snapshot import Head, Snapshot
from .store import Run
from .task import Classification, Task
from .views import Explorer

__version__: str

__all__ = [
    "AlvizError",
    "AlvizWarning",
    "Classification",
    "CycleRecord",
    "CycleRunner",
    "Explorer",
    "Head",
    "Labels",
    "Pool",
    "Progress",
    "Run",
    "Selection",
    "Snapshot",
    "Task",
    "ask",
    "datasets",
    "errors",
    "figures",
    "graphs",
    "learners",
    "maps",
    "models",
    "oracles",
    "samplers",
    "views",
]
