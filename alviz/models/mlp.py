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
    dropout : float
        The share of activations that is dropped after every hidden ReLU; after the last of them, between the
        features and the classifier. Weights have the same names with and without.
    """

    def __init__(
        self, shape: tuple[int, ...], classes: int, hidden: tuple[int, ...] = (128, 64), dropout: float = 0.0
    ) -> None:
        super().__init__()
        size = 1
        for side in shape:
            size *= side
        self.body = nn.Sequential(nn.Flatten())
        for number, width in enumerate(hidden):
            if number and dropout:
                self.body.add_module(f"dropout{number}", nn.Dropout(dropout))
            self.body.add_module(str(2 * number + 1), nn.Linear(size, width))
            self.body.add_module(str(2 * number + 2), nn.ReLU())
            size = width
        self.taps = tuple(f"body.{2 * number + 2}" for number in range(len(hidden)))[-4:]
        self.classifier = nn.Linear(size, classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits (batch, classes)."""
        logits: torch.Tensor = self.classifier(self.dropout(self.body(x)))
        return logits
