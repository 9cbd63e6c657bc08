"""The ranks of all candidates under two samplers (Rethinking, Fig 5)."""

from __future__ import annotations

from typing import Any

from alviz import figures
from alviz.compare import Comparison
from alviz.errors import InvalidInput
from alviz.figures.agreement import SHARE


def rank_scatter(
    comparison: Comparison,
    a: str | None = None,
    b: str | None = None,
    *,
    share: float = SHARE,
    seed: int = 0,
    width: str | float = "column",
) -> Any:
    """Draw each candidate's rank under one sampler against its rank under another, and the picks of both.

    Parameters
    ----------
    comparison : Comparison
    a, b : str, optional
        Names in ``comparison.selections``; the first two by default.
    share : float
        How many of the candidates that neither picked are drawn, 0..1.
    seed : int
        Of which.
    width : "column", "text" or float
        3.25 in, 6.75 in, or inches.

    Returns
    -------
    plotly.graph_objects.Figure
        Ranks in percent: 100 is the most wanted.

    Raises
    ------
    InvalidInput
        For a sampler that was not compared, or a share outside 0..1.
    """
    if not isinstance(comparison, Comparison):
        raise InvalidInput(f"{comparison!r} is no comparison: pass what alviz.compare(run, cycle, samplers) returns.")
    there = list(comparison.selections)
    if len(there) < 2:
        raise InvalidInput(f"Ranks are drawn of two samplers, and there is only {there[0]!r}.")
    first = there[0] if a is None else a
    second = next(name for name in there if name != first) if b is None else b
    for name in (first, second):
        if name not in there:
            raise InvalidInput(f"There is no sampler {name!r} here, only {', '.join(there)}.")
    if first == second:
        raise InvalidInput(f"Ranks are drawn of two samplers, got {first!r} twice.")
    if not 0 <= share <= 1:
        raise InvalidInput(f"share is {share!r}, expected 0 to 1: of the candidates that neither sampler picked.")
    one, other = comparison.selections[first], comparison.selections[second]
    return figures.rank_scatter(
        (one.scores, other.scores), (first, second), (one.ids, other.ids), share=share, seed=seed, width=width
    )
