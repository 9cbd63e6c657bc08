"""Branches: runs that are looked at, with the runner that can go on with them where there is one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alviz.asking import ask
from alviz.errors import InvalidInput, UnknownName
from alviz.runner import CycleRunner
from alviz.samplers import Query, Sampler, make, names
from alviz.selection import Selection
from alviz.store import Run
from alviz.sweep import Sweep

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Foreign(Sampler):
    """A recorded sampler that is not registered here: its picks can be seen, it cannot be asked for others."""

    recorded: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:  # type: ignore[override]
        """Its name in the record."""
        return str(self.recorded["name"])

    def config(self) -> dict[str, Any]:
        """Return the config as it was recorded."""
        return self.recorded

    def select(self, query: Query) -> Selection:
        """Refuse."""
        raise UnknownName("sampler", self.name, names())


def recorded_sampler(config: dict[str, Any]) -> Sampler:
    """Return the sampler of a recorded config, or a stand-in where this process has no such sampler."""
    try:
        return make(config)
    except (UnknownName, InvalidInput, TypeError):
        return Foreign(config)


@dataclass(frozen=True, eq=False)
class Branch:
    """A run, and its runner unless it is only looked at."""

    run: Run
    runner: CycleRunner | None = None

    @classmethod
    def of(cls, given: Run | CycleRunner) -> Branch:
        """Make a branch of what was passed to the explorer."""
        if isinstance(given, CycleRunner):
            return cls(given.history, given)
        if isinstance(given, Run):
            return cls(given)
        raise InvalidInput(
            f"The explorer shows a CycleRunner, a Run or a Sweep, not a {type(given).__name__}. Run.open(path) opens a "
            "folder."
        )

    @property
    def sampler(self) -> Sampler:
        """What picks next: the runner's sampler, or the one that the run was recorded with."""
        if self.runner is not None:
            return self.runner.sampler
        return recorded_sampler(self.recorded(self.run.picked - 1) or self.run.config["sampler"])

    def recorded(self, cycle: int) -> dict[str, Any] | None:
        """Return the config that picked in a cycle, None while nothing is picked."""
        if not 0 <= cycle < self.run.picked:
            return None
        return dict(self.run.stage(cycle, "pick")["sampler"])

    def ask(self, cycle: int, sampler: Sampler, report: Report) -> Selection:
        """Return what a sampler would pick at a cycle."""
        if self.runner is None:
            return ask(self.run, cycle, sampler, report=report)
        return self.runner.preview(cycle, sampler, report)

    def shared_fits(self) -> int:
        """Return how many leading fits are another run's."""
        return sum(self.run.owner(cycle) is not self.run for cycle in range(self.run.fitted))

    def name(self) -> str:
        """Return who picked: one sampler's name, or the first and the last."""
        picks = [self.run.stage(cycle, "pick") for cycle in range(self.run.at or 0, self.run.picked)]
        # Who was asked for: without a label yet, another may have stood in.
        names = [pick.get("wanted", pick["sampler"])["name"] for pick in picks] or [self.sampler.name]
        return names[0] if names[0] == names[-1] else f"{names[0]} → {names[-1]}"


def unfolded(given: Run | CycleRunner | Sweep) -> Sequence[Run | CycleRunner]:
    """Return the runs of a sweep; what is one run stays alone."""
    return given.runs if isinstance(given, Sweep) else [given]


def short_names(branches: Sequence[Branch]) -> list[str]:
    """Return a short name for each branch, all different; with the seed where that tells them apart."""
    stems = [branch.name() for branch in branches]
    seeds: dict[str, set[int]] = {}
    for branch, stem in zip(branches, stems, strict=True):
        seeds.setdefault(stem, set()).add(branch.run.seed)
    names: list[str] = []
    for branch, stem in zip(branches, stems, strict=True):
        full = f"{stem} · seed {branch.run.seed}" if len(seeds[stem]) > 1 else stem
        name, twin = full, 2
        while name in names:
            name, twin = f"{full} {twin}", twin + 1
        names.append(name)
    return names


def long_names(branches: Sequence[Branch]) -> list[str]:
    """Return what the chooser calls each branch.

    A fork is called so, but for one at the very beginning of a run that is not shown: nobody has to know of that.
    """
    shown = {branch.run.uid for branch in branches}
    return [
        f"fork at {branch.run.at} · {name}"
        if branch.run.parent is not None and (branch.run.at or branch.run.parent.uid in shown)
        else name
        for branch, name in zip(branches, short_names(branches), strict=True)
    ]


def run_name(run: Run) -> str:
    """Return the name of a run's folder; the pool's where the folder is temporary and its name random."""
    temporary = run.path.parent == Path(tempfile.gettempdir()) and run.name.startswith("alviz-")
    return str(run.header["pool"]["name"]) if temporary else run.name
