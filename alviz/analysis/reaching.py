"""How many labels it takes to reach a value of a metric."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from alviz.analysis.curve import checked_curve


def labels_to_reach(labels: ArrayLike, values: ArrayLike, target: float, *, higher: bool = True) -> NDArray[np.float64]:
    """Return where each curve first reaches a value, on the straight line between two fits.

    Parameters
    ----------
    labels : array, (k,)
        Ascending.
    values : array, (..., k)
    target : float
        In the unit of the values.
    higher : bool
        Whether higher values are better; else the curve has to come down to the target.

    Returns
    -------
    ndarray of float64, (...)
        NaN where the curve ends before: the number is larger than its last, how much larger nobody knows. Where the
        first fit is there already, its labels: the number is that or smaller. A hole (NaN) reaches nothing.
    """
    x, y = checked_curve(labels, values)
    sign = 1.0 if higher else -1.0
    gain, goal = sign * y, sign * float(target)
    there = gain >= goal
    first = there.argmax(axis=-1)
    before = np.maximum(first - 1, 0)
    end, start = (np.take_along_axis(gain, at[..., None], axis=-1)[..., 0] for at in (first, before))
    # Without a fit before, or with a hole there, it is reached at the fit itself.
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(first == before, 1.0, (goal - start) / (end - start))
    share = np.where(np.isfinite(share), share, 1.0)
    return np.asarray(np.where(there.any(axis=-1), x[before] + share * (x[first] - x[before]), np.nan))
