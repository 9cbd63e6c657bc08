"""A preset in words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from alviz.presets.preset import Preset
from alviz.presets.protocol import Published, Training

WIDTH = 100
_MARGIN = 14


def protocol(preset: Preset) -> str:
    """Return the whole protocol, its deviations and the published numbers as text."""
    said = {
        "paper": [preset.citation],
        "data": [data(preset)],
        "labels": [labels(preset)],
        "candidates": ["all that are unlabeled" if preset.subset is None else f"{preset.subset:,} drawn each time"],
        "learner": [training(one) for one in preset.trainings],
        "samplers": [", ".join(c.name if c.exists else f"{c.name} (not there yet)" for c in preset.contenders)],
        "seeds": [str(preset.seeds)],
        "scale": [f"{preset.scale:g}, never to be compared with the published numbers", *preset.changes],
        "published": [published(one) for one in preset.published],
        "deviations": list(preset.deviations),
        "remarks": list(preset.remarks),
        "state": [state(preset)],
    }
    if preset.scale == 1:
        del said["scale"]
    return "\n".join([preset.name, *paragraphs(said.items())])


def paragraphs(said: Iterable[tuple[str, list[str]]]) -> list[str]:
    """Return lines of text under titles in the margin; titles without text are left out."""
    lines: list[str] = []
    for title, texts in said:
        for i, text in enumerate(texts):
            first = f"  {title}" if i == 0 else ""
            lines += textwrap.wrap(
                text,
                WIDTH,
                initial_indent=first.ljust(_MARGIN),
                subsequent_indent=" " * _MARGIN,
                break_on_hyphens=False,
            )
    return lines


def data(preset: Preset) -> str:
    """Return what the pool is."""
    size = "" if preset.size is None else f", {preset.size:,} examples"
    test = "" if preset.test is None else f", {preset.test:,} for testing"
    made = {
        "first": lambda p: f"the first {p['rows']:,}",
        "only": lambda p: " and ".join(p["classes"]) + " only",
        "imbalanced": lambda p: ", ".join(f"{n:,} of class {c}" for c, n in p["keep"].items()),
        "padded": lambda p: f"padded to {p['size']}×{p['size']}",
        "reduced": lambda p: f"{p['rows']:,} drawn",
    }
    steps = [made[how](params) for how, params in preset.made]
    return preset.source.title + (f" ({'; '.join(steps)})" if steps else "") + size + test


def labels(preset: Preset) -> str:
    """Return the labels at the start, those of every acquisition, and those at the end."""
    words = {"balanced": "1 per class", "known": "all real images"}
    start = words[preset.initial] if isinstance(preset.initial, str) else f"{preset.initial:,}"
    end = "" if preset.final is None else f" = {preset.final:,}"
    return f"{start} + {preset.acquisitions} × {preset.budget:,}{end}"


def training(one: Training) -> str:
    """Return how the learner is trained, and whether it can be."""
    name = f"{one.name}: " if one.name else ""
    return name + one.words + ("" if one.learner else " (not there yet)")


def published(one: Published) -> str:
    """Return a published number and what it is of."""
    at = "" if one.labels is None else f" with {one.labels:,} labels"
    std = "" if one.std is None else f" ± {one.std:g}"
    name = f"{one.training}, " if one.training else ""
    note = f" ({one.note})" if one.note else ""
    return f"{name}{one.sampler}{at}: {'over ' if one.least else ''}{one.value:g}{std} {one.unit}{note}"


def state(preset: Preset) -> str:
    """Return whether it runs, and what is missing."""
    if preset.lacking:
        return "needs " + ", ".join(preset.lacking)
    return "runs" + (f" without {', '.join(preset.left_out)}" if preset.left_out else "")
