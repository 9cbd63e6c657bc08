"""Agreement of samplers by the pseudo-labels that their answers lead to (Rethinking, Table 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from alviz.compare import Comparison, compare
from alviz.errors import InvalidInput
from alviz.figures import booktabs
from alviz.figures.page import pixels
from alviz.paper.inputs import check_cycle, checked_cycles, checked_run
from alviz.part import Report, silent
from alviz.pool import Pool
from alviz.samplers import Sampler
from alviz.store import Run

# Column of `Comparison.agreement`, what stands above it, and how its numbers are written.
_COLUMNS = (
    ("agree", "weighted", "{:.1%}"),
    ("agree_plain", "plain", "{:.1%}"),
    ("accuracy_agree", "agree", "{:.1%}"),
    ("accuracy_disagree", "differ", "{:.1%}"),
    ("weight_agree", "agree", "{:.2f}"),
    ("weight_disagree", "differ", "{:.2f}"),
)
_GROUPS = (("agreement (%)", 1, 2), ("accuracy (%)", 3, 4), ("weight", 5, 6))
_NOTHING = "–"


def agreement_table(
    of: Comparison | Sequence[Comparison] | Run,
    cycle: int | Sequence[int] | None = None,
    samplers: Sequence[str | Sampler] | None = None,
    *,
    reference: str | None = None,
    k: int = 50,
    pool: Pool | None = None,
    width: str | float = "column",
    report: Report = silent,
) -> Any:
    """Set a table of how far the answers to other samplers' picks lead to the pseudo-labels of the reference.

    Parameters
    ----------
    of : Comparison, sequence of Comparison, or Run
        What was compared; or a run, and then `cycle` (one or several) and `samplers` are asked.
    cycle, samplers
        Of a run only; `samplers` as for `alviz.compare`.
    reference : str, optional
        The first sampler by default. It has no row: it agrees with itself.
    k : int
        Neighbors per node of the graph over which labels are propagated.
    pool : Pool, optional
        Of a run whose recipe cannot load it.
    width : "column", "text" or float
        3.25 in, 6.75 in, or inches.
    report : callable
        Progress of the samplers.

    Returns
    -------
    plotly.graph_objects.Figure
        A section per cycle, a row per sampler: `Comparison.agreement`. A dash where there is no number: nothing
        to compare, or answers that nobody knows.

    Raises
    ------
    InvalidInput
        If a run comes without a cycle or samplers, or a comparison with them; or what `compare` refuses.
    """
    pixels(width)  # refused before samplers work
    found = _comparisons(of, cycle, samplers, pool, report)
    sections = []
    for comparison in found:
        frame = comparison.agreement(reference, k)
        against = reference or next(iter(comparison.selections))
        rows = [[str(name), *_cells(row)] for name, row in frame.iterrows() if name != against]
        sections.append((f"cycle {comparison.cycle}, against {against}", rows))
    header = ["", *(title for _, title, _ in _COLUMNS)]
    return booktabs(header, sections, groups=_GROUPS, width=width)


def _cells(row: pd.Series[Any]) -> list[str]:
    values = [(row.get(column), form) for column, _, form in _COLUMNS]
    return [_NOTHING if pd.isna(value) else form.format(value).rstrip("%") for value, form in values]


def _comparisons(
    of: Comparison | Sequence[Comparison] | Run,
    cycle: int | Sequence[int] | None,
    samplers: Sequence[str | Sampler] | None,
    pool: Pool | None,
    report: Report,
) -> list[Comparison]:
    """Return what is set into the table, asked for where a run was given."""
    given = [of] if isinstance(of, Comparison) else of
    if not isinstance(given, Run) and isinstance(given, Sequence) and given:
        if not all(isinstance(one, Comparison) for one in given):
            raise InvalidInput(f"A table is made of comparisons, or of one run: got {of!r}.")
        if cycle is not None or samplers is not None:
            raise InvalidInput("A comparison has its cycle and samplers: give them with a run only.")
        _check_enough(len(one.selections) for one in given)
        return list(given)
    run = checked_run(of)
    if cycle is None or samplers is None:
        raise InvalidInput("With a run, give a cycle and samplers: agreement_table(run, 3, ['margin', 'jlp']).")
    cycles = checked_cycles(cycle)
    for one in cycles:
        check_cycle(run, one)
    _check_enough([len(samplers)])
    return [compare(run, one, samplers, pool=pool, report=report) for one in cycles]


def _check_enough(counts: Any) -> None:
    if min(counts) < 2:
        raise InvalidInput("Agreement is between samplers: give at least two, the first is the reference.")
