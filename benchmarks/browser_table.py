"""The tables of `browser.py`."""

from __future__ import annotations

import statistics
from typing import Any

Samples = dict[str, list[dict[str, float]]]

# Milliseconds by number of points, as asked of alviz.
SECOND_MAP = {50_000: 400, 200_000: 600, 1_000_000: 1600}
SUBMITTED = {50_000: 40, 200_000: 60, 1_000_000: 120}
LASSO = {50_000: 100, 200_000: 250, 1_000_000: 1000}
OVER_FLOOR, UNDER_SCATTER = 1.5, 1.5
ECHO, USABLE = 200, 2000

NAMES = ("floor", "alviz", "jupyter-scatter", "plotly")
WHATS = {
    "first map": "first map on a page",
    "second map": "second map on a page",
    "step by key": "step to another cycle, by key",
    "step": "step to another cycle, by the kernel",
    "move by key": "step to another cycle and layout, by key",
    "move": "move to another layout, by the kernel",
    "lasso": "lasso → ids in Python",
}


def _met(met: bool) -> str:
    return "yes" if met else "**no**"


def median(samples: list[dict[str, float]] | None, part: str) -> float | None:
    """Return the median of one part of samples, None without samples."""
    return None if not samples else statistics.median(sample[part] for sample in samples)


def report(maps: dict[int, dict[str, Samples]], run: dict[str, Any] | None, about: str) -> str:
    """Return everything as Markdown."""
    parts = [about]
    for points, found in maps.items():
        parts += [_durations(points, found), _bytes(points, found), _verdicts(points, found)]
    if run is not None:
        parts.append(_run(run))
    return "\n\n".join(parts)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _durations(points: int, found: dict[str, Samples]) -> str:
    names = [name for name in NAMES if name in found]
    rows = []
    for what, words in WHATS.items():
        cells = [_duration(found[name].get(what)) for name in names]
        floor = median(found.get("floor", {}).get(what), "painted")
        mine = median(found.get("alviz", {}).get(what), "painted") if what != "lasso" else None
        rows.append([words, *cells, f"{mine / floor:.2f}×" if mine and floor else "–"])
    head = [f"{points:,} points: ms until painted (submitted)", *names, "alviz ÷ floor"]
    return _table(head, rows)


def _duration(samples: list[dict[str, float]] | None) -> str:
    if not samples:
        return "–"
    if "arrived" in samples[0]:
        return f"{median(samples, 'arrived'):.0f}"
    extra = max(sample["frames"] for sample in samples)
    drawn = f", {extra:.0f} frames" if extra > 1 else ""
    return f"{median(samples, 'painted'):.0f} ({median(samples, 'submitted'):.0f}{drawn})"


def _bytes(points: int, found: dict[str, Samples]) -> str:
    names = [name for name in NAMES if name in found]
    rows = [[WHATS[what], *(_moved(found[name].get(what)) for name in names)] for what in WHATS if what != "lasso"]
    return _table([f"{points:,} points: kB received + sent", *names], rows)


def _moved(samples: list[dict[str, float]] | None) -> str:
    if not samples:
        return "–"
    return f"{median(samples, 'received') / 1000:,.0f} + {median(samples, 'sent') / 1000:,.0f}"


def _verdicts(points: int, found: dict[str, Samples]) -> str:
    mine, floor, scatter = (found.get(name, {}) for name in ("alviz", "floor", "jupyter-scatter"))
    rows: list[list[str]] = []

    def judge(what: str, value: float | None, most: float | None, unit: str = "ms") -> None:
        if value is not None and most is not None:
            digits = 0 if unit == "ms" else 2
            rows.append([what, f"{value:.{digits}f} {unit}", f"≤ {most:.{digits}f} {unit}", _met(value <= most)])

    judge("second map", median(mine.get("second map"), "painted"), SECOND_MAP.get(points))
    for what in ("step by key", "step", "move by key", "move"):
        painted, submitted = (median(mine.get(what), part) for part in ("painted", "submitted"))
        judge(f"{what}: submitted", submitted, SUBMITTED.get(points))
        least, theirs = median(floor.get(what), "painted"), median(scatter.get(what.split()[0]), "painted")
        if painted and least:
            judge(f"{what}: ÷ floor", painted / least, OVER_FLOOR, "×")
        if painted and theirs:
            judge(f"{what}: ÷ jupyter-scatter", painted / theirs, 1 / UNDER_SCATTER, "×")
    judge("lasso", median(mine.get("lasso"), "arrived"), LASSO.get(points))
    return _table([f"{points:,} points", "alviz", "wanted", "met"], rows)


def _run(run: dict[str, Any]) -> str:
    rows = []
    for what, samples in run["maps"].items():
        most = USABLE if what.startswith("explorer") else None
        moved = "–" if "received" not in samples[0] else _moved(samples)
        rows.append([what, _duration(samples), moved, "" if most is None else _met(median(samples, "painted") <= most)])
    head = [f"explorer, {run['about']}", "ms until painted (submitted)", "kB received + sent", f"≤ {USABLE} ms"]
    echoes = [
        [
            what,
            f"{statistics.median(times):.0f}",
            f"{max(times):.0f}",
            f"{len(times)}",
            "yes" if max(times) < ECHO else "**no**",
        ]
        for what, times in run["echoes"].items()
    ]
    return "\n\n".join(
        [
            _table(head, rows),
            _table(["the kernel answers a message, ms", "median", "longest", "messages", f"< {ECHO} ms"], echoes),
        ]
    )
