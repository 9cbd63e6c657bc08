"""Temperatures and how far confidence lies from accuracy.

Guo, Pleiss, Sun, Weinberger. On Calibration of Modern Neural Networks. ICML 2017.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def tempered(logits: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """Return softmax(logits / T) of each row (n, C); -inf stays probability 0."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=1, keepdims=True))


def expected_calibration_error(probs: NDArray[np.floating], correct: NDArray[Any], bins: int = 15) -> float:
    """Return Σ_b n_b/n · |accuracy_b − confidence_b| over `bins` equal bins of the largest probability.

    Parameters
    ----------
    probs : ndarray, (n, C)
    correct : ndarray of bool, (n,)
        Whether the most likely class is the true one.
    bins : int
        Each with its right end, and not its left one.
    """
    confidence = probs.max(axis=1)
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.bincount(place, weights=np.asarray(correct, dtype=np.float64) - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidence))
