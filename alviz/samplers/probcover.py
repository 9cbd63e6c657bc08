"""ProbCover: greedy covering of the pool by balls of radius δ around the labeled.

Yehuda, Dekel, Hacohen, Weinshall. Active Learning Through a Covering Lens. NeurIPS 2022, Algorithm 1: on the graph of
all x → y with ‖x − y‖ ≤ δ, take out what is covered, pick the largest out-degree, again. That is MaxHerding under a
top-hat kernel, and this file only sets the kernel; see there for δ and for "auto".

Covered examples count no more, and all rows count; of equal degrees one is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from alviz.part import parameter
from alviz.samplers.maxherding import MaxHerding


@dataclass(frozen=True)
class ProbCover(MaxHerding):
    """Pick again and again the example with the most uncovered ones within δ.

    The score is the share of the pool that a candidate alone would add to what is covered; ``extra`` is that of
    MaxHerding.
    """

    name: ClassVar[str] = "probcover"

    kernel: str = parameter("top_hat", "how a label covers what is near", choices=("gaussian", "top_hat"))
