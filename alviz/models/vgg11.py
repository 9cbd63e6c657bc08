"""VGG-11 for small images: configuration A of the paper."""

from __future__ import annotations

from typing import ClassVar

from alviz.models.vgg import VGG


class VGG11(VGG):
    """Eight convolutions and one linear classifier; see `alviz.models.vgg.VGG`. The feature layer is ``body``."""

    depth: ClassVar[int] = 11
