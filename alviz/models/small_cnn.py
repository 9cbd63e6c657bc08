"""A small convolutional network for images from 8×8 to about 64×64."""

from __future__ import annotations

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
    """

    least: ClassVar[int] = 1

    def __init__(self, shape: tuple[int, ...], classes: int, width: int = 16, features: int = 64) -> None:
        super().__init__()
        # A strided first pooling only where there is something to spare: 8×8 digits keep their detail.
        shrink: nn.Module = nn.MaxPool2d(2) if min(shape[1:]) >= 16 else nn.Identity()
        self.body = nn.Sequential(
            nn.Conv2d(shape[0], width, 3, padding=1),
            nn.ReLU(),
            shrink,
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveMaxPool2d(4),
            nn.Flatten(),
            nn.Linear(2 * width * 16, features),
            nn.ReLU(),
        )
        self.classifier = nn.Linear(features, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits (batch, classes)."""
        logits: torch.Tensor = self.classifier(self.body(x))
        return logits
