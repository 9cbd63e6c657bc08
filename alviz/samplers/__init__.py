"""Samplers, one per file; a file and a line in this table add one everywhere."""

from importlib import import_module

from alviz.registry import PartRegistry
from alviz.samplers.base import Sampler
from alviz.samplers.query import Query

registry: PartRegistry[Sampler] = PartRegistry(
    "sampler",
    Sampler,
    {
        "alfa_mix": "alviz.samplers.alfa_mix:AlfaMix",
        "badge": "alviz.samplers.badge:BADGE",
        "bald": "alviz.samplers.bald:BALD",
        "bmdr": "alviz.samplers.bmdr:BMDR",
        "cdal": "alviz.samplers.cdal:CDAL",
        "ceal": "alviz.samplers.ceal:CEAL",
        "core_gcn": "alviz.samplers.core_gcn:CoreGCN",
        "coreset": "alviz.samplers.coreset:Coreset",
        "dropquery": "alviz.samplers.dropquery:DropQuery",
        "entropy": "alviz.samplers.entropy:Entropy",
        "featprop": "alviz.samplers.featprop:FeatProp",
        "ical": "alviz.samplers.ical:ICAL",
        "jlp": "alviz.samplers.jlp:JLP",
        "k_median": "alviz.samplers.k_median:KMedian",
        "k_medoids": "alviz.samplers.k_medoids:KMedoids",
        "learning_loss": "alviz.samplers.learning_loss:LearningLoss",
        "least_confidence": "alviz.samplers.least_confidence:LeastConfidence",
        "margin": "alviz.samplers.margin:Margin",
        "maxherding": "alviz.samplers.maxherding:MaxHerding",
        "mc_entropy": "alviz.samplers.mc_entropy:MCEntropy",
        "oracle_uncertainty": "alviz.samplers.oracle_uncertainty:OracleUncertainty",
        "probcover": "alviz.samplers.probcover:ProbCover",
        "random": "alviz.samplers.random:Random",
        "revival": "alviz.samplers.revival:Revival",
        "robust_coreset": "alviz.samplers.robust_coreset:RobustCoreset",
        "schedule": "alviz.samplers.schedule:Schedule",
        "scikit_activeml": "alviz.samplers.scikit_activeml:ScikitActiveML",
        "sraal": "alviz.samplers.sraal:SRAAL",
        "tcm": "alviz.samplers.tcm:TCM",
        "typiclust": "alviz.samplers.typiclust:TypiClust",
        "uherding": "alviz.samplers.uherding:UHerding",
        "uncertain_gcn": "alviz.samplers.uncertain_gcn:UncertainGCN",
        "vaal": "alviz.samplers.vaal:VAAL",
        "variation_ratios": "alviz.samplers.variation_ratios:VariationRatios",
    },
    group="alviz.samplers",
    wants={"scikit_activeml": "skactiveml"},
)
names = registry.names
get = registry.get
make = registry.make

__all__ = ["Query", "Sampler", "as_query_function", "from_skactiveml", "get", "make", "names", "registry"]

_ADAPTERS = ("as_query_function", "from_skactiveml")


def __getattr__(name: str) -> object:
    # alviz.samplers.Coreset and alviz.samplers.coreset, each imported when it is first asked for.
    if name in _ADAPTERS:
        return getattr(import_module("alviz.samplers.adapters"), name)
    return registry.attribute(__name__, name)
