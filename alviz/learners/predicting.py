"""What recorded weights of a network say of any examples: evaluation mode, dropout on where it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from alviz.errors import InvalidInput
from alviz.learners.training import Scaling, rows_per_pass
from alviz.pool import Pool

_DROPOUT = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)

# Measuring a large pool takes longer than a pass over a few examples, and passes come in dozens.
_MEASURED: WeakKeyDictionary[Pool, Scaling] = WeakKeyDictionary()


def scaling_of(pool: Pool, standardize: bool) -> Scaling:
    """Return what a fit on `pool` measures, from memory where it was measured before."""
    if not standardize:
        return Scaling.of(pool.X, False)
    if pool not in _MEASURED:
        _MEASURED[pool] = Scaling.of(pool.X, True)
    return _MEASURED[pool]


def load_weights(model: nn.Module, weights: Mapping[str, NDArray[Any]]) -> None:
    """Load all recorded weights; unlike a warm start, nothing may stay fresh.

    Raises
    ------
    InvalidInput
        If names or shapes are not those of the network.
    """
    fresh = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    told = {name: value.shape for name, value in weights.items()}
    other = sorted(name for name in fresh.keys() | told.keys() if fresh.get(name) != told.get(name))
    if other:
        name = other[0]
        raise InvalidInput(
            f"The weights are of another network: {name} is {told.get(name, 'not there')}, expected "
            f"{fresh.get(name, 'no such weights')}. Pass those that a fit of this learner on this pool recorded."
        )
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})


def dropouts(model: nn.Module) -> list[nn.Module]:
    """Return the modules that drop something in training."""
    return [module for module in model.modules() if isinstance(module, _DROPOUT) and module.p > 0]


def predict_logits(
    model: nn.Module,
    scaling: Scaling,
    X: NDArray[Any],
    device: str,
    progress: Callable[[int, int], None],
    *,
    dropout: bool = False,
) -> NDArray[np.float32]:
    """Return logits (m, C) of `X`: evaluation mode, no augmentation.

    Parameters
    ----------
    X : ndarray
        At least one example.
    dropout : bool
        Whether dropout modules are in training mode; nothing else is, batch normalization keeps its averages.
    """
    model.eval()
    if dropout:
        for module in dropouts(model):
            module.train()
    rows, found = rows_per_pass(X), []
    with torch.inference_mode():
        for start in range(0, len(X), rows):
            progress(start, len(X))
            output = model(scaling.apply(scaling.raw(X[start : start + rows], device)))
            found.append(output.float().cpu().numpy())
    progress(len(X), len(X))
    return np.concatenate(found)
