"""Images of one channel for a network that was built for three."""

from __future__ import annotations

import torch
from torch import nn

_COLORS = 3


def wants_colors(model: nn.Module) -> nn.Conv2d | None:
    """Return the network's first convolution if it reads three channels."""
    first = next((module for module in model.modules() if isinstance(module, nn.Conv2d)), None)
    return first if first is not None and first.in_channels == _COLORS else None


def repeat_channel(model: nn.Module) -> None:
    """Let the first convolution read a single channel three times, if it is one that reads three.

    Only what the convolution would refuse is changed; names and values of weights stay.
    """
    first = wants_colors(model)
    if first is not None:
        first.register_forward_pre_hook(_repeated)


def _repeated(_module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    x, *more = inputs
    return (x.expand(-1, _COLORS, -1, -1) if x.ndim == 4 and x.shape[1] == 1 else x, *more)
