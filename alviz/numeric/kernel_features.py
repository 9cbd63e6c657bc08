"""Vectors whose products are the values of a Gaussian kernel, exactly or nearly.

Rahimi, Recht. Random Features for Large-Scale Kernel Machines. NIPS 2007.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Rows of a block of phases.
_ROWS = 4096


def kernel_features(
    X: NDArray[np.float32], sigma: float, components: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return Z with Z Zᵀ the matrix of k(x, y) = exp(−‖x − y‖² / σ²), (n, c), c ≤ `components`.

    Exact for no more rows than components, from the eigenvectors of the kernel matrix. Else random Fourier
    features, [cos ωᵀx, sin ωᵀx] / √(c / 2) with ω ~ N(0, 2 / σ²): k(x, x) is 1, other entries err by about 1 / √c.

    Parameters
    ----------
    X : ndarray of float32, (n, d)
    sigma : float
    components : int
        At least 2; an odd one counts one less.
    rng : numpy.random.Generator
    """
    if len(X) <= components:
        rows = X.astype(np.float64)
        squares = np.einsum("ij,ij->i", rows, rows)
        squared = np.maximum(squares[:, None] + squares - 2 * rows @ rows.T, 0)
        values, vectors = np.linalg.eigh(np.exp(-squared / sigma**2))
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0)), dtype=np.float32)
    half = components // 2
    frequencies = (rng.standard_normal((X.shape[1], half)) * np.sqrt(2) / sigma).astype(np.float32)
    Z = np.empty((len(X), 2 * half), dtype=np.float32)
    for start in range(0, len(X), _ROWS):
        part = slice(start, start + _ROWS)
        phases = X[part] @ frequencies
        np.cos(phases, out=Z[part, :half])
        np.sin(phases, out=Z[part, half:])
    Z *= np.float32(half**-0.5)
    return Z
