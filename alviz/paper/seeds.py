"""Runs that differ in nothing but their seed, and what they reach on the mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from alviz.errors import InvalidInput
from alviz.figures.bands import Band
from alviz.paper.inputs import Runs, checked_runs
from alviz.paper.settings import Settings, differences, names, settings
from alviz.store import Run

if TYPE_CHECKING:
    import pandas as pd

NamedRuns = Runs | Mapping[str, Run | Sequence[Run]]


@dataclass(frozen=True, eq=False)
class Seeds:
    """Runs of one configuration.

    Attributes
    ----------
    name : str
    runs : tuple of Run
        One per seed.
    settings : mapping
        What they have in common.
    """

    name: str
    runs: tuple[Run, ...]
    settings: Settings


def by_configuration(runs: NamedRuns, read: Callable[[Run], Settings] = settings) -> list[Seeds]:
    """Return runs grouped by all that they were made with but the seed, in the order of the first of each.

    Parameters
    ----------
    runs : Run, sequence of Run, or mapping of str to either
        With a mapping its keys are the names, and the runs of one name must be of one configuration. Seeds may have a
        pool each.
    read : callable
        What tells what a run was made with; for who knows it already.

    Raises
    ------
    InvalidInput
        If two runs of a group have the same seed, or those of a given name differ in more than the seed.
    """
    if not isinstance(runs, Mapping):
        groups: list[tuple[Settings, list[Run]]] = []
        for run in checked_runs(runs, pool_per_seed=True):
            found = read(run)
            same = next((members for known, members in groups if known == found), None)
            if same is None:
                groups.append((found, [run]))
            else:
                same.append(run)
        labels = names([found for found, _ in groups])
        return [
            Seeds(name, _distinct(name, members), found) for name, (found, members) in zip(labels, groups, strict=True)
        ]
    given = {str(name): checked_runs(members, pool_per_seed=True) for name, members in runs.items()}
    checked_runs([run for members in given.values() for run in members], pool_per_seed=True)
    for name, members in given.items():
        _check_equal(name, members, read)
    return [Seeds(name, _distinct(name, members), read(members[0])) for name, members in given.items()]


def _check_equal(name: str, runs: Sequence[Run], read: Callable[[Run], Settings]) -> None:
    for run in runs[1:]:
        differ = differences([read(runs[0]), read(run)])
        if differ:
            raise InvalidInput(
                f"The runs of {name!r} should differ in nothing but their seed; {runs[0].name!r} and {run.name!r} "
                f"differ in {', '.join(differ)}."
            )


def _distinct(name: str, runs: Sequence[Run]) -> tuple[Run, ...]:
    seen: dict[int, Run] = {}
    for run in runs:
        if run.seed in seen:
            raise InvalidInput(
                f"Runs {seen[run.seed].name!r} and {run.name!r} of {name!r} both have the seed {run.seed}: the same "
                "run twice says nothing about other seeds. Pass one of them."
            )
        seen[run.seed] = run
    return tuple(runs)


def mean_band(group: Seeds, values: Callable[[Run], pd.Series[float]], name: str | None = None) -> Band:
    """Return the mean and the standard deviation (n − 1) over seeds, wherever every seed has a value.

    Parameters
    ----------
    group : Seeds
    values : callable
        From a run to numbers by the labels that it learned from.
    name : str, optional
        The group's by default.

    Raises
    ------
    InvalidInput
        If there is no number of labels that every seed reached.
    """
    import pandas as pd

    table = pd.concat([values(run) for run in group.runs], axis=1, join="inner").sort_index()
    if table.empty:
        lengths = ", ".join(f"{run.name!r}" for run in group.runs)
        raise InvalidInput(f"The runs of {group.name!r} ({lengths}) have no number of labels in common.")
    x = table.index.to_numpy(np.float64).tolist()
    std = table.std(axis=1, ddof=1).to_numpy(np.float64)
    return Band(group.name if name is None else name, x, table.mean(axis=1).to_numpy(np.float64), std)


def metric_values(metric: str, factor: float) -> Callable[[Run], pd.Series[float]]:
    """Return what reads a metric from a run: by labels, times `factor`."""

    def read(run: Run) -> pd.Series[float]:
        import pandas as pd

        records = [run.record(cycle) for cycle in range(run.fitted)]
        measured = [record for record in records if record.labeled or metric in record.metrics]
        return pd.Series({record.labeled: factor * record.metrics[metric] for record in measured}, dtype=float)

    return read


def count_of_seeds(bands: Sequence[Band], groups: Sequence[Seeds]) -> list[Band]:
    """Return bands that say how many seeds they stand for, where that is not the same for all."""
    counts = [len(group.runs) for group in groups]
    if len(set(counts)) == 1:
        return list(bands)
    return [
        Band(f"{band.name}, {count} seed{'s'[: count - 1]}", band.x, band.mean, band.std)
        for band, count in zip(bands, counts, strict=True)
    ]
