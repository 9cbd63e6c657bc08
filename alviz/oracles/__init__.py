"""Who answers when labels are asked for."""

from alviz.oracles.base import Oracle
from alviz.registry import PartRegistry

registry: PartRegistry[Oracle] = PartRegistry(
    "oracle",
    Oracle,
    {
        "human": "alviz.oracles.human:Human",
        "noisy": "alviz.oracles.noisy:Noisy",
        "truth": "alviz.oracles.truth:Truth",
    },
)
names = registry.names
get = registry.get
make = registry.make

__all__ = ["Oracle", "get", "make", "names", "registry"]


def __getattr__(name: str) -> object:
    return registry.attribute(__name__, name)
