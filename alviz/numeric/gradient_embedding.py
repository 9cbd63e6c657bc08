"""Distances between gradient embeddings g = q ⊗ v, of C·d numbers each, from their factors alone.

⟨g_i, g_j⟩ = ⟨q_i, q_j⟩⟨v_i, v_j⟩, so |g_i - g_j|² = |q_i|²|v_i|² + |q_j|²|v_j|² - 2⟨q_i, q_j⟩⟨v_i, v_j⟩: two products
of C and d numbers for each pair in place of one of C·d.

*Precision.* The products are float32. Where they cancel, the distance is a small share of the norms, it is summed
again in float64 from g_i - g_j = q_i ⊗ (v_i - v_j) + (q_i - q_j) ⊗ v_j, which is 0 for a duplicate.

*Memory.* q and v in float32, and three numbers per row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alviz.numeric.blocks import blocks

# A squared distance below this share of the squared norms has lost digits: 1e-6 of rounding is 1e-4 of it.
_CANCELED = 1e-2

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


class GradientEmbedding:
    """The embeddings g_i = q_i ⊗ v_i of some rows.

    Parameters
    ----------
    q : ndarray of float32, (n, C)
    v : ndarray of float32, (n, d)
        Contiguous; both are kept, not copied.

    Attributes
    ----------
    squares : ndarray of float64, (n,)
        |g_i|².
    """

    def __init__(self, q: NDArray[np.float32], v: NDArray[np.float32]) -> None:
        self.q, self.v = q, v
        self.squares = _dots(q, q) * _dots(v, v)

    def lower(self, nearest: Floats, row: int) -> None:
        """Let `nearest` (n,), squared distances to some rows, know of one more."""
        squared = self.squares + self.squares[row]
        line = _CANCELED * squared
        # In float64: the factors of two small numbers would leave float32.
        squared -= 2.0 * (self.q @ self.q[row]).astype(np.float64) * (self.v @ self.v[row])
        doubtful = np.flatnonzero((squared < line) & (squared - line < nearest) & (nearest > 0))
        squared[doubtful] = self._exact(doubtful, row)
        np.minimum(nearest, np.maximum(squared, 0, out=squared), out=nearest)

    def _exact(self, rows: Ids, row: int) -> Floats:
        """Return |g_i - g_row|² of some rows, without cancellation."""
        squared = np.empty(len(rows))
        q, v = self.q[row].astype(np.float64), self.v[row].astype(np.float64)
        for part in blocks(len(rows), self.q.shape[1] + self.v.shape[1]):
            mine = self.q[rows[part]].astype(np.float64)
            dq, dv = mine - q, self.v[rows[part]] - v
            squared[part] = _dots(mine, mine) * _dots(dv, dv) + _dots(dq, dq) * (v @ v) + 2 * _dots(mine, dq) * (dv @ v)
        return squared


def _dots(a: NDArray[np.floating], b: NDArray[np.floating]) -> Floats:
    """Return ⟨a_i, b_i⟩ of each row, in float64."""
    return np.einsum("ij,ij->i", a, b, dtype=np.float64)
