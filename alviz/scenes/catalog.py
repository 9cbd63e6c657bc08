"""What a selection map can show, by name: small JSON; the columns themselves travel apart, once each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from alviz.maps import Layout
from alviz.scenes.codes import COLORINGS, GIVEN, palettes
from alviz.scenes.marks import Mark, fit_name
from alviz.store import Run


def catalog(runs: Sequence[Run], names: Sequence[str], marks: Callable[[int, int], Sequence[Mark]]) -> dict[str, Any]:
    """Return what there is to show of runs on one pool.

    Parameters
    ----------
    runs : sequence of Run
    names : sequence of str
        What the chooser calls each.
    marks : callable
        The picks to draw for the run of an index, at a cycle: first those of the sampler that picked.
    """
    fits = [range(run.fitted) for run in runs]
    return {
        "size": runs[0].size,
        "branches": list(names),
        "fits": [[fit_name(run, k) for k in cycles] for run, cycles in zip(runs, fits, strict=True)],
        "labels": [[run.record(k).labeled for k in cycles] for run, cycles in zip(runs, fits, strict=True)],
        "marks": [[[mark.told() for mark in marks(index, k)] for k in cycles] for index, cycles in enumerate(fits)],
        "colorings": {
            name: {"title": _title(name, runs), "palette": kind.palette, **({"of": "mark"} if kind.of_picks else {})}
            for name, kind in COLORINGS.items()
        },
        "palettes": palettes(runs[0].classes, max(run.closed for run in runs)),
    }


def _title(coloring: str, runs: Sequence[Run]) -> str:
    """Return what a coloring is called: where the pool knows no class, it is what people said."""
    pool = runs[0].loaded
    return GIVEN if coloring == "class" and pool is not None and not pool.known.any() else COLORINGS[coloring].title


def head(layout: Layout) -> str:
    """Return what a layout shows, in words."""
    return f"{layout.title} of cycle {layout.cycle} features ({layout.features})"


def trust(layout: Layout) -> str:
    """Return how far a layout can be trusted, in words."""
    parts = []
    if layout.trustworthiness is not None:
        parts.append(f"trustworthiness {layout.trustworthiness:.2f}")
    if layout.cycle > 0:
        moved = "" if layout.moved is None else f", moved {100 * layout.moved:.0f} %"
        parts.append(f"follows cycle {layout.cycle - 1}{moved}")
    return " · ".join(parts)
