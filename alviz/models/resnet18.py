"""ResNet-18 for small images (He et al. Deep Residual Learning for Image Recognition. CVPR 2016)."""

from __future__ import annotations

from collections import OrderedDict
from typing import ClassVar

import torch
from torch import nn


class ResNet18(nn.Module):
    """torchvision's ResNet-18 with the stem that is usual for CIFAR. The feature layer is ``body``.

    The stem is one 3×3 convolution of stride 1 without max-pooling, for images of any number of channels.
    Weights are initialized as torchvision does. The four stages are ``body.layer1`` to ``body.layer4``;
    features are the 512 averages over the last one, after its ReLU.

    Parameters
    ----------
    shape : tuple of int
        (c, h, w), any h and w; below 9×9 the last stage sees a single pixel.
    classes : int
    dropout : float
        The share of features that is dropped before the classifier.
    """

    least: ClassVar[int] = 1
    taps: ClassVar[tuple[str, ...]] = ("body.layer1", "body.layer2", "body.layer3", "body.layer4")

    def __init__(self, shape: tuple[int, ...], classes: int, dropout: float = 0.0) -> None:
        from torchvision.models import resnet18

        super().__init__()
        parts = OrderedDict(resnet18(num_classes=classes).named_children())
        del parts["maxpool"]
        parts["conv1"] = nn.Conv2d(shape[0], 64, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(parts["conv1"].weight, mode="fan_out", nonlinearity="relu")
        classifier = parts.pop("fc")
        self.body = nn.Sequential(parts)
        self.body.add_module("flatten", nn.Flatten())
        self.classifier = classifier
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits (batch, classes)."""
        logits: torch.Tensor = self.classifier(self.dropout(self.body(x)))
        return logits
