"""Features before the first label, for learners that have none of their own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alviz.examples import blocks
from alviz.learners.linear import vectors
from alviz.pool import Pool

# Larger images are averaged down to squares of this side: enough to tell like from unlike, small enough to store.
_SIDE = 16
_MOST = 1024


def cold_features(pool: Pool) -> NDArray[np.float32]:
    """Return the examples themselves as float32 rows (n, d): vectors, or pixels in 0..1.

    Images of more than 1,024 numbers are averaged over areas to at most 16 × 16.
    """
    shape = pool.X.shape[1:]
    if pool.kind == "vector" or np.prod(shape) <= _MOST:
        return vectors(pool.X)
    import torch
    from torch.nn.functional import adaptive_avg_pool2d

    small = []
    for _, rows in blocks(pool.X):
        images = torch.from_numpy(np.array(rows)).float().div_(255)
        images = images[:, None] if images.ndim == 3 else images.permute(0, 3, 1, 2)
        height, width = images.shape[2:]
        small.append(adaptive_avg_pool2d(images, (min(_SIDE, height), min(_SIDE, width))).flatten(1).numpy())
    return np.concatenate(small)
