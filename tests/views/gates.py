"""Samplers that work for as long as a test wants, and count how often they are asked."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

import alviz
from alviz.part import parameter
from alviz.samplers import Query, Sampler


@dataclass
class Gate:
    started: threading.Event = field(default_factory=threading.Event)
    open: threading.Event = field(default_factory=threading.Event)
    asked: list[int] = field(default_factory=list)  # the cycles


def first(query: Query, skip: int = 0) -> alviz.Selection:
    """Return the first candidates after `skip`."""
    scores = np.full(query.size, np.nan, dtype=np.float32)
    scores[query.candidates] = -np.arange(len(query.candidates))
    return alviz.Selection(query.candidates[skip : skip + query.n], scores)


@dataclass(frozen=True)
class Gated(Sampler):
    """Reports all the time, and answers when its gate opens."""

    name: ClassVar[str] = "gated"
    gates: ClassVar[dict[int, Gate]] = defaultdict(Gate)

    key: int = parameter(0, "which gate")
    skip: int = parameter(0, "candidates that are left out", low=0)

    @property
    def gate(self) -> Gate:
        return self.gates[self.key]

    def select(self, query: Query) -> alviz.Selection:
        self.gate.asked.append(query.cycle)
        self.gate.started.set()
        while not self.gate.open.wait(0.005):
            query.progress(1, 4)
        return first(query, self.skip)


@dataclass(frozen=True)
class Broken(Sampler):
    """Raises what no one expects."""

    name: ClassVar[str] = "broken"

    def select(self, query: Query) -> alviz.Selection:
        raise RuntimeError("the sampler broke <here>")
