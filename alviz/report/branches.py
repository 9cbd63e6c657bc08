"""The runs of a page: checked, named, and put together where they differ in their seed alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from alviz.errors import InvalidInput, PoolMissing
from alviz.paper.settings import Settings, names, numbered, settings
from alviz.pool import Pool
from alviz.store import Run


@dataclass(frozen=True, eq=False)
class Branches:
    """The runs of a page.

    Attributes
    ----------
    runs : tuple of Run
    names : tuple of str
        What the page calls each, all different.
    pool : Pool or None
        None where the recipe of none of the runs can load it.
    groups : tuple of (str, tuple of int)
        Name and members of each line of the curves: runs that differ in their seed alone are one.
    """

    runs: tuple[Run, ...]
    names: tuple[str, ...]
    pool: Pool | None
    groups: tuple[tuple[str, tuple[int, ...]], ...]

    @classmethod
    def of(cls, runs: Sequence[Run], pool: Pool | None = None) -> Branches:
        """Check runs and name them.

        Raises
        ------
        InvalidInput
            For no run, one without a fit, one given twice, or runs on different pools.
        ConfigMismatch
            If `pool` is not theirs.
        """
        check(runs)
        if pool is not None:
            runs[0].check_pool(pool)
        groups = _grouped(runs)
        return cls(tuple(runs), _names(runs, groups), pool or _loaded(runs), groups)

    def group(self, branch: int) -> int:
        """Return which group a run belongs to."""
        return next(i for i, (_, members) in enumerate(self.groups) if branch in members)


def check(runs: Sequence[Run]) -> None:
    """Refuse what cannot be on one page."""
    if not runs:
        raise InvalidInput("A report shows at least one run, got none.")
    for run in runs:
        if not isinstance(run, Run):
            raise InvalidInput(
                f"{run!r} is no run: pass what alviz.Run.open(path) returns, or runner.history of a CycleRunner."
            )
        if run.fitted == 0:
            raise InvalidInput(
                f"Run {run.name!r} has no fit yet, so there is nothing to report: runner.query() makes the first."
            )
    for uid, times in Counter(run.uid for run in runs).items():
        if times > 1:
            name = next(run.name for run in runs if run.uid == uid)
            raise InvalidInput(f"Run {name!r} is given {times} times. Pass each run once.")
    first = runs[0].header["pool"]
    for run in runs[1:]:
        other = run.header["pool"]
        if other["digest"] != first["digest"]:
            raise InvalidInput(
                f"Runs {runs[0].name!r} and {run.name!r} are on different pools ({first['name']!r} with "
                f"{first['size']} examples, {other['name']!r} with {other['size']}): write one report for each pool."
            )


def _grouped(runs: Sequence[Run]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return groups of equal settings and different seeds; what has a twin of its seed stands alone."""
    found: list[tuple[Settings, list[int]]] = []
    for index, run in enumerate(runs):
        made_with = settings(run)
        for known, members in found:
            if known == made_with and run.seed not in (runs[i].seed for i in members):
                members.append(index)
                break
        else:
            found.append((made_with, [index]))
    labels = numbered(names([made_with for made_with, _ in found]), [runs[members[0]].name for _, members in found])
    return tuple((label, tuple(members)) for label, (_, members) in zip(labels, found, strict=True))


def _names(runs: Sequence[Run], groups: Sequence[tuple[str, tuple[int, ...]]]) -> tuple[str, ...]:
    found = [""] * len(runs)
    for label, members in groups:
        for index in members:
            found[index] = label if len(members) == 1 else f"{label} · seed {runs[index].seed}"
    told = [name if run.at is None else f"fork at {run.at} · {name}" for run, name in zip(runs, found, strict=True)]
    return tuple(numbered(told, [run.path.as_posix() for run in runs]))


def _loaded(runs: Sequence[Run]) -> Pool | None:
    """Return the pool: one that is in memory, else by a recipe, else none."""
    for run in runs:
        if run.loaded is not None:
            return run.loaded
    try:
        return runs[0].pool
    except PoolMissing:
        return None
