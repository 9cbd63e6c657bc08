"""A multilayer perceptron."""

from __future__ import annotations

import torch
from torch import nn


class MLP(nn.Module):
    """Flatten, `hidden` ReLU layers, a linear classifier. The feature layer is ``body``.

    Parameters
    ----------
    shape : tuple of int
        The shape of one example as the network sees it: (d,) or (c, h, w).
    classes : int
    hidden : tuple of int
        Units per layer; the last is the size of the features.
    """

    def __init__(self, shape: tuple[int, ...], classes: int, hidden: tuple[int, ...] = (128, 64)) -> None:
        super().__init__()
        size = 1
        for side in shape:
            size *= side
        layers: list[nn.Module] = [nn.Flatten()]
        for width in hidden:
            layers += [nn.Linear(size, width), nn.ReLU()]
            size = width
        self.body = nn.Sequential(*layers)
        self.classifier = nn.Linear(size, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits (batch, classes)."""
        logits: torch.Tensor = self.classifier(self.body(x))
        return logits
