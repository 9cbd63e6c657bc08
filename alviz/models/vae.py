"""A variational auto-encoder (Kingma, Welling. Auto-Encoding Variational Bayes. ICLR 2014)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn


class VAE(nn.Module):
    """An encoder to the mean and log variance of a normal code, and a decoder back.

    Linear layers and convolutions are initialized as He et al. (2015) do.

    Parameters
    ----------
    encoder : nn.Module
        Gives vectors (batch, width).
    width : int
    decoder : nn.Module
        Reads codes (batch, latent), and gives the shape that the encoder reads.
    latent : int
    """

    def __init__(self, encoder: nn.Module, width: int, decoder: nn.Module, latent: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.mean = nn.Linear(width, latent)
        self.log_variance = nn.Linear(width, latent)
        self.decoder = decoder
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                nn.init.kaiming_normal_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and log variance (batch, latent)."""
        hidden = self.encoder(x)
        return self.mean(hidden), self.log_variance(hidden)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the reconstruction of one draw of the code, and the code's mean and log variance."""
        mean, log_variance = self.encode(x)
        code = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return self.decoder(code), mean, log_variance


class _Crop(nn.Module):
    """Cuts images to a height and width."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[..., : self.height, : self.width]


def image_vae(shape: tuple[int, ...], latent: int = 32, widths: Sequence[int] = (128, 256, 512, 1024)) -> VAE:
    """Return an auto-encoder of images (c, h, w): convolutions that halve them, and others that double them again.

    Every layer is a 4×4 convolution of stride 2 with batch normalization and ReLU; the last one, to the channels of
    the image, is 1×1. There are at most so many as h and w can be halved.

    Parameters
    ----------
    shape : tuple of int
        (c, h, w), h and w at least 2.
    latent : int
    widths : sequence of int
        Channels after each halving. The default is for images of 32×32 and more.
    """
    channels, height, width = shape
    widths = widths[: int(math.log2(min(height, width)))]
    layers: list[nn.Module] = []
    for inward, outward in pairwise([channels, *widths]):
        layers += [nn.Conv2d(inward, outward, 4, 2, 1, bias=False), nn.BatchNorm2d(outward), nn.ReLU()]
    sides = height // 2 ** len(widths), width // 2 ** len(widths)
    # One doubling less than there were halvings, from a larger first image.
    first = [math.ceil(side / 2 ** (len(widths) - 1)) for side in (height, width)]
    back: list[nn.Module] = [nn.Linear(latent, widths[-1] * math.prod(first)), nn.Unflatten(1, (widths[-1], *first))]
    for inward, outward in pairwise(widths[::-1]):
        back += [nn.ConvTranspose2d(inward, outward, 4, 2, 1, bias=False), nn.BatchNorm2d(outward), nn.ReLU()]
    back += [nn.Conv2d(widths[0], channels, 1), _Crop(height, width)]
    encoder = nn.Sequential(*layers, nn.Flatten())
    return VAE(encoder, widths[-1] * math.prod(sides), nn.Sequential(*back), latent)


def vector_vae(size: int, latent: int = 32, widths: Sequence[int] = (256, 128)) -> VAE:
    """Return an auto-encoder of vectors (size,) with ReLU layers of `widths`, and the same in turn."""
    layers: list[nn.Module] = []
    for inward, outward in pairwise([size, *widths]):
        layers += [nn.Linear(inward, outward), nn.ReLU()]
    back: list[nn.Module] = []
    for inward, outward in pairwise([latent, *widths[::-1]]):
        back += [nn.Linear(inward, outward), nn.ReLU()]
    return VAE(nn.Sequential(*layers), widths[-1], nn.Sequential(*back, nn.Linear(widths[0], size)), latent)
