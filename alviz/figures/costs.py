"""What cycles cost: seconds per phase, stacked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

PHASE_COLORS = {
    "train": "#0f8fa6",
    "embed": "#4cb3e9",
    "graph": "#8568c3",
    "select": "#e49b00",
    "label": "#938e89",
}
_OTHER = "#9aa0a8"
# Totals stand above the bars while there is room for so many.
_MOST_TOTALS = 12


@dataclass(frozen=True, eq=False)
class Costs:
    """What the cycles of a run cost.

    Attributes
    ----------
    phases : tuple of str
    seconds : ndarray of float64, (cycles, phases)
        NaN where a phase did not happen.
    peak_bytes : ndarray of int64, (cycles, phases)
        The largest memory of the process; 0 where it is not recorded.
    """

    phases: tuple[str, ...]
    seconds: NDArray[np.float64]
    peak_bytes: NDArray[np.int64]

    @property
    def totals(self) -> NDArray[np.float64]:
        """Seconds (cycles,) of all phases together."""
        return np.asarray(np.nansum(self.seconds, axis=1))


def cycle_costs(costs: Costs, shown: int | None = None) -> Any:
    """Draw a bar per cycle, stacked by phase; the shown cycle stands out.

    Parameters
    ----------
    costs : Costs
    shown : int, optional
        The cycle that is looked at.

    Returns
    -------
    plotly.graph_objects.Figure
        A trace per phase, named after it, each point carrying its cycle as ``customdata``; then "totals".
        Seconds.
    """
    import plotly.graph_objects as go

    cycles = np.arange(len(costs.seconds), dtype=np.int64)
    opacity = [1.0 if shown is None or cycle == shown else 0.55 for cycle in cycles]
    traces = [
        go.Bar(
            uid=f"phase-{name}",
            name=escape(name),
            x=cycles.astype(np.int32),
            y=costs.seconds[:, i].astype(np.float32),
            customdata=cycles,
            marker={"color": PHASE_COLORS.get(name, _OTHER), "opacity": opacity, "line": {"width": 0}},
            text=[_words(costs, int(cycle), i) for cycle in cycles],
            textposition="none",
            hovertemplate="%{text}<extra></extra>",
        )
        for i, name in enumerate(costs.phases)
    ]
    return go.Figure([*traces, _totals(costs, shown)], _layout(costs))


def _totals(costs: Costs, shown: int | None) -> Any:
    import plotly.graph_objects as go

    totals = costs.totals
    few = len(totals) <= _MOST_TOTALS
    there = [i for i in range(len(totals)) if few or i == shown]
    return go.Scatter(
        uid="totals",
        name="totals",
        x=there,
        y=[float(totals[i]) for i in there],
        mode="text",
        text=[f"<b>{duration(totals[i])}</b>" if i == shown else duration(totals[i]) for i in there],
        textposition="top center",
        textfont={"size": 10.5, "color": "#8a919a"},
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
    )


def _words(costs: Costs, cycle: int, phase: int) -> str:
    """Return what the hover tells of one phase of one cycle."""
    words = (
        f"cycle {cycle} · {escape(costs.phases[phase])} {duration(float(np.nan_to_num(costs.seconds[cycle, phase])))}"
    )
    words += f" of {duration(float(costs.totals[cycle]))}"
    peak = int(costs.peak_bytes[cycle, phase])
    return f"{words}<br>peak memory {memory(peak)}" if peak else words


def _layout(costs: Costs) -> dict[str, Any]:
    count = len(costs.seconds)
    high = float(costs.totals.max()) if count else 0.0
    axis = {"zeroline": False, "ticks": "", "tickfont": {"size": 11}, "showline": False}
    ticks = _ticks(high)
    return {
        "template": "none",
        "autosize": True,
        "barmode": "stack",
        "bargap": 0.3,
        "margin": {"l": 44, "r": 14, "t": 10, "b": 26},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "closest",
        "dragmode": False,
        "showlegend": False,
        "xaxis": {
            **axis,
            "range": [-0.6, max(count, 1) - 0.4],
            "showgrid": False,
            "tickvals": list(range(0, count, -(-count // 12) or 1)),
        },
        "yaxis": {
            **axis,
            "range": [0.0, 1.12 * high or 1.0],
            "tickvals": ticks,
            "ticktext": [duration(tick) for tick in ticks],
        },
    }


def _ticks(high: float) -> list[float]:
    """Return round numbers of seconds from 0 to `high`, five at most beside 0."""
    if high <= 0:
        return [0.0]
    rough = high / 5
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(float(factor * power) for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [float(step * i) for i in range(int(high / step) + 1)]


def duration(seconds: float) -> str:
    """Return seconds as they are read: ms below one second, minutes from 100 seconds on."""
    if seconds == 0:
        return "0"
    if seconds < 0.9995:
        return f"{max(1000 * seconds, 1):.0f} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def memory(size: int) -> str:
    """Return bytes as they are read."""
    return f"{size / 1e9:.1f} GB" if size >= 999.5e6 else f"{size / 1e6:.0f} MB"


def stacked(cycles: Sequence[dict[str, tuple[float, int]]], order: Sequence[str]) -> Costs:
    """Return costs of cycles given as {phase: (seconds, peak bytes)}; phases in `order`, others after them."""
    there = {name: None for cycle in cycles for name in cycle}
    phases = (*(name for name in order if name in there), *sorted(name for name in there if name not in order))
    seconds = np.full((len(cycles), len(phases)), np.nan)
    peaks = np.zeros((len(cycles), len(phases)), dtype=np.int64)
    for row, cycle in enumerate(cycles):
        for name, (took, peak) in cycle.items():
            seconds[row, phases.index(name)], peaks[row, phases.index(name)] = took, peak
    return Costs(phases, seconds, peaks)
