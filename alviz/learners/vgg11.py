"""VGG-11 with batch normalization, trained as in SeqGCN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from alviz.learners.seqgcn import SeqGCN
from alviz.part import parameter


@dataclass(frozen=True)
class VGG11(SeqGCN):
    """VGG-11 on images, trained from scratch: the network of `alviz.models.vgg11`, the regime of `SeqGCN`."""

    name: ClassVar[str] = "vgg11"

    model: str = parameter("vgg11", "the network", choices=("vgg11",))
