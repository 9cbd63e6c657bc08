"""ResNet-18 with the CIFAR stem, trained as in SeqGCN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from alviz.learners.seqgcn import SeqGCN
from alviz.part import parameter


@dataclass(frozen=True)
class ResNet18(SeqGCN):
    """ResNet-18 on images, trained from scratch: the network of `alviz.models.resnet18`, the regime of `SeqGCN`."""

    name: ClassVar[str] = "resnet18"

    model: str = parameter("resnet18", "the network", choices=("resnet18",))
