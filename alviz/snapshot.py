"""What one fit leaves behind for samplers and views to look at."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import InvalidInput
from alviz.examples import not_finite


@dataclass(frozen=True, eq=False)
class Head:
    """The last linear layer: probabilities are softmax(features @ weight.T + bias).

    Attributes
    ----------
    weight : ndarray of float32, (C, d)
    bias : ndarray of float32, (C,)
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The fitted model's view of the whole pool; what a learner does not give is None.

    Attributes
    ----------
    features : ndarray of float32, (n, d)
        Activations of the layer that feeds the classifier, evaluation mode, no augmentation.
    probs : ndarray of float32, (n, C)
        Class probabilities.
    head : Head
    loss : ndarray of float32, (n,)
        Predicted loss of each example, larger where the model expects to err more; in no unit.
    """

    features: NDArray[np.float32] | None = None
    probs: NDArray[np.float32] | None = None
    head: Head | None = None
    loss: NDArray[np.float32] | None = None

    @property
    def gives(self) -> frozenset[str]:
        """The names of what is there."""
        return frozenset(f.name for f in fields(self) if getattr(self, f.name) is not None)


def check_snapshot(snapshot: Snapshot, n: int, classes: int) -> None:
    """Refuse a snapshot whose arrays do not fit the pool or are not finite.

    Raises
    ------
    InvalidInput
        Naming the array, its shape and what was expected. A learner's author sees this.
    """
    expected: dict[str, tuple[Any, tuple[int | str, ...]]] = {
        "features": (snapshot.features, (n, "d")),
        "probs": (snapshot.probs, (n, classes)),
        "loss": (snapshot.loss, (n,)),
    }
    for name, (array, shape) in expected.items():
        if array is None:
            continue
        fits = array.ndim == len(shape) and all(
            wanted in ("d", found) for wanted, found in zip(shape, array.shape, strict=True)
        )
        if not fits or array.dtype != np.float32:
            wanted = f"({shape[0]},{''.join(f' {side}' for side in shape[1:])})"
            raise InvalidInput(
                f"The learner gave {name} of shape {array.shape} and dtype {array.dtype}, expected float32 {wanted}."
            )
        bad = not_finite(array)
        if bad.any():
            raise InvalidInput(
                f"The learner gave {name} with NaN or inf in {int(bad.sum())} row(s), the first is row "
                f"{int(bad.argmax())}: training diverged. A lower learning rate usually helps."
            )
    if snapshot.head is not None and snapshot.features is not None:
        d = snapshot.features.shape[1]
        if snapshot.head.weight.shape != (classes, d) or snapshot.head.bias.shape != (classes,):
            raise InvalidInput(
                f"The learner gave a head of shape {snapshot.head.weight.shape} and {snapshot.head.bias.shape}, "
                f"expected ({classes}, {d}) and ({classes},)."
            )
