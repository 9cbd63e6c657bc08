"""VGG-16 for small images: configuration D of the paper."""

from __future__ import annotations

from typing import ClassVar

from alviz.models.vgg import VGG


class VGG16(VGG):
    """Thirteen convolutions and one linear classifier; see `alviz.models.vgg.VGG`. The feature layer is ``body``.

    Sener and Savarese (Core-set. ICLR 2018) say "VGG-16" and "He initialization"; batch normalization and the single
    linear layer of the usual form for CIFAR are ours.
    """

    depth: ClassVar[int] = 16
