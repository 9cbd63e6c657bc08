"""TCM: TypiClust while labels are few, margin from then on.

Doucet, Estermann, Aczel, Wattenhofer. Bridging Diversity and Uncertainty in Active Learning with Self-Supervised
Pre-Training. ICLR 2024 workshop on practical machine learning for limited/low resource settings: diverse examples
first, so that the model can be trusted with what it is unsure of; then the smallest margins.

Deviation: the paper ties the number of cycles to how much a cycle labels; here it is a parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from alviz.part import parameter
from alviz.samplers.base import Sampler
from alviz.samplers.query import Query
from alviz.samplers.schedule import Schedule
from alviz.selection import Selection


@dataclass(frozen=True)
class TCM(Sampler):
    """Let TypiClust pick in the first cycles, and margin afterwards: a `Schedule` with one number to set.

    Scores and extra are those of who picks; ``extra["stage"]`` is its name.
    """

    name: ClassVar[str] = "tcm"
    deterministic: ClassVar[bool] = False
    leisurely: ClassVar[bool] = True

    cycles: int = parameter(3, "acquisitions by TypiClust before margin takes over", low=1, high=1000)

    @property
    def schedule(self) -> Schedule:
        """The same as a schedule, to be changed further."""
        return Schedule(((self.cycles, "typiclust"), (None, "margin")))

    @property
    def needs(self) -> frozenset[str]:
        """Features and probabilities."""
        return self.schedule.needs

    def at(self, cycle: int) -> Sampler:
        """Who picks in a cycle."""
        return self.schedule.at(cycle)

    def select(self, query: Query) -> Selection:
        """Ask who picks in the query's cycle."""
        return self.schedule.select(query)
