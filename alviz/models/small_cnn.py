"""A small convolutional network for images from 8×8 to about 64×64."""

from __future__ import annotations

from collections import OrderedDict
from typing import ClassVar

import torch
from torch import nn


class SmallCNN(nn.Module):
    """Two 3×3 convolutions with pooling, one ReLU layer, a linear classifier. The feature layer is ``body``.

    The second pooling brings any image to 4×4, so that the features do not depend on the image size.
    No batch normalization: the first cycles learn from batches of very few examples.

    Parameters
    ----------
    shape : tuple of int
        (c, h, w), any h and w; below 4×4 the second pooling has nothing to choose from.
    classes : int
    width : int
        Channels of the first convolution; the second has twice as many.
    features : int
        Size of the feature layer.
    dropout : float
        The share of activations that is dropped after the second pooling, and between the features and the
        classifier. Weights have the same names with and without.
    """

    least: ClassVar[int] = 1
    taps: ClassVar[tuple[str, ...]] = ("body.1", "body.4", "body.8")

    def __init__(
        self, shape: tuple[int, ...], classes: int, width: int = 16, features: int = 64, dropout: float = 0.0
    ) -> None:
        super().__init__()
        # A strided first pooling only where there is something to spare: 8×8 digits keep their detail.
        shrink: nn.Module = nn.MaxPool2d(2) if min(shape[1:]) >= 16 else nn.Identity()
        layers: list[nn.Module] = [
            nn.Conv2d(shape[0], width, 3, padding=1),
            nn.ReLU(),
            shrink,
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveMaxPool2d(4),
            nn.Flatten(),
            nn.Linear(2 * width * 16, features),
            nn.ReLU(),
        ]
        named = [(str(number), layer) for number, layer in enumerate(layers)]
        if dropout:
            named.insert(7, ("dropout", nn.Dropout(dropout)))
        self.body = nn.Sequential(OrderedDict(named))
        self.classifier = nn.Linear(features, classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits (batch, classes)."""
        logits: torch.Tensor = self.classifier(self.dropout(self.body(x)))
        return logits
