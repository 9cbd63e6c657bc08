"""The training regime of SeqGCN, which its networks share.

Caramalau, Bhattarai, Kim. Sequential Graph Convolutional Network for Active Learning. CVPR 2021.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from alviz.learners.supervised import Supervised

_PARAMETERS = {f.name: f for f in fields(Supervised)}


def default(name: str, value: Any) -> Any:
    """Declare a parameter of `Supervised` again with another default."""
    return field(default=value, metadata=_PARAMETERS[name].metadata)


@dataclass(frozen=True)
class SeqGCN(Supervised):
    """SGD for 200 epochs, the rate a tenth from the 160th on, fresh weights each cycle, CIFAR-10's augmentation.

    Deviations: images are moved with their border reflected, where the paper's code fills it with black; and
    mean and standard deviation are those of the pool at hand. For SVHN and FashionMNIST the paper neither
    augments nor standardizes: ``augment="none", standardize=False``.
    """

    epochs: int = default("epochs", 200)
    batch: int = default("batch", 128)
    optimizer: str = default("optimizer", "sgd")
    lr: float = default("lr", 0.1)
    momentum: float = default("momentum", 0.9)
    nesterov: bool = default("nesterov", False)
    weight_decay: float = default("weight_decay", 5e-4)
    schedule: str = default("schedule", "step")
    augment: str = default("augment", "shift_flip")
    shift: int = default("shift", 4)
