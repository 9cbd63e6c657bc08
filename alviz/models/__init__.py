"""The networks, one small file each; a file and a line in this table add one.

A factory takes the shape of one example, (c, h, w) or (d,), and the number of classes, and returns a network
that gives logits. One with an attribute ``least`` reads images only, of at least that height and width; one that takes
``dropout`` (a share) goes with that parameter of learners. An attribute ``taps`` of the network names the modules, four
at most, that a learner's loss head reads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from alviz.registry import Registry

if TYPE_CHECKING:
    from torch import nn

    Factory = Callable[..., nn.Module]

registry: Registry[Factory] = Registry(
    "network",
    {
        "cnn13": "alviz.models.cnn13:CNN13",
        "mlp": "alviz.models.mlp:MLP",
        "resnet18": "alviz.models.resnet18:ResNet18",
        "small_cnn": "alviz.models.small_cnn:SmallCNN",
        "vgg11": "alviz.models.vgg11:VGG11",
        "vgg16": "alviz.models.vgg16:VGG16",
        "wrn28": "alviz.models.wrn28:WRN28",
    },
)
names = registry.names
get = registry.get

__all__ = ["get", "names", "registry"]
