"""What a run was made with, value by value, and names that tell runs apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from alviz.paper.history import History, read_history
from alviz.store import Run

Settings = Mapping[str, Any]
"""``sampler``, ``sampler.k``, ``learner``, ``learner.epochs``, ``oracle``, ``budget``, ``subset``, ``initial``."""


def settings(run: Run) -> dict[str, Any]:
    """Return all that the numbers of a run depend on, but for its pool and its seed.

    The sampler and the learner are those of the last recorded cycle. Where a run changed them on its way, as a fork
    does, ``sampler`` names all in turn, and ``sampler@0.k`` is what the one that began in cycle 0 was set to.
    """
    return settings_of(run, read_history(run))


def settings_of(run: Run, history: History) -> dict[str, Any]:
    """Return the `settings` of a run whose history was read before."""
    initial = run.config["initial"]
    found = {
        "budget": run.config["budget"],
        "subset": run.config["subset"],
        "initial": f"{len(initial)} ids" if isinstance(initial, list) else initial,
        **_part("oracle", [(0, run.config["oracle"])]),
        **_part("learner", history.learners or [(0, run.config["learner"])]),
    }
    return found | _part("sampler", history.samplers or [(0, run.config["sampler"])])


def _part(kind: str, configs: Sequence[tuple[int, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return the settings of one kind of part from its configs cycle by cycle."""
    spells = [configs[0]]
    for cycle, config in configs:
        if config != spells[-1][1]:
            spells.append((cycle, config))
    found: dict[str, Any] = {kind: " → ".join(str(config["name"]) for _, config in spells)}
    if len(spells) > 1:
        found[f"{kind}.from"] = spells[-1][0]
    for cycle, config in spells[:-1]:
        found |= {f"{kind}@{cycle}.{name}": value for name, value in config["params"].items()}
    return found | {f"{kind}.{name}": value for name, value in spells[-1][1]["params"].items()}


def differences(given: Sequence[Settings]) -> list[str]:
    """Return which settings are not the same in all."""
    names = dict.fromkeys(name for one in given for name in one)
    missing = object()
    return [name for name in names if any(one.get(name, missing) != given[0].get(name, missing) for one in given)]


def names(given: Sequence[Settings]) -> list[str]:
    """Return a name for each: its sampler's, with what tells it from others with that sampler."""
    found = []
    for one in given:
        name = str(one["sampler"])
        alike = [other for other in given if other["sampler"] == one["sampler"]]
        told = [f"{_short(key)}={text(one[key])}" for key in differences(alike) if key in one]
        found.append(f"{name} ({', '.join(told)})" if told else name)
    return found


def numbered(found: Sequence[str], fallback: Sequence[str]) -> list[str]:
    """Return names that occur once, and the others with their fallback behind them."""
    counts = Counter(found)
    return [name if counts[name] == 1 else f"{name} ({other})" for name, other in zip(found, fallback, strict=True)]


def text(value: Any) -> str:
    """Return a value as a figure writes it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _short(key: str) -> str:
    return key.removeprefix("sampler.")
