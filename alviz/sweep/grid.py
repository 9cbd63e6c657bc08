"""The grid of a sweep: which runs there are, and what their folders are called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

import numpy as np

from alviz import learners, samplers
from alviz.checks import whole
from alviz.errors import InvalidInput
from alviz.learners import Learner
from alviz.part import Part
from alviz.samplers import Sampler

# Longer names of parameters are cut: a folder's name has to fit, with room for the learner's and the seed.
_LONGEST = 80


@dataclass(frozen=True)
class Cell:
    """One run of a grid.

    Attributes
    ----------
    learner, sampler : str
        Their names in the grid.
    seed : int
    """

    learner: str
    sampler: str
    seed: int

    @property
    def name(self) -> str:
        """The folder of the run."""
        return f"{self.learner}-{self.sampler}-{self.seed}"

    @property
    def root(self) -> str:
        """The folder of the run that every sampler of this learner and seed is a fork of."""
        return f"{self.learner}-{self.seed}"


@dataclass(frozen=True)
class Grid:
    """Every learner with every sampler and every seed.

    Attributes
    ----------
    learners : mapping of str to Learner
    samplers : mapping of str to Sampler
    seeds : tuple of int
    """

    learners: Mapping[str, Learner]
    samplers: Mapping[str, Sampler]
    seeds: tuple[int, ...]

    @property
    def cells(self) -> list[Cell]:
        """All runs, seed by seed: what is there early can be compared early."""
        return cells_of(self.learners, self.samplers, self.seeds)


def cells_of(learners: Iterable[str], samplers: Iterable[str], seeds: Iterable[int]) -> list[Cell]:
    """Return a cell for every seed, learner and sampler, the sampler changing fastest."""
    return [Cell(learner, sampler, seed) for seed, learner, sampler in product(seeds, learners, samplers)]


def grid(samplers_: Any, learners_: Any, seeds: Any) -> Grid:
    """Return the grid of what a caller gave.

    Parameters
    ----------
    samplers_, learners_ : name, instance, iterable of either, or mapping of names in the grid to either
    seeds : int or iterable of int
        A number stands for 0 to that, without it.

    Raises
    ------
    InvalidInput
        If a side is empty, or holds the same thing twice.
    """
    made = Grid(
        _named("learner", learners_, learners.make, Learner),
        _named("sampler", samplers_, samplers.make, Sampler),
        _seeds(seeds),
    )
    names = [cell.name for cell in made.cells] + sorted({cell.root for cell in made.cells})
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput(
            f"Two runs of the grid would be called {twice[0]!r}. Name learners and samplers so that "
            "learner-sampler-seed tells them apart: samplers={'mine': ...}."
        )
    return made


def part_name(part: Part) -> str:
    """Return what a part is called in a grid: its name, and the parameters that are not its defaults.

    The same part has the same name in any grid, so that a grid can grow.
    """
    config = part.config()["params"]
    defaults = {f.name: f.default for f in fields(part)}
    changed = [
        f"{name}={_text(value)}"
        for name, value in config.items()
        if value != (list(default) if isinstance(default := defaults[name], tuple) else default)
    ]
    name = _slug(",".join([part.name, *changed]))
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 9]}~{hashlib.sha256(repr(config).encode()).hexdigest()[:8]}"


def _named(kind: str, given: Any, make: Callable[[Any], Any], base: type) -> dict[str, Any]:
    """Return parts by their names in the grid."""
    if isinstance(given, Mapping) and "params" not in given:
        parts = {str(name): make(part) for name, part in given.items()}
        wrong = [name for name in parts if _slug(name) != name or not name]
        if wrong:
            raise InvalidInput(
                f"The {kind} name {wrong[0]!r} becomes part of a folder's name: use letters, digits and ._=,+~- alone."
            )
    else:
        alone = isinstance(given, str | base | Mapping)
        made = [make(part) for part in ([given] if alone or not isinstance(given, Iterable) else given)]
        names = [part_name(part) for part in made]
        _refuse_twice(f"{kind}s", names)
        parts = dict(zip(names, made, strict=True))
    if not parts:
        raise InvalidInput(
            f"{kind}s is empty: a grid needs at least one {kind}, for example {kind}s=[{_EXAMPLES[kind]}]."
        )
    _refuse_twice(f"{kind}s", [str(part.config()) for part in parts.values()])
    return parts


_EXAMPLES = {"sampler": "'random', 'margin'", "learner": "'linear'"}


def _seeds(given: Any) -> tuple[int, ...]:
    if isinstance(given, int | np.integer) and not isinstance(given, bool):
        given = range(whole("seeds", given, 0))
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InvalidInput(f"seeds is {given!r}, expected how many, or which: seeds=5 or seeds=range(5).")
    seeds = tuple(whole("a seed", seed, 0) for seed in given)
    if not seeds:
        raise InvalidInput("seeds is empty: a grid needs at least one, for example seeds=range(5).")
    _refuse_twice("seeds", seeds)
    return seeds


def _refuse_twice(what: str, given: Iterable[Any]) -> None:
    seen: set[Any] = set()
    for one in given:
        if one in seen:
            raise InvalidInput(
                f"{what} holds {one} twice: the same run twice says nothing new. Leave one out, or give them different "
                "parameters or seeds."
            )
        seen.add(one)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _slug(text: str) -> str:
    """Return a text as a folder may be called on any system; what cannot stand there becomes a dash."""
    return re.sub(r"[^A-Za-z0-9._=,+~-]+", "-", text).strip("-. ")
