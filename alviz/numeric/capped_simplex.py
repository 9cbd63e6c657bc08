"""Convex quadratic programs of low rank over weights between 0 and 1 with a given sum.

Minimize ½ c ‖Zᵀα‖² + qᵀα over {0 ≤ α ≤ 1, Σα = b} by accelerated projected gradients (Beck, Teboulle. A Fast Iterative
Shrinkage-Thresholding Algorithm. SIAM Journal on Imaging Sciences 2, 2009) that begin anew where they go uphill
(O'Donoghue, Candès. Adaptive Restart for Accelerated Gradient Schemes. Foundations of Computational Mathematics 15,
2015). The matrix c Z Zᵀ is never built: a step costs two products with Z.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def project(v: Floats, b: float) -> Floats:
    """Return the nearest point to `v` with entries between 0 and 1 and sum `b`, clip(v − τ, 0, 1)."""
    low, high = float(v.min()) - 1.0, float(v.max())
    # Σ clip(v − τ, 0, 1) falls from n at low to 0 at high, and is linear between entries: Newton's steps, which
    # bisection takes over where they leave the bracket.
    shift = (low + high) / 2
    for _ in range(200):
        inside = np.clip(v - shift, 0, 1)
        excess = float(inside.sum()) - b
        low, high = (shift, high) if excess > 0 else (low, shift)
        if abs(excess) <= 1e-12 * len(v) or high - low <= 1e-15 * max(1.0, abs(low), abs(high)):
            break
        slope = int(np.count_nonzero((inside > 0) & (inside < 1)))
        shift = shift + excess / slope if slope else low
        if not low < shift < high:
            shift = (low + high) / 2
    return np.asarray(np.clip(v - shift, 0, 1))


def minimize(
    Z: NDArray[np.floating],
    c: float,
    q: Floats,
    b: int,
    *,
    steps: int = 300,
    tolerance: float = 1e-7,
    start: Floats | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Floats:
    """Return the weights α that make ½ c ‖Zᵀα‖² + qᵀα least, 0 ≤ α ≤ 1, Σα = b.

    Parameters
    ----------
    Z : ndarray, (n, r)
    c : float
        At least 0. With c = 0 the program is linear and its answer the `b` smallest of q, ties to the first.
    q : ndarray of float64, (n,)
    b : int
        0 to n.
    steps : int
        The most.
    tolerance : float
        No entry moves by more in the last step.
    start : ndarray, (n,), optional
        Where to begin; all alike by default.
    tick : callable
        Called in every step; what it raises stops the work.
    """
    n = len(q)
    top = c * _largest_eigenvalue(Z)
    if top <= 0:
        alpha = np.zeros(n)
        alpha[np.argsort(q, kind="stable")[:b]] = 1
        return alpha
    alpha = np.full(n, b / n) if start is None else project(np.asarray(start, dtype=np.float64), b)
    ahead, momentum = alpha, 1.0
    for _ in range(steps):
        tick()
        gradient = c * (Z @ (Z.T @ ahead.astype(Z.dtype))).astype(np.float64) + q
        new = project(ahead - gradient / top, b)
        uphill = float((ahead - new) @ (new - alpha)) > 0
        faster = 1.0 if uphill else (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = new if uphill else new + (momentum - 1) / faster * (new - alpha)
        step, alpha, momentum = float(np.abs(new - alpha).max()), new, faster
        if step <= tolerance and not uphill:
            break
    return alpha


def _largest_eigenvalue(Z: NDArray[np.floating]) -> float:
    """Return the largest eigenvalue of Z Zᵀ, that of the smaller ZᵀZ."""
    small = (Z.T @ Z).astype(np.float64) if Z.shape[0] >= Z.shape[1] else (Z @ Z.T).astype(np.float64)
    # A little more than float32 products say: too short a step is safe, too long is not.
    return float(np.linalg.eigvalsh(small)[-1]) * (1 + 1e-4)
