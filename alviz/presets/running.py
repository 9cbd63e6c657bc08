"""A preset run as a sweep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from os import PathLike
from typing import Any

from alviz import learners
from alviz import samplers as samplers_
from alviz.errors import InvalidInput
from alviz.part import Part
from alviz.pool import Pool
from alviz.presets.preset import Preset
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
        training.key: training.make(**contenders[0].learner, **_on(learners.get(training.learner), device))
        for training in preset.trainings
        if training.learner
    }
    pool = preset.pool(data, reading)
    return sweep(
        pool,
        {one.name: one.make(**_on(samplers_.get(one.sampler), device)) for one in contenders},
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


def _on(part: type[Part], device: str) -> dict[str, str]:
    """Return what tells a learner or a sampler where to compute, if it can be told."""
    return {"device": device} if "device" in {f.name for f in fields(part)} else {}
