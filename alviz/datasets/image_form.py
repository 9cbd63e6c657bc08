"""The one form that all images of a pool have, decided by their headers and by what was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alviz.errors import InvalidInput

Fit = Literal["crop", "pad", "stretch"]


@dataclass(frozen=True)
class Header:
    """What an image is before it is decoded.

    Attributes
    ----------
    size : (int, int)
        Height and width, as the image is meant to be seen (EXIF orientation).
    gray : bool
        Whether it has a gray mode; a palette counts as color.
    """

    size: tuple[int, int]
    gray: bool


@dataclass(frozen=True)
class Form:
    """The form that all images of a pool have.

    Attributes
    ----------
    size : (int, int)
        Height and width.
    channels : {1, 3}
        Gray or color.
    fit : {"crop", "pad", "stretch"} or None
        How other sizes are brought to `size`; None where all images have it already.
    """

    size: tuple[int, int]
    channels: Literal[1, 3]
    fit: Fit | None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one image: (h, w), or (h, w, 3)."""
        return self.size if self.channels == 1 else (*self.size, 3)


def common_form(
    place: Path,
    headers: Collection[Header],
    size: tuple[int, int] | None,
    channels: Literal[1, 3] | None,
    fit: Fit,
) -> Form:
    """Return the form of all images: what was asked, else what they have in common.

    Raises
    ------
    InvalidInput
        If nothing was asked and they differ; `place` is named in the message.
    """
    sizes = Counter(header.size for header in headers)
    (height, width), often = sizes.most_common(1)[0]
    if size is None and len(sizes) > 1:
        raise InvalidInput(
            f"The images in {place} have {len(sizes)} sizes; the commonest is {height}×{width} (height × width, "
            f"{often} of {len(headers)}). Pass size=({height}, {width}) or another one, and perhaps fit=."
        )
    size = size or (height, width)
    gray = sum(header.gray for header in headers)
    if channels is None and 0 < gray < len(headers):
        raise InvalidInput(
            f"{gray} images in {place} are gray and {len(headers) - gray} have colors: pass channels=1 or channels=3."
        )
    return Form(size, channels or (1 if gray else 3), None if set(sizes) == {size} else fit)
