"""The area under the budget curve: what a metric is on the mean over a range of labels.

Zhan, Liu, Li, Chan. A comparative survey: Benchmarking for pool-based active learning. IJCAI 2021 (AUBC).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.analysis.curve import checked_curve
from alviz.errors import InvalidInput


def area_under_curve(
    labels: ArrayLike, values: ArrayLike, low: float | None = None, high: float | None = None
) -> NDArray[np.float64]:
    """Return the area under each curve by trapezoids, divided by the range: in the metric's own unit.

    Parameters
    ----------
    labels : array, (k,)
        Ascending.
    values : array, (..., k)
    low, high : float, optional
        The range, within the labels; all of it by default. An end between two fits cuts the line between them.

    Returns
    -------
    ndarray of float64, (...)
        Over a range of one point the value there; NaN for a curve with a hole.

    Raises
    ------
    InvalidInput
        If the labels do not ascend, or the range is not within them.
    """
    x, y = checked_curve(labels, values)
    start, end = (x[0] if low is None else float(low)), (x[-1] if high is None else float(high))
    if not x[0] <= start <= end <= x[-1]:
        raise InvalidInput(
            f"An area from {start:g} to {end:g} labels was asked for, the curve goes from {x[0]:g} to {x[-1]:g}."
        )
    inside = (start < x) & (x < end)
    points = np.concatenate([[start], x[inside], [end]])
    parts = [_at(x, y, start)[..., None], y[..., inside], _at(x, y, end)[..., None]]
    heights = np.concatenate(parts, axis=-1)
    if start == end:
        return heights[..., 0]
    areas = np.diff(points) * (heights[..., 1:] + heights[..., :-1]) / 2
    return np.asarray(areas.sum(axis=-1) / (end - start))


def _at(x: NDArray[np.float64], y: NDArray[np.float64], place: float) -> NDArray[np.float64]:
    """Return the curves' heights (...) at a place between the ends."""
    after = int(np.searchsorted(x, place))
    if x[after] == place:
        return y[..., after]
    share = (place - x[after - 1]) / (x[after] - x[after - 1])
    return np.asarray((1 - share) * y[..., after - 1] + share * y[..., after])
