"""The network that tells the codes of labeled examples from those of unlabeled ones."""

from __future__ import annotations

import torch
from torch import nn


class Discriminator(nn.Module):
    """latent → hidden → hidden → 1 with ReLU between, initialized as He et al. (2015) do.

    Parameters
    ----------
    latent, hidden : int
    """

    def __init__(self, latent: int = 32, hidden: int = 512) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1)
        )
        for layer in self.layers:
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, code: torch.Tensor) -> torch.Tensor:
        """Return logits (batch,); their sigmoid is D, near 1 where a code looks labeled."""
        logits: torch.Tensor = self.layers(code)
        return logits[:, 0]
