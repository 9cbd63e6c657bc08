"""Training regimes, one per file."""

from alviz.learners.base import Fit, Learner, Previous
from alviz.registry import PartRegistry

registry: PartRegistry[Learner] = PartRegistry(
    "learner",
    Learner,
    {
        "linear": "alviz.learners.linear:Linear",
        "resnet18": "alviz.learners.resnet18:ResNet18",
        "supervised": "alviz.learners.supervised:Supervised",
        "vgg11": "alviz.learners.vgg11:VGG11",
    },
    group="alviz.learners",
)
names = registry.names
get = registry.get
make = registry.make

__all__ = ["Fit", "Learner", "Previous", "get", "make", "names", "registry"]


def __getattr__(name: str) -> object:
    # alviz.learners.Linear and alviz.learners.linear, each imported when it is first asked for.
    return registry.attribute(__name__, name)
