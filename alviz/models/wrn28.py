"""The wide ResNet of 28 layers (Zagoruyko, Komodakis. Wide Residual Networks. BMVC 2016)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn
from torch.nn import functional

_BLOCKS = 4  # in each of three groups, two convolutions a block: 28 layers with stem, shortcuts and classifier


class WRN28(nn.Module):
    """WRN-28-k: three groups of four blocks that normalize before they convolve. The feature layer is ``body``.

    Batch normalization and ReLU as in the paper, where MixMatch's code has a LeakyReLU; convolutions are initialized
    as He et al. do. The groups, ``body.group1`` to ``body.group3``, have 16k, 32k and 64k channels, the second and the
    third halve the image; features are the 64k averages over the last one, after normalization and ReLU.
    ``lambda shape, classes: WRN28(shape, classes, width=10)`` is a factory of a wider one.

    Parameters
    ----------
    shape : tuple of int
        (c, h, w), any h and w; below 5×5 the last group sees a single pixel.
    classes : int
    width : int
        k.
    dropout : float
        The share of activations that is dropped between the two convolutions of each block.
    """

    least: ClassVar[int] = 1
    taps: ClassVar[tuple[str, ...]] = ("body.group1", "body.group2", "body.group3")

    def __init__(self, shape: tuple[int, ...], classes: int, width: int = 2, dropout: float = 0.0) -> None:
        super().__init__()
        self.body = nn.Sequential()
        self.body.add_module("stem", _convolution(shape[0], 16))
        channels = 16
        for number, stride in enumerate((1, 2, 2), start=1):
            group = nn.Sequential()
            for block in range(_BLOCKS):
                wider = width * 2 ** (3 + number)
                group.append(_Block(channels, wider, 1 if block else stride, dropout))
                channels = wider
            self.body.add_module(f"group{number}", group)
        self.body.add_module("normalize", nn.BatchNorm2d(channels))
        self.body.add_module("relu", nn.ReLU())
        self.body.add_module("average", nn.AdaptiveAvgPool2d(1))
        self.body.add_module("flatten", nn.Flatten())
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits (batch, classes)."""
        logits: torch.Tensor = self.classifier(self.body(x))
        return logits


class _Block(nn.Module):
    """Two normalized convolutions beside a shortcut, which is a 1×1 convolution where channels change.

    That one reads what the first normalization and ReLU made of the input, an identity reads the input itself.
    """

    def __init__(self, channels: int, wider: int, stride: int, dropout: float) -> None:
        super().__init__()
        self.normalize1 = nn.BatchNorm2d(channels)
        self.convolution1 = _convolution(channels, wider, stride=stride)
        self.normalize2 = nn.BatchNorm2d(wider)
        self.dropout = nn.Dropout(dropout)
        self.convolution2 = _convolution(wider, wider)
        self.shortcut = None if channels == wider else _convolution(channels, wider, kernel=1, stride=stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        active = functional.relu(self.normalize1(x))
        inner = functional.relu(self.normalize2(self.convolution1(active)))
        residual: torch.Tensor = self.convolution2(self.dropout(inner))
        return residual + (x if self.shortcut is None else self.shortcut(active))


def _convolution(channels: int, wider: int, kernel: int = 3, stride: int = 1) -> nn.Conv2d:
    convolution = nn.Conv2d(channels, wider, kernel, stride=stride, padding=kernel // 2, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    return convolution
