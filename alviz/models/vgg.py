"""VGG networks for small images (Simonyan, Zisserman. Very Deep Convolutional Networks. ICLR 2015)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

# Channels of the convolutions in each block, by depth: configurations A and D of the paper.
_BLOCKS = {
    11: ((64,), (128,), (256, 256), (512, 512), (512, 512)),
    16: ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512)),
}


class VGG(nn.Module):
    """A VGG with batch normalization and one linear classifier. The feature layer is ``body``.

    The convolutions are those of torchvision's networks with batch normalization, initialized likewise, as He et al.
    do; the three fully connected layers that ImageNet's version ends in give way to one, as is usual for CIFAR. Five
    blocks, ``body.block1`` to ``body.block5``, end in a max-pooling each; features are the 512 averages over the last
    one.

    Parameters
    ----------
    shape : tuple of int
        (c, h, w), h and w at least 32: each block halves them.
    classes : int
    dropout : float
        The share of features that is dropped before the classifier.
    """

    depth: ClassVar[int]
    least: ClassVar[int] = 32
    taps: ClassVar[tuple[str, ...]] = ("body.block1", "body.block2", "body.block3", "body.block4")

    def __init__(self, shape: tuple[int, ...], classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.body = nn.Sequential()
        channels = shape[0]
        for number, widths in enumerate(_BLOCKS[self.depth], start=1):
            block = nn.Sequential()
            for width in widths:
                convolution = nn.Conv2d(channels, width, 3, padding=1)
                nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]
                block.extend([convolution, nn.BatchNorm2d(width), nn.ReLU(inplace=True)])
                channels = width
            block.append(nn.MaxPool2d(2))
            self.body.add_module(f"block{number}", block)
        self.body.add_module("average", nn.AdaptiveAvgPool2d(1))
        self.body.add_module("flatten", nn.Flatten())
        self.classifier = nn.Linear(channels, classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits (batch, classes)."""
        logits: torch.Tensor = self.classifier(self.dropout(self.body(x)))
        return logits
