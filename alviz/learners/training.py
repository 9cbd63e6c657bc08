"""Supervised training on tensors: scaling, batches, schedules, augmentation, and the pass over the pool."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from alviz.errors import InvalidInput

# Rows per forward pass when nothing is learned: small enough for the caches, large enough for a GPU.
_ROWS = 1024


@dataclass(frozen=True)
class Scaling:
    """Turns examples into network inputs: (x - mean) / std, images (n, h, w[, c]) into (n, c, h, w).

    Attributes
    ----------
    mean, std : ndarray of float32
        One number per channel of an image, one per entry of a vector, in the examples' own units.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]

    @classmethod
    def of(cls, X: NDArray[Any], standardize: bool) -> Scaling:
        """Measure the pool, in blocks; without `standardize`, images go to 0..1 and vectors stay."""
        channels = X.shape[-1] if X.ndim in (2, 4) else 1
        if not standardize:
            scale = 255 if X.dtype == np.uint8 else 1
            return cls(np.zeros(channels, np.float32), np.full(channels, scale, np.float32))
        total, squares, count = np.zeros(channels), np.zeros(channels), 0
        for start in range(0, len(X), 8192):
            rows = X[start : start + 8192].reshape(-1, channels).astype(np.float64)
            total, squares, count = total + rows.sum(0), squares + (rows**2).sum(0), count + len(rows)
        mean = total / count
        variance = np.maximum(squares / count - mean**2, 0)
        # A constant entry says nothing: leave it at zero instead of dividing by rounding noise.
        std = np.sqrt(np.where(variance > 1e-12 * np.maximum(mean**2, 1e-12), variance, 1))
        return cls(mean.astype(np.float32), std.astype(np.float32))

    def raw(self, X: NDArray[Any], device: str) -> torch.Tensor:
        """Return a copy of the examples on the device, in their own dtype, channels first."""
        tensor = torch.from_numpy(np.array(X)).to(device)
        if tensor.ndim == 3:
            return tensor.unsqueeze(1)
        return tensor.permute(0, 3, 1, 2).contiguous() if tensor.ndim == 4 else tensor

    def apply(self, raw: torch.Tensor) -> torch.Tensor:
        """Return float32 network inputs for the output of `raw`."""
        shape = (1, -1) + (1,) * (raw.ndim - 2)
        mean = torch.from_numpy(self.mean).to(raw.device).view(shape)
        std = torch.from_numpy(self.std).to(raw.device).view(shape)
        return (raw.float() - mean) / std


def shuffled_batches(n: int, batch: int) -> Iterator[torch.Tensor]:
    """Yield one epoch of row indices in batches whose sizes differ by at most one.

    Even sizes keep the last batch from being a single example, which batch normalization cannot take.
    """
    yield from torch.randperm(n).tensor_split(math.ceil(n / batch))


def shift(x: torch.Tensor, pixels: int) -> torch.Tensor:
    """Return images moved by up to `pixels` each way, each by its own draw, reflected at the border."""
    n, _, h, w = x.shape
    pixels = min(pixels, h - 1, w - 1)
    padded = functional.pad(x, (pixels,) * 4, mode="reflect")
    rows = torch.randint(0, 2 * pixels + 1, (n, 1)) + torch.arange(h)
    columns = torch.randint(0, 2 * pixels + 1, (n, 1)) + torch.arange(w)
    which = torch.arange(n)[:, None, None]
    # Advanced indices around a slice put the channels last.
    moved = padded[which, :, rows.to(x.device)[:, :, None], columns.to(x.device)[:, None, :]]
    return moved.permute(0, 3, 1, 2)


def flip(x: torch.Tensor) -> torch.Tensor:
    """Return images mirrored left to right, each with probability one half."""
    chosen = (torch.rand(len(x)) < 0.5).to(x.device)
    return torch.where(chosen[:, None, None, None], x.flip(3), x)


def learning_rate(schedule: str, done: float) -> float:
    """Return the factor on the initial learning rate after the share `done` of all steps."""
    if schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * done))
    if schedule == "step":
        return 1.0 if done < 0.8 else 0.1
    return 1.0


def train(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    augment: Callable[[torch.Tensor], torch.Tensor],
    epochs: int,
    batch: int,
    schedule: str,
    progress: Callable[[int, int], None],
) -> None:
    """Minimize the cross-entropy of `model` on `x`, `y` in place.

    Parameters
    ----------
    x : Tensor, (m, ...)
        Network inputs.
    y : Tensor of int64, (m,)
    augment : callable
        What changes a batch of inputs at random.
    progress : callable
        Called before every step with (steps done, all steps).
    """
    model.train()
    initial = [group["lr"] for group in optimizer.param_groups]
    steps, done = epochs * math.ceil(len(x) / batch), 0
    for _ in range(epochs):
        for rows in shuffled_batches(len(x), batch):
            progress(done, steps)
            for group, lr in zip(optimizer.param_groups, initial, strict=True):
                group["lr"] = lr * learning_rate(schedule, done / steps)
            rows = rows.to(x.device)
            loss = functional.cross_entropy(model(augment(x[rows])), y[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            done += 1
    progress(done, steps)


def describe(
    model: nn.Module,
    layer: nn.Module,
    scaling: Scaling,
    X: NDArray[Any],
    device: str,
    progress: Callable[[int, int], None],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return features (n, d) of `layer` and logits (n, C) of the whole `X`: evaluation mode, no augmentation."""
    seen: list[torch.Tensor] = []
    features: list[NDArray[np.float32]] = []
    logits: list[NDArray[np.float32]] = []

    def see(_module: nn.Module, _inputs: Any, output: Any) -> None:
        # A copy: the next layer may work in place.
        seen.append(_rows(output, "The feature layer").flatten(1).clone())

    handle = layer.register_forward_hook(see)
    model.eval()
    try:
        with torch.inference_mode():
            for start in range(0, len(X), _ROWS):
                progress(start, len(X))
                seen.clear()
                output = model(scaling.apply(scaling.raw(X[start : start + _ROWS], device)))
                logits.append(_rows(output, "The network").float().cpu().numpy())
                if not seen:
                    raise InvalidInput("The network never runs its feature layer. Name another one as feature_layer.")
                features.append(seen[-1].float().cpu().numpy())
    finally:
        handle.remove()
    progress(len(X), len(X))
    return np.concatenate(features), np.concatenate(logits)


def _rows(output: Any, what: str) -> torch.Tensor:
    """Return `output` if it is a tensor with a row per example."""
    if not isinstance(output, torch.Tensor) or output.ndim < 2:
        got = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
        raise InvalidInput(f"{what} returns {got}, expected a tensor (examples, ...).")
    return output
