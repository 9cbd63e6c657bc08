"""Features that distances can be taken of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.examples import not_finite
from alviz.samplers.query import Query


def finite_features(query: Query) -> NDArray[np.float32]:
    """Return the features of the whole pool, (n, d).

    Raises
    ------
    InvalidInput
        If there are NaN or infinite ones among them.
    """
    bad = not_finite(query.features)
    if bad.any():
        raise InvalidInput(
            f"The features hold NaN or inf in {int(bad.sum())} row(s), the first is row {int(bad.argmax())}: distances "
            "need finite ones. Look at what the learner or the pool gives there."
        )
    return query.features
