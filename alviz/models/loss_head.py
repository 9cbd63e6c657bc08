"""The head that predicts how large the loss of an example is, from what blocks of a network say of it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class LossHead(nn.Module):
    """One ReLU layer per block, side by side, and a linear layer over all of them.

    Yoo, Kweon. Learning Loss for Active Learning. CVPR 2019, Figure 2: GAP → FC(128) → ReLU of every block, then
    FC(1). The averages are taken before: this head reads vectors.

    Parameters
    ----------
    widths : sequence of int
        Channels of each block.
    hidden : int
        Units per block.
    """

    def __init__(self, widths: Sequence[int], hidden: int = 128) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(width, hidden), nn.ReLU()) for width in widths)
        self.loss = nn.Linear(hidden * len(widths), 1)

    def forward(self, averages: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return the predicted losses (batch,) of block averages (batch, width)."""
        hidden = [block(average) for block, average in zip(self.blocks, averages, strict=True)]
        losses: torch.Tensor = self.loss(torch.cat(hidden, dim=1))
        return losses[:, 0]
