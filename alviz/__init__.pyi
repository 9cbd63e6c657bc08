from . import (
    analysis,
    datasets,
    errors,
    exchange,
    figures,
    graphs,
    labeling,
    learners,
    maps,
    models,
    oracles,
    paper,
    presets,
    recorded,
    samplers,
    trackers,
    views,
)
from .adjacency import adjacency, adjacency_frame
from .asking import ask
from .compare import Comparison, compare
from .errors import AlvizError, AlvizWarning
from .memory import set_max_memory
from .meter import Progress
from .pool import Pool
from .record import CycleRecord, Labels
from .report import report
from .runner import CycleRunner
from .selection import Selection
from .snapshot import Head, Snapshot
from .statistics import Statistics
from .store import Run
from .sweep import Sweep, sweep
from .task import Classification, Task
from .views import Explorer, Labeler

__version__: str

__all__ = [
    "AlvizError",
    "AlvizWarning",
    "Classification",
    "Comparison",
    "CycleRecord",
    "CycleRunner",
    "Explorer",
    "Head",
    "Labeler",
    "Labels",
    "Pool",
    "Progress",
    "Run",
    "Selection",
    "Snapshot",
    "Statistics",
    "Sweep",
    "Task",
    "adjacency",
    "adjacency_frame",
    "analysis",
    "ask",
    "compare",
    "datasets",
    "errors",
    "exchange",
    "figures",
    "graphs",
    "labeling",
    "learners",
    "maps",
    "models",
    "oracles",
    "paper",
    "presets",
    "recorded",
    "report",
    "samplers",
    "set_max_memory",
    "sweep",
    "trackers",
    "views",
]
