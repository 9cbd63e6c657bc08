"""Names for samplers: all different side by side; and whether one's name says all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from alviz import samplers as registered
from alviz.samplers.base import Sampler


def tell_apart(samplers: Sequence[Sampler]) -> list[str]:
    """Return a name for each: its own, with what distinguishes it where one name comes more than once."""
    names: list[str] = []
    for sampler in samplers:
        same = [other for other in samplers if other.name == sampler.name]
        name = str(sampler.name)
        if len(same) > 1:
            others = [other.config()["params"] for other in same]
            differ = [
                f"{key}={value}"
                for key, value in sampler.config()["params"].items()
                if any(other.get(key) != value for other in others)
            ]
            name += f"({', '.join(differ)})" if differ else ""
        taken = (f"{name} #{number}" for number in count(2))
        while name in names:
            name = next(taken)
        names.append(name)
    return names


def is_usual(sampler: Sampler) -> bool:
    """Return whether a sampler is what its name alone makes: registered, all parameters at their defaults."""
    name = sampler.name
    return name in registered.names() and registered.make(name).config() == sampler.config()
