"""How runs differ from a protocol, whatever they were made by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from alviz.presets.preset import Preset
from alviz.presets.protocol import Contender, Training
from alviz.store import Run

# Where numbers are computed is no part of a protocol.
_IGNORED = ("device",)


@dataclass(frozen=True)
class Difference:
    """One thing in which runs are not as the protocol has them.

    Attributes
    ----------
    what : str
        In a word or two.
    said : str
    apart : bool
        Whether numbers cannot be compared for it.
    """

    what: str
    said: str
    apart: bool = True


def contender_of(run: Run, preset: Preset) -> Contender | None:
    """Return the contender that picks in a run: equal parameters first, else the first of that sampler."""
    config = run.config["sampler"]
    alike = [one for one in preset.contenders if one.exists and one.sampler == config["name"]]
    same = [one for one in alike if not _unlike(one.make().config(), config)]
    return next(iter([*same, *alike]), None)


def training_of(run: Run, preset: Preset) -> Training | None:
    """Return the training that the run's learner does, or comes nearest to."""
    config = run.config["learner"]
    alike = [one for one in preset.trainings if one.learner == config["name"]]
    return min(alike, key=lambda one: len(_unlike(one.make().config(), config)), default=None)


def differences(run: Run, preset: Preset, training: Training | None, contender: Contender) -> list[Difference]:
    """Return in what a run is not as the published protocol has it."""
    config = run.config
    numbers = {
        "pool": (run.size, preset.size, "examples in the pool"),
        "start": (len(run.initial.ids), preset.start, "labels at the start"),
        "budget": (config["budget"], preset.budget, "labels per acquisition"),
        "candidates": (config["subset"], preset.subset, "candidates drawn"),
    }
    found = [
        Difference(what, f"{_number(ours)} {words}, the preset has {_number(theirs)}")
        for what, (ours, theirs, words) in numbers.items()
        if ours != theirs
    ]
    if training is None:
        found.append(Difference("learner", f"the learner is {config['learner']['name']!r}, which no training has"))
    else:
        found += _parameters("learner", training.make(**contender.learner).config(), config["learner"])
    found += _parameters("sampler", contender.make().config(), config["sampler"])
    if config["oracle"]["name"] != "truth":
        found.append(Difference("oracle", f"the oracle is {config['oracle']['name']!r}, the preset has 'truth'"))
    return found + _data(run, preset)


def _parameters(kind: str, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> list[Difference]:
    return [
        Difference(f"{kind}.{name}", f"{kind} {ours['name']}: {name} is {was!r}, the preset has {should!r}")
        for name, was, should in _unlike(theirs, ours)
    ]


def _unlike(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return (parameter, ours, theirs) wherever they differ; a parameter that one has not is None there."""
    a, b = theirs["params"], ours["params"]
    return [
        (name, b.get(name), a.get(name))
        for name in dict.fromkeys([*a, *b])
        if name not in _IGNORED and a.get(name) != b.get(name)
    ]


def _data(run: Run, preset: Preset) -> list[Difference]:
    """Say where the examples came from and what was made of them, if not what the protocol says."""
    recipe: Mapping[str, Any] | None = run.header["pool"]["recipe"]
    if recipe is None:
        return [Difference("data", f"the pool came from memory: nobody knows whether it is {preset.source.title}")]
    steps: list[str] = []
    while "of" in recipe:
        steps.insert(0, next(how for how in recipe if how != "of"))
        recipe = recipe["of"]
    found = []
    if steps != [how for how, _ in preset.made]:
        made = ", then ".join(how for how, _ in preset.made) or "whole"
        found.append(Difference("pool", f"the pool is {', then '.join(steps) or 'whole'}, the preset's is {made}"))
    if recipe["dataset"] == "image_folder":
        place = PurePath(str(recipe["params"]["path"])).name
        lossy = "JPEG is lossy, and where they are that accuracies lie slightly below those on the original arrays"
        found.append(Difference("data", f"images were read from {place!r}: {lossy}", apart=False))
    elif recipe["dataset"] != preset.source.maker:
        found.append(Difference("data", f"the data is {recipe['dataset']!r}, the preset's is {preset.source.title}"))
    return found


def _number(value: int | None) -> str:
    return "all" if value is None else f"{value:,}"
