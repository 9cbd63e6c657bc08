"""What other samplers would pick at the cycles of a page: asked while it is written, since a page has no kernel."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from alviz.analysis import jaccard, spearman
from alviz.checks import whole
from alviz.compare import Comparison, compare
from alviz.errors import InvalidInput
from alviz.part import Report, silent
from alviz.report.branches import Branches
from alviz.samplers import Sampler
from alviz.scenes import Mark, asked_mark, fit_name, recorded_mark
from alviz.selection import Selection


@dataclass(frozen=True, eq=False)
class Answers:
    """The picks that a page shows: those on disk, and what samplers answered that were asked.

    Attributes
    ----------
    branches : Branches
    asked : dict of str to Comparison
        By the name of the fit.
    """

    branches: Branches
    asked: dict[str, Comparison] = field(default_factory=dict)

    def marks(self, branch: int, cycle: int) -> list[Mark]:
        """Return the picks to draw: what was picked, then the answers of others."""
        run = self.branches.runs[branch]
        recorded = recorded_mark(run, cycle)
        others = [
            asked_mark(run, cycle, name, config, selection.ids)
            for name, config, selection in self._others(branch, cycle)
        ]
        return [*([] if recorded is None else [recorded]), *others]

    def matrix(self, branch: int, cycle: int) -> dict[str, Any] | None:
        """Return how far all samplers at a cycle agree: shares of picks and correlations of scores; None for one."""
        run = self.branches.runs[branch]
        recorded = run.selection(cycle)
        told = [(name, selection) for name, _, selection in self._others(branch, cycle)]
        if recorded is not None:
            told.insert(0, (str(run.stage(cycle, "pick")["sampler"]["name"]), recorded))
        if len(told) < 2:
            return None
        selections = [selection for _, selection in told]
        return {
            "names": [name for name, _ in told],
            "jaccard": [[jaccard(a.ids, b.ids) for b in selections] for a in selections],
            "spearman": [[_number(spearman(a.scores, b.scores)) for b in selections] for a in selections],
        }

    def between(self, cycle: int) -> dict[str, Any] | None:
        """Return the shares of picks that the runs have in common at a cycle, None for fewer than two runs."""
        runs = self.branches.runs
        there = [index for index, run in enumerate(runs) if cycle < run.picked]
        if len(there) < 2:
            return None
        picks = [np.asarray(runs[index].array(cycle, "pick", "selected")) for index in there]
        return {"branches": there, "jaccard": [[jaccard(a, b) for b in picks] for a in picks]}

    def _others(self, branch: int, cycle: int) -> list[tuple[str, dict[str, Any], Selection]]:
        """Return who was asked at a cycle; not the sampler that picked there, whose picks are on disk."""
        run = self.branches.runs[branch]
        comparison = self.asked.get(fit_name(run, cycle))
        if comparison is None:
            return []
        picked = dict(run.stage(cycle, "pick")["sampler"]) if cycle < run.picked else {"name": None}
        return [
            (name if name != picked["name"] else f"{name} (asked)", part.config(), comparison.selections[name])
            for name, part in comparison.samplers.items()
            if part.config() != picked
        ]


def ask_all(
    branches: Branches,
    samplers: Sequence[str | Sampler],
    cycles: Collection[int] | None = None,
    report: Report = silent,
) -> Answers:
    """Ask samplers at every fit, or at those of `cycles`; fits at which everything is labeled are left out.

    Raises
    ------
    InvalidInput
        If a cycle is asked for that no run has.
    MissingNeeds, ArrayDropped
        If a sampler cannot answer at one of them.
    """
    if not samplers:
        return Answers(branches)
    wanted = None if cycles is None else {whole("cycle", cycle, 0) for cycle in cycles}
    longest = max(run.fitted for run in branches.runs)
    if wanted and max(wanted) >= longest:
        raise InvalidInput(f"Samplers are asked at cycle {max(wanted)}, and the runs have cycles 0 to {longest - 1}.")
    places = {
        fit_name(run, cycle): (run, cycle)
        for run in branches.runs
        for cycle in range(run.fitted)
        if (wanted is None or cycle in wanted) and run.record(cycle).labeled < run.size
    }
    asked = {}
    for done, (name, (run, cycle)) in enumerate(places.items()):
        report("ask", done, len(places))
        asked[name] = compare(run, cycle, samplers, pool=branches.pool)
    return Answers(branches, asked)


def _number(value: float) -> float | None:
    """Return a number as JSON has it: none where there is none."""
    return value if np.isfinite(value) else None
