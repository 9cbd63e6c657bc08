"""A preset run as a sweep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from os import PathLike
from typing import Any

from alviz import learners
from alviz.errors import InvalidInput
from alviz.pool import Pool
from alviz.presets.preset import Preset
from alviz.presets.protocol import Training
from alviz.presets.source import Place
from alviz.sweep import Sweep, sweep

Progress = Callable[[int, int], None]


def run(
    preset: Preset,
    out: str | PathLike[str] | None,
    data: Place | Pool | None,
    seeds: int | Iterable[int] | None,
    samplers: Sequence[str] | None,
    device: str | None,
    reading: Progress | None,
    more: Mapping[str, Any],
) -> Sweep:
    """Run the protocol; see `alviz.presets.run`."""
    if not preset.runnable:
        raise InvalidInput(preset.refusal)
    contenders = preset.chosen(samplers)
    device = _device() if device is None else device
    trained = {
        training.key: training.make(**contenders[0].learner, **_on(training, device))
        for training in preset.trainings
        if training.learner
    }
    pool = preset.pool(data, reading)
    return sweep(
        pool,
        {contender.name: contender.make() for contender in contenders},
        trained,
        preset.seeds if seeds is None else seeds,
        cycles=preset.acquisitions,
        initial=preset.initial,
        budget=preset.budget,
        subset=preset.subset,
        out=out,
        # Only what a later call on the same folder has in common with this one: samplers and seeds may join.
        note={"preset": preset.name, "scale": preset.scale, "changes": list(preset.changes)},
        **more,
    )


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _on(training: Training, device: str) -> dict[str, str]:
    """Return what tells a learner where to compute, if it computes with torch."""
    known = {f.name for f in fields(learners.get(training.learner))}
    return {"device": device} if "device" in known else {}
