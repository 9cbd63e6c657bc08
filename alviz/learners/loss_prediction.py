"""Learning Loss: a network learns beside its task how large the loss of each example is.

Yoo, Kweon. Learning Loss for Active Learning. CVPR 2019.

A head reads the averages of up to four blocks of the network and says l̂ of every example. Losses fall while a network
learns, so the head learns their order and not their size: the examples of a batch are dealt into pairs (i, j), and

    L_loss(l̂, l) = max(0, -1(l_i, l_j)·(l̂_i - l̂_j) + ξ),   1(l_i, l_j) = +1 if l_i > l_j else -1,   ξ = 1   (Eq 2)

is averaged over the pairs and added to the mean of the task's losses l (Eq 1, λ = 1). Nothing is learned through l.
The head's gradient reaches the network in the first 60 % of the epochs only.

Deviations: batches hold an even number of examples each; of an odd number of labeled examples one, another in each
epoch, is in no pair. The head has the network's optimizer and schedule, and is fresh in every cycle, also where the
network goes on from the weights of the cycle before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from alviz.errors import InvalidInput
from alviz.models.loss_head import LossHead

MARGIN = 1.0
WEIGHT = 1.0
# The share of the epochs after which the network learns nothing of the head's any more.
TOGETHER = 0.6

_BLOCKS = 4


def ranking_loss(predicted: torch.Tensor, losses: torch.Tensor, margin: float = MARGIN) -> torch.Tensor:
    """Return the mean hinge (scalar) over the pairs of the first and the last, the second and the last but one, ....

    Parameters
    ----------
    predicted, losses : Tensor, (m,)
        In a random order. Of an odd number the one in the middle is in no pair.
    margin : float
        ξ of Eq 2.
    """
    pairs = len(losses) // 2
    if pairs == 0:
        return predicted.sum() * 0
    sign = torch.where(losses[:pairs] > losses.flip(0)[:pairs], 1.0, -1.0)
    return functional.relu(margin - sign * (predicted[:pairs] - predicted.flip(0)[:pairs])).mean()


class LossPrediction:
    """A loss head beside a network, whose blocks it watches in every forward pass.

    Parameters
    ----------
    model : nn.Module
        With an attribute ``taps``: the names of one to four of its modules.
    x : Tensor, (m, ...)
        A few network inputs, to see how wide the blocks are.

    Raises
    ------
    InvalidInput
        If the network names no blocks, or something that is none.
    """

    def __init__(self, model: nn.Module, x: torch.Tensor) -> None:
        self._taps = _taps(model)
        self._seen: dict[str, torch.Tensor] = {}
        for name in self._taps:
            model.get_submodule(name).register_forward_hook(self._watch(name))
        model.eval()
        with torch.no_grad():
            model(x)
        self.head = LossHead([average.shape[1] for average in self._averages()]).to(x.device)

    def objective(self, model: nn.Module, inputs: torch.Tensor, targets: torch.Tensor, share: float) -> torch.Tensor:
        """Return the mean cross-entropy and the ranking loss of a batch, after the `share` of all epochs."""
        losses = functional.cross_entropy(model(inputs), targets, reduction="none")
        averages = self._averages()
        if share >= TOGETHER:
            averages = [average.detach() for average in averages]
        return losses.mean() + WEIGHT * ranking_loss(self.head(averages), losses.detach())

    @contextmanager
    def following(self, model: nn.Module) -> Iterator[list[NDArray[np.float32]]]:
        """Yield a list to which every forward pass of the network adds the predicted losses of its examples."""
        found: list[NDArray[np.float32]] = []

        def predict(_module: nn.Module, _inputs: Any, _output: Any) -> None:
            found.append(self.head(self._averages()).float().cpu().numpy())

        handle = model.register_forward_hook(predict)
        try:
            yield found
        finally:
            handle.remove()

    def _averages(self) -> list[torch.Tensor]:
        """Return what the blocks said in the last pass; each is taken once, so that nothing old is taken for new."""
        seen, self._seen = self._seen, {}
        silent = [name for name in self._taps if name not in seen]
        if silent:
            raise InvalidInput(f"The network never runs {silent[0]!r}, which its taps name. Name another module.")
        return [seen[name] for name in self._taps]

    def _watch(self, name: str) -> Callable[[nn.Module, Any, Any], None]:
        def see(_module: nn.Module, _inputs: Any, output: Any) -> None:
            if not isinstance(output, torch.Tensor) or output.ndim < 2:
                got = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
                raise InvalidInput(
                    f"{name!r}, which the network's taps name, returns {got}, expected a tensor (examples, channels, "
                    "...)."
                )
            # A copy of vectors: the next layer may work in place.
            self._seen[name] = output.flatten(2).mean(2) if output.ndim > 2 else output.clone()

        return see


def _taps(model: nn.Module) -> tuple[str, ...]:
    """Return the names of the blocks that a network has a loss head read."""
    what = (
        "A loss head reads the blocks that a network names: give it an attribute taps, the names of one to "
        f"{_BLOCKS} of its modules as in model.named_modules(), such as ('layer1', 'layer2')"
    )
    taps = getattr(model, "taps", None)
    if taps is None:
        raise InvalidInput(f"{type(model).__name__} has no taps. {what}. Or leave loss_head=False.")
    names = (taps,) if isinstance(taps, str) else tuple(taps)
    modules = {name for name, _ in model.named_modules() if name}
    unknown = [name for name in names if name not in modules]
    if unknown or not 1 <= len(names) <= _BLOCKS or len(set(names)) < len(names):
        said = f", and {unknown[0]!r} is none of its modules" if unknown else ""
        raise InvalidInput(f"{type(model).__name__} has taps={taps!r}{said}. {what}.")
    return names
