"""What a run recorded from fit to fit, each file read once: a thousand runs are compared in a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alviz.store import Run
from alviz.store.files import read_json
from alviz.store.metrics import from_json
from alviz.store.stages import RECORDS

Config = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class History:
    """The fits and picks of a run.

    Attributes
    ----------
    labels : tuple of int
        How many labels each fit learned from.
    metrics : tuple of mapping of str to float
        What each fit recorded, but for values per class.
    learners : tuple of (int, mapping)
        Cycle and config of each fit.
    samplers : tuple of (int, mapping)
        Cycle and config of each pick: of the sampler that was to pick, also where the first cycle, without a label,
        picked at random in its place.
    """

    labels: tuple[int, ...]
    metrics: tuple[Mapping[str, float], ...]
    learners: tuple[tuple[int, Config], ...]
    samplers: tuple[tuple[int, Config], ...]


def read_history(run: Run) -> History:
    """Return what a run recorded up to now.

    Raises
    ------
    DamagedFile
        If a record is missing or differs from its checksum.
    """
    labels, metrics, learners, samplers = [], [], [], []
    cycle = 0
    while (fit := _record(run, cycle, "fit")) is not None:
        labels.append(int(fit["labeled"]))
        metrics.append(from_json(fit["metrics"])[0])
        learners.append((cycle, fit["learner"]))
        pick = _record(run, cycle, "pick")
        if pick is not None:
            samplers.append((cycle, pick.get("wanted", pick["sampler"])))
        cycle += 1
    return History(tuple(labels), tuple(metrics), tuple(learners), tuple(samplers))


def _record(run: Run, cycle: int, stage: str) -> dict[str, Any] | None:
    """Return the record of a stage, None before it is committed."""
    # One path from text: putting it together part by part takes as long as reading the file.
    folder = Path(f"{run.owner(cycle, stage).path}/cycles/{cycle:04d}/{stage}")
    return read_json(folder / RECORDS[stage]) if folder.is_dir() else None
