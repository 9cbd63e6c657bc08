"""The matrices that the operators stand for, written out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def unit(features: Any) -> Matrix:
    features = np.asarray(features, dtype=np.float64)
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def seqgcn_matrix(S: Any, normalize: str) -> Matrix:
    """Eq 4 of SeqGCN for similarities S with ones on the diagonal: D⁻¹(S - I) + I, or (S - I)D⁻¹ + I."""
    n = len(S)
    off = np.asarray(S, dtype=np.float64) - np.eye(n)
    D = np.diag(1 / off.sum(axis=1))
    return (D @ off if normalize == "row" else off @ D) + np.eye(n)
