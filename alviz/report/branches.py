"""The runs of a page: checked, named, and put together where they differ in their seed alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from alviz.errors import InvalidInput, PoolMissing
from alviz.paper.inputs import checked_runs
from alviz.paper.settings import names, numbered, settings
from alviz.pool import Pool
from alviz.scenes.seeds import same_but_seed
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
    checked_runs(runs)
    for uid, times in Counter(run.uid for run in runs).items():
        if times > 1:
            name = next(run.name for run in runs if run.uid == uid)
            raise InvalidInput(f"Run {name!r} is given {times} times. Pass each run once.")


def _grouped(runs: Sequence[Run]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return the name and the members of each group."""
    groups = same_but_seed(runs)
    firsts = [runs[members[0]] for members in groups]
    labels = numbered(names([settings(run) for run in firsts]), [run.name for run in firsts])
    return tuple(zip(labels, groups, strict=True))


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
