"""Protocols made smaller: enough to see a sweep and its card work, never a number to compare with a paper's."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from alviz.errors import InvalidInput
from alviz.presets.protocol import Training

if TYPE_CHECKING:
    from alviz.presets.preset import Preset

# The least that still is a run: two picks, two passes over the labels, a test split that can tell a model from chance.
ACQUISITIONS, EPOCHS, TESTED = 2, 2, 100


def scaled(preset: Preset, scale: float) -> Preset:
    """Return a preset with a smaller pool, fewer labels, epochs and acquisitions; each change is in ``changes``.

    - The labels per acquisition, the candidates drawn and the test split are multiplied by `scale` and rounded; at
      least 1, as many as are picked, and 100 (or what there is).
    - So are the labels at the start; at least one per class. ``"balanced"`` stays.
    - So is the pool, which keeps the classes' shares; at least what gets labeled and one acquisition more.
    - Acquisitions and epochs are multiplied by √`scale`; at least 2 each. With all by `scale`, training on a hundredth
      of the labels for a hundredth of the epochs would be a few steps, which tell samplers apart no more.
    - The learning rate falls at the same share of the epochs as before. Nothing else changes: neither the batch, nor
      the rate itself, nor the samplers.

    Parameters
    ----------
    preset : Preset
        As published, or scaled already: then `scale` is that of the published one.
    scale : float
        Above 0 and up to 1.

    Raises
    ------
    InvalidInput
        For another scale.
    """
    number = isinstance(scale, (int, float)) and not isinstance(scale, bool)
    if not number or not 0 < scale <= 1:
        raise InvalidInput(f"scale is {scale!r}, expected a number above 0 and up to 1, such as 0.01.")
    preset = preset.original
    if scale == 1:
        return preset
    acquisitions = _least(preset.acquisitions, math.sqrt(scale), ACQUISITIONS)
    budget = _least(preset.budget, scale, 1)
    initial = preset.initial
    if isinstance(initial, int):
        initial = _least(initial, scale, preset.classes or 1)
    labels = (initial if isinstance(initial, int) else preset.start or 0) + (acquisitions + 1) * budget
    size = None if preset.size is None else _least(preset.size, scale, labels)
    test = None if preset.test is None else _least(preset.test, scale, TESTED)
    drawn: dict[str, Any] = {"rows": size, "test_rows": test}
    small = replace(
        preset,
        scale=float(scale),
        base=preset,
        made=preset.made if size is None else (*preset.made, ("reduced", drawn)),
        size=size,
        test=test,
        initial=initial,
        budget=budget,
        acquisitions=acquisitions,
        subset=None if preset.subset is None else _least(preset.subset, scale, budget),
        trainings=tuple(_shorter(training, math.sqrt(scale)) for training in preset.trainings),
    )
    return replace(small, changes=tuple(_changes(preset, small)))


def _least(value: int, factor: float, least: int) -> int:
    """Return `value` times `factor`, rounded; at least `least`, but never more than `value`."""
    return min(value, max(least, round(value * factor)))


def _shorter(training: Training, factor: float) -> Training:
    if not training.learner or epochs_of(training) is None:
        return training
    return replace(training, params={**training.params, "epochs": _least(epochs_of(training) or 0, factor, EPOCHS)})


def epochs_of(training: Training) -> int | None:
    """Return for how many epochs the learner trains; None where it knows no epochs."""
    return getattr(training.make(), "epochs", None)


def _changes(old: Preset, new: Preset) -> list[str]:
    """Return a line for each number that differs."""
    named = {
        "examples in the pool": (old.size, new.size),
        "test examples": (old.test, new.test),
        "labels at the start": (old.initial, new.initial),
        "labels per acquisition": (old.budget, new.budget),
        "acquisitions": (old.acquisitions, new.acquisitions),
        "candidates drawn": (old.subset, new.subset),
    }
    told = [f"{what}: {after:,} instead of {before:,}" for what, (before, after) in named.items() if before != after]
    for before, after in zip(old.trainings, new.trainings, strict=True):
        if before != after:
            told.append(_epochs(before, after))
    return told


def _epochs(before: Training, after: Training) -> str:
    old, new = epochs_of(before), epochs_of(after)
    told = f"{f'epochs of {after.name}' if after.name else 'epochs'}: {new} instead of {old}"
    schedule = getattr(after.make(), "schedule", "constant")
    if schedule == "step" and old is not None and new is not None:
        return f"{told}; the learning rate falls to a tenth after {0.8 * new:g} of them instead of {0.8 * old:g}"
    return f"{told}; the schedule of the learning rate spans them" if schedule == "cosine" else told
