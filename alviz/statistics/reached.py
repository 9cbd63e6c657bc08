"""How many labels configurations took to reach a value, in a frame that hides no seed that never did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alviz.analysis import mean_intervals
from alviz.statistics.curves import Curves

if TYPE_CHECKING:
    import pandas as pd


def reached_frame(curves: Sequence[Curves], reached: Sequence[NDArray[np.float64]]) -> pd.DataFrame:
    """Return a row per configuration, fewest labels first, those that not every seed reached last.

    Parameters
    ----------
    curves : sequence of Curves, (m,)
    reached : sequence of ndarray, (seeds,)
        Labels that each seed took, NaN where it did not get there.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for one, found in zip(curves, reached, strict=True):
        count, there = len(found), int(np.isfinite(found).sum())
        whole = found if there == count else np.full(count, np.nan)
        means = mean_intervals(whole[:, None])
        row: dict[str, Any] = {"name": one.name, "seeds": count, "reached": there}
        row |= {"mean": float(means.mean[0]), "median": float(np.median(whole))}
        row |= {"low": float(means.low[0]), "high": float(means.high[0]), "note": _note(one, found)}
        rows.append(row)
    rows.sort(key=lambda row: (row["seeds"] - row["reached"], np.nan_to_num(row["mean"])))
    return pd.DataFrame(rows)


def _note(one: Curves, found: NDArray[np.float64]) -> str:
    """Return what the numbers alone do not say."""
    count, there = len(found), int(np.isfinite(found).sum())
    if there < count:
        got = f"reached by {there} of {count} seeds" if there else "reached by no seed"
        return f"{got} within {one.labels[-1]:,.0f} labels"
    early = int((found == one.labels[0]).sum())
    if not early:
        return ""
    return f"{early} of {count} seeds are there from the start, at {one.labels[0]:,.0f} labels"
