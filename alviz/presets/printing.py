"""A parity card as text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from alviz.presets.words import paragraphs

if TYPE_CHECKING:
    from alviz.presets.card import Card, Row

_NOTHING = "–"


def printed(card: Card) -> str:
    """Return the card: what was published beside ours, then everything that speaks for caution."""
    preset = card.preset
    several = any(row.training for row in card.rows)
    header = [*(["training"] if several else []), "sampler", "labels", "published", "ours", "seeds", "verdict"]
    cells = [header, *(_cells(row, several) for row in card.rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    left = {header.index(name) for name in ("training", "sampler", "verdict") if name in header}
    lines = []
    for row in cells:
        aligned = [
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(("  " + "  ".join(aligned)).rstrip())
    said = {
        "scale": [] if preset.scale == 1 else [f"{preset.scale:g}: this says nothing about the published numbers"],
        "differs": list(card.differences),
        "left out": list(card.left_out),
        "deviations": list(preset.deviations),
        "remarks": list(preset.remarks),
    }
    return "\n".join([f"{preset.name}: {preset.citation}", "", *lines, "", *paragraphs(said.items())])


def _cells(row: Row, several: bool) -> list[str]:
    labels = "all" if row.labels is None and math.isnan(row.ours) else _labels(row)
    return [
        *([row.training or _NOTHING] if several else []),
        row.sampler,
        labels,
        _value(row.published, row.published_std, row.unit),
        _value(row.ours, row.ours_std, row.unit) + (f" at {row.ours_labels:,}" if row.elsewhere else ""),
        str(row.seeds or _NOTHING),
        row.verdict,
    ]


def _labels(row: Row) -> str:
    labels = row.ours_labels if row.labels is None else row.labels
    return _NOTHING if labels is None else f"{labels:,}"


def _value(value: float, std: float, unit: str) -> str:
    if math.isnan(value):
        return _NOTHING
    return f"{value:.2f}" + ("" if math.isnan(std) else f" ± {std:.2f}") + f" {unit}"
