"""The papers' protocols by name, and their published numbers beside ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import Any

from alviz.errors import InvalidInput, UnknownName
from alviz.pool import Pool
from alviz.presets import asal, coreset, rethinking, revival, running, seqgcn
from alviz.presets.card import Card, Row
from alviz.presets.parity import parity as _parity
from alviz.presets.preset import Preset
from alviz.presets.protocol import Contender, Published, Training
from alviz.presets.source import Place, Source
from alviz.store import Run
from alviz.sweep import Sweep

_ALL = {preset.name: preset for module in (seqgcn, revival, asal, coreset, rethinking) for preset in module.PRESETS}


def names() -> list[str]:
    """Return the names of all presets, paper by paper; those too that cannot run yet."""
    return list(_ALL)


def get(name: str) -> Preset:
    """Return the preset of that name.

    Raises
    ------
    UnknownName
        With the nearest names.
    """
    if name not in _ALL:
        raise UnknownName("preset", name, _ALL)
    return _ALL[name]


def of(sweep: Sweep) -> Preset:
    """Return the preset, scaled as it was, that a sweep was made by.

    Raises
    ------
    InvalidInput
        If it was made by none.
    """
    note = sweep.note
    if not isinstance(note, dict) or "preset" not in note:
        raise InvalidInput(
            f"The sweep {sweep.name!r} was made by no preset: name one, parity(sweep, 'seqgcn-cifar10')."
        )
    return get(note["preset"]).scaled(note["scale"])


def run(
    preset: str | Preset,
    *,
    out: str | PathLike[str] | None = None,
    data: Place | Pool | None = None,
    scale: float | None = None,
    seeds: int | Iterable[int] | None = None,
    samplers: Sequence[str] | None = None,
    device: str | None = None,
    reading: Callable[[int, int], None] | None = None,
    **more: Any,
) -> Sweep:
    """Run a preset as a sweep; called again on the same folder it goes on from what is there.

    Parameters
    ----------
    preset : str or Preset
    out : path, optional
        The folder of the sweep; a temporary one by default.
    data : path or Pool, optional
        Where the data is; see `Preset.pool`.
    scale : float, optional
        See `Preset.scaled`; by default as the preset is.
    seeds : int or iterable of int, optional
        How many, or which; the paper's number by default.
    samplers : sequence of str, optional
        Some of the paper's; by default all that alviz has, but for those that train a learner of their own.
    device : str, optional
        Where networks are trained, those of samplers too: a GPU by default where torch has one, else ``"cpu"``.
    reading : callable, optional
        Called with images read and their number, where image files are read.
    **more
        What `alviz.sweep` takes besides: ``workers=``, ``threads=``, ``backend=``, ``trackers=``, ``on_progress=``.

    Raises
    ------
    UnknownName
        For a preset, or a sampler in it, that is not there.
    InvalidInput
        If something of it does not exist yet, or its data is not there: which, and where it is to be put.
    """
    known = get(preset) if isinstance(preset, str) else preset
    wanted = known if scale is None else known.scaled(scale)
    return running.run(wanted, out, data, seeds, samplers, device, reading, more)


def parity(runs: Sweep | Run | Sequence[Run], preset: str | Preset | None = None) -> Card:
    """Return the parity card: published numbers beside those of runs, and whether the two may be compared.

    Whatever the runs were made by, each is held against the protocol: another pool, start, budget, learner or sampler
    is named, and no verdict on the numbers is given then. A card of a scaled preset never gives one.

    Parameters
    ----------
    runs : Sweep, Run or sequence of Run
        Runs of samplers that the paper does not compare are left aside.
    preset : str or Preset, optional
        By default the one that the sweep was made by.

    Raises
    ------
    InvalidInput
        If there is no run of any of its samplers, or one seed twice.
    """
    if preset is None:
        if not isinstance(runs, Sweep):
            raise InvalidInput("Name the preset: parity(runs, 'seqgcn-cifar10'). Only a sweep may know by itself.")
        preset = of(runs)
    wanted = get(preset) if isinstance(preset, str) else preset
    return _parity(runs, wanted)


__all__ = [
    "Card",
    "Contender",
    "Place",
    "Preset",
    "Published",
    "Row",
    "Source",
    "Training",
    "get",
    "names",
    "of",
    "parity",
    "run",
]
