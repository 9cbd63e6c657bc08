"""The parity card: what was published beside what we got, and whether the two may be compared."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alviz.presets.preset import Preset
from alviz.presets.protocol import ALL_LABELS, Published

if TYPE_CHECKING:
    import pandas as pd

# The digits that published tables have.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Observed:
    """What runs that differ in their seed alone reached.

    Attributes
    ----------
    training, sampler : str
        Names in the preset.
    curves : tuple of mapping
        One per seed: values by the labels learned from, in the unit of the published numbers.
    apart : tuple of str
        Why they cannot be compared with what was published; empty if they can.
    """

    training: str
    sampler: str
    curves: tuple[Mapping[int, float], ...]
    apart: tuple[str, ...] = ()

    @property
    def labels(self) -> list[int]:
        """The numbers of labels that every seed reached, ascending."""
        return sorted(set.intersection(*(set(curve) for curve in self.curves))) if self.curves else []

    def nearest(self, labels: int | None) -> int | None:
        """Return the number of labels that is nearest to `labels`, the lower of two; the last one if that is None."""
        there = self.labels
        if not there:
            return None
        return there[-1] if labels is None else min(there, key=lambda one: (abs(one - labels), one))


@dataclass(frozen=True)
class Row:
    """One number of the paper and ours; NaN where there is none.

    Attributes
    ----------
    training, sampler : str
    labels : int or None
        Of the published number; None where all are labeled, or where nothing was published.
    published, published_std : float
    ours, ours_std : float
        Mean over seeds, and standard deviation (n − 1).
    ours_labels : int or None
        At which ours is: the nearest to `labels`.
    seeds : int
        Of ours.
    unit : str
    verdict : str
    comparable : bool
        Whether ours was made as the protocol says, and stands at the labels of what was published.
    """

    training: str
    sampler: str
    labels: int | None
    published: float
    published_std: float
    ours: float
    ours_std: float
    ours_labels: int | None
    seeds: int
    unit: str
    verdict: str
    comparable: bool

    @property
    def difference(self) -> float:
        """Ours minus what was published."""
        return self.ours - self.published

    @property
    def elsewhere(self) -> bool:
        """Whether ours stands at another number of labels than what was published."""
        return None not in (self.labels, self.ours_labels) and self.labels != self.ours_labels


@dataclass(frozen=True)
class Card:
    """Published numbers beside ours.

    Attributes
    ----------
    preset : Preset
    rows : tuple of Row
    differences : tuple of str
        In what the runs are not as the protocol has them.
    left_out : tuple of str
        What the paper compares and was not run, and why.
    """

    preset: Preset
    rows: tuple[Row, ...]
    differences: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def __str__(self) -> str:
        from alviz.presets.printing import printed

        return printed(self)

    def frame(self) -> pd.DataFrame:
        """Return a row per number: published, ours, how many seeds, the difference, the verdict."""
        import pandas as pd

        columns = (
            "training",
            "sampler",
            "labels",
            "published",
            "published_std",
            "ours",
            "ours_std",
            "ours_labels",
            "seeds",
            "difference",
            "verdict",
        )
        frame = pd.DataFrame([[getattr(row, column) for column in columns] for row in self.rows], columns=list(columns))
        return frame.astype({"labels": "Int64", "ours_labels": "Int64"})

    def figure(self, width: str | float = "text") -> Any:
        """Draw every published number with its deviation, and ours below it.

        Parameters
        ----------
        width : "column", "text" or float
            3.25 in, 6.75 in, or inches.

        Returns
        -------
        plotly.graph_objects.Figure
        """
        from alviz.figures import Pair, parity_dots

        rows = [row for row in self.rows if row.sampler != ALL_LABELS and not _empty(row)]
        units = list(dict.fromkeys(row.unit for row in self.rows))
        pairs = [
            Pair(_named(row), row.published, row.published_std, row.ours, row.ours_std, row.comparable) for row in rows
        ]
        levels = {
            f"{ALL_LABELS}{f', {row.training}' if row.training else ''}": row.published
            for row in self.rows
            if row.sampler == ALL_LABELS
        }
        note = "" if self.preset.scale == 1 else f"scaled to {self.preset.scale:g}: not comparable"
        return parity_dots(
            pairs, x_title=f"{self.preset.name} ({', '.join(units)})", levels=levels, note=note, width=width
        )


def rows_of(preset: Preset, observed: Sequence[Observed]) -> tuple[Row, ...]:
    """Return a row for each published number, then one for each sampler of ours without any.

    Parameters
    ----------
    preset : Preset
        As published: its numbers count, not its scale.
    observed : sequence of Observed
        One per training and sampler at most.
    """
    ours = {(one.training, one.sampler): one for one in observed}
    rows = [_row(told, ours.get((told.training, told.sampler))) for told in preset.published]
    known = {(told.training, told.sampler) for told in preset.published}
    metric = next((told for told in preset.published), Published("", None, math.nan))
    for key, one in ours.items():
        if key not in known:
            nothing = Published(one.sampler, None, math.nan, training=one.training, unit=metric.unit)
            rows.append(_row(nothing, one))
    return tuple(rows)


def _row(told: Published, one: Observed | None) -> Row:
    at = None if one is None else one.nearest(told.labels)
    values = [] if one is None or at is None else [curve[at] for curve in one.curves]
    mean = statistics.fmean(values) if values else math.nan
    std = statistics.stdev(values) if len(values) > 1 else math.nan
    apart = () if one is None else one.apart
    return Row(
        told.training,
        told.sampler,
        told.labels,
        told.value,
        math.nan if told.std is None else told.std,
        mean,
        std,
        at,
        len(values),
        told.unit,
        verdict(told, mean, std, len(values), at, apart),
        not apart and (at == told.labels or math.isnan(told.value)),
    )


def verdict(told: Published, mean: float, std: float, seeds: int, at: int | None, apart: Sequence[str]) -> str:
    """Return in plain words how ours stands to what was published.

    Parameters
    ----------
    told : Published
    mean, std : float
        Ours; `std` is NaN for one seed.
    seeds : int
        Of ours; 0 for none.
    at : int or None
        The labels of ours.
    apart : sequence of str
        Why the two cannot be compared.
    """
    if seeds == 0:
        return "not run"
    if math.isnan(told.value):
        return "nothing published"
    if apart:
        return f"not comparable: {_few(apart)}"
    if at != told.labels:
        return f"not comparable: nearest is {at:,} labels"
    alone = ", from one seed" if seeds == 1 else ""
    apart_by = mean - told.value
    if told.least and apart_by > 0:
        return f"passes it, as published{alone}"
    if told.std is not None and abs(apart_by) <= told.std + _ROUNDING:
        return f"within the published deviation{alone}"
    if told.std is None and not math.isnan(std) and abs(apart_by) <= std + _ROUNDING:
        return "within our deviation; none is published"
    side = "above" if apart_by > 0 else "below"
    none = "" if told.std is not None else "; no deviation is published"
    return f"{side} by {abs(apart_by):.2f}{none}{alone}"


def _few(reasons: Sequence[str]) -> str:
    """Return the first three reasons."""
    more = f" and {len(reasons) - 3} more" if len(reasons) > 3 else ""
    return ", ".join(reasons[:3]) + more


def _empty(row: Row) -> bool:
    return math.isnan(row.published) and math.isnan(row.ours)


def _named(row: Row) -> str:
    """Return what stands beside a row of the figure."""
    name = f"{row.training}, {row.sampler}" if row.training else row.sampler
    labels = row.ours_labels if row.labels is None else row.labels
    ours = f" (ours {row.ours_labels:,})" if row.elsewhere else ""
    return name if labels is None else f"{name}, {labels:,}{ours}"
