"""Supervised training on tensors: scaling, batches, schedules, augmentation, and the pass over the pool."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from alviz.errors import InvalidInput

# Rows per forward pass when nothing is learned, and pixels in all of them (256 images of 32×32): the first
# feature maps of a ResNet take 64 floats for each. Small enough for a laptop's memory, large enough for a GPU.
_ROWS = 1024
_PIXELS = 2**18


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


def even_batches(n: int, batch: int) -> Iterator[torch.Tensor]:
    """Yield one epoch of row indices in batches of even sizes that differ by at most two; of an odd `n` one is odd.

    `batch` is at least 2.
    """
    order = torch.randperm(n)
    *batches, smallest = order[: n - n % 2].view(-1, 2).tensor_split(math.ceil(n / batch))
    yield from (pairs.flatten() for pairs in batches)
    yield torch.cat([smallest.flatten(), order[n - n % 2 :]])


def cross_entropy(model: nn.Module, inputs: torch.Tensor, targets: torch.Tensor, share: float) -> torch.Tensor:
    """Return the mean cross-entropy of a batch, whatever the `share` of all epochs that is over."""
    return functional.cross_entropy(model(inputs), targets)


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
    if schedule in ("cosine", "long_cosine"):
        # The long one would reach zero 5 % after the end: at 210 of 200 epochs, as in Rethinking.
        return 0.5 * (1 + math.cos(math.pi * done / (1.05 if schedule == "long_cosine" else 1)))
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
    objective: Callable[[nn.Module, torch.Tensor, torch.Tensor, float], torch.Tensor] = cross_entropy,
    even: bool = False,
) -> None:
    """Minimize the cross-entropy of `model` on `x`, `y` in place, or another `objective`.

    Parameters
    ----------
    x : Tensor, (m, ...)
        Network inputs.
    y : Tensor of int64, (m,)
    augment : callable
        What changes a batch of inputs at random.
    progress : callable
        Called before every step with (steps done, all steps).
    objective : callable
        ``objective(model, inputs, targets, share)`` returns the loss of a batch; `share` of all epochs is over.
    even : bool
        Whether batches hold an even number of examples, 2 at least, as far as there are so many.
    """
    # Batch normalization cannot take one value per channel: an example that is alone in its batch counts twice.
    # Equal copies leave the loss as it is; two draws of the augmentation would be pushed apart without bound.
    normalizes = any(isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)) for module in model.modules())
    model.train()
    initial = [group["lr"] for group in optimizer.param_groups]
    batch = max(batch, 2) if even else batch
    steps, done = epochs * math.ceil(len(x) / batch), 0
    for epoch in range(epochs):
        for rows in (even_batches if even else shuffled_batches)(len(x), batch):
            progress(done, steps)
            for group, lr in zip(optimizer.param_groups, initial, strict=True):
                group["lr"] = lr * learning_rate(schedule, done / steps)
            rows = rows.to(x.device)
            inputs, targets = augment(x[rows]), y[rows]
            if normalizes and len(rows) == 1:
                inputs, targets = torch.cat([inputs, inputs]), torch.cat([targets, targets])
            loss = objective(model, inputs, targets, epoch / epochs)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            done += 1
    progress(done, steps)


def resume_weights(model: nn.Module, weights: Mapping[str, NDArray[Any]]) -> None:
    """Load the weights of the cycle before; a layer of another shape, the head of fewer classes, stays fresh."""
    fresh = model.state_dict()
    missing = sorted(fresh.keys() ^ weights.keys())
    if missing:
        raise InvalidInput(f"The weights of the cycle before are of another network: {missing[0]} is not in both.")
    fits = {name: value for name, value in weights.items() if fresh[name].shape == value.shape}
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in fits.items()}, strict=False)


def try_out(model: nn.Module, x: torch.Tensor) -> None:
    """Refuse a network that cannot be trained on examples like `x`: one pass in training mode.

    Raises
    ------
    InvalidInput
        With what the network said; or if it returns something else than one tensor, as networks do that
        have auxiliary classifiers in training only.
    """
    model.train()
    try:
        with torch.no_grad():
            output = model(x)
    except (RuntimeError, ValueError, TypeError, IndexError, AssertionError) as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise InvalidInput(
            f"The network cannot take examples of shape {tuple(x.shape[1:])}: {said}. The factory is told this shape, "
            "(channels, height, width) of images: let it build a network for it, or change the examples."
        ) from error
    _rows(output, "The network, in training,")


def rows_per_pass(X: NDArray[Any]) -> int:
    """Return how many examples go through a network at once when nothing is learned."""
    return max(1, min(_ROWS, _PIXELS // math.prod(X.shape[1:3])))


def describe(
    model: nn.Module,
    layer: nn.Module,
    scaling: Scaling,
    X: NDArray[Any],
    device: str,
    progress: Callable[[int, int], None],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return features (n, d) of `layer` and logits (n, C) of the whole `X`: evaluation mode, no augmentation."""
    rows = rows_per_pass(X)
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
            for start in range(0, len(X), rows):
                progress(start, len(X))
                seen.clear()
                output = model(scaling.apply(scaling.raw(X[start : start + rows], device)))
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
