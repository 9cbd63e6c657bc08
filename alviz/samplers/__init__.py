"""Samplers, one per file; a file and a line in this table add one everywhere."""

from alviz.registry import PartRegistry
from alviz.samplers.base import Sampler
from alviz.samplers.query import Query

registry: PartRegistry[Sampler] = PartRegistry(
    "sampler",
    Sampler,
    {
        "core_gcn": "alviz.samplers.core_gcn:CoreGCN",
        "coreset": "alviz.samplers.coreset:Coreset",
        "entropy": "alviz.samplers.entropy:Entropy",
        "featprop": "alviz.samplers.featprop:FeatProp",
        "jlp": "alviz.samplers.jlp:JLP",
        "least_confidence": "alviz.samplers.least_confidence:LeastConfidence",
        "margin": "alviz.samplers.margin:Margin",
        "random": "alviz.samplers.random:Random",
        "revival": "alviz.samplers.revival:Revival",
        "uncertain_gcn": "alviz.samplers.uncertain_gcn:UncertainGCN",
    },
    group="alviz.samplers",
)
names = registry.names
get = registry.get
make = registry.make

__all__ = ["Query", "Sampler", "get", "make", "names", "registry"]


def __getattr__(name: str) -> object:
    # alviz.samplers.Coreset and alviz.samplers.coreset, each imported when it is first asked for.
    return registry.attribute(__name__, name)
