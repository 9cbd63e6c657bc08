"""The 1,797 scanned digits that scikit-learn ships: no download."""

from __future__ import annotations

import numpy as np

from alviz.pool import Pool
from alviz.task import Classification

_TEST = 500


def digits() -> Pool:
    """Return scikit-learn's digits: 8×8 images, 1,297 in the pool and 500 for testing.

    The split is fixed and stratified. Grey values 0..16 are spread over 0..255.

    References
    ----------
    Alpaydin, Kaynak. Optical Recognition of Handwritten Digits. UCI, 1998.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    data = load_digits()
    images = np.round(data.images * (255 / 16)).astype(np.uint8)
    labels = data.target.astype(np.int64)
    rows, test_rows = train_test_split(np.arange(len(labels)), test_size=_TEST, stratify=labels, random_state=0)
    return Pool(
        images[rows],
        labels[rows],
        Classification(tuple(map(str, range(10)))),
        images[test_rows],
        labels[test_rows],
        name="digits",
        recipe={"dataset": "digits", "params": {}},
    )
