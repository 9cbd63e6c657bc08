"""A network of one's own."""

from __future__ import annotations

from collections import OrderedDict
from math import prod

from torch import nn


class Own:
    """A factory that is not at the top of its module."""

    @staticmethod
    def network(shape: tuple[int, ...], classes: int) -> nn.Module:
        body = nn.Sequential(nn.Flatten(), nn.Linear(prod(shape), 6), nn.BatchNorm1d(6), nn.ReLU())
        return nn.Sequential(OrderedDict(body=body, classifier=nn.Linear(6, classes)))


def colorful(shape: tuple[int, ...], classes: int) -> nn.Module:
    """Read three channels, whatever the shape."""
    body = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(2), nn.Flatten())
    return nn.Sequential(OrderedDict(body=body, classifier=nn.Linear(24, classes)))
