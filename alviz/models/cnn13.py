"""The 13-layer CNN of semi-supervised learning (Tarvainen, Valpola. Mean Teachers. NIPS 2017)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

# Output channels, kernel and padding of the convolutions in each block.
_BLOCKS = (
    ((128, 3, 1), (128, 3, 1), (128, 3, 1)),
    ((256, 3, 1), (256, 3, 1), (256, 3, 1)),
    ((512, 3, 0), (256, 1, 0), (128, 1, 0)),
)
_SLOPE = 0.1


class CNN13(nn.Module):
    """Nine convolutions in three blocks and a linear classifier. The feature layer is ``body``.

    As Siméoni et al. (Rethinking deep active learning. 2020) use it: every convolution is weight-normalized and
    followed by batch normalization and a LeakyReLU of slope 0.1; features are the 128 averages over what the last
    block leaves (6×6 of an image of 32×32), divided by their l2 norm, and may be negative. The classifier is
    weight-normalized too: ``classifier.weight`` is what multiplies the features, its length and direction are what is
    learned and recorded. The first two blocks, ``body.block1`` and ``body.block2``, end in a max-pooling each.

    Parameters
    ----------
    shape : tuple of int
        (c, h, w), h and w at least 12: two poolings halve them, and one convolution without padding takes 3×3.
    classes : int
    dropout : float
        The share of activations that is dropped after each of the two poolings; 0.5 in the papers.
    """

    least: ClassVar[int] = 12
    taps: ClassVar[tuple[str, ...]] = ("body.block1", "body.block2", "body.block3")

    def __init__(self, shape: tuple[int, ...], classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.body = nn.Sequential()
        channels = shape[0]
        for number, convolutions in enumerate(_BLOCKS, start=1):
            block = nn.Sequential()
            for width, kernel, padding in convolutions:
                convolution = weight_norm(nn.Conv2d(channels, width, kernel, padding=padding))
                block.extend([convolution, nn.BatchNorm2d(width), nn.LeakyReLU(_SLOPE)])
                channels = width
            self.body.add_module(f"block{number}", block)
            if number < len(_BLOCKS):
                block.append(nn.MaxPool2d(2))
                self.body.add_module(f"dropout{number}", nn.Dropout(dropout))
        self.body.add_module("average", nn.AdaptiveAvgPool2d(1))
        self.body.add_module("flatten", nn.Flatten())
        self.body.add_module("unit", _Unit())
        self.classifier = weight_norm(nn.Linear(channels, classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits (batch, classes)."""
        logits: torch.Tensor = self.classifier(self.body(x))
        return logits


class _Unit(nn.Module):
    """Divides every row by its l2 norm; zeros stay zeros."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.normalize(x)
