"""Pools by name, each from its source."""

from alviz.datasets.arrays import arrays
from alviz.datasets.digits import digits
from alviz.datasets.hugging_face import hugging_face
from alviz.datasets.image_folder import image_folder
from alviz.datasets.numpy_files import npy, npz
from alviz.datasets.recipes import from_recipe, load, maker_name, registry
from alviz.datasets.recorded import recorded
from alviz.datasets.tables import table
from alviz.datasets.torchvision_sets import cifar10, cifar100, fashion_mnist, kmnist, mnist, svhn

names = registry.names

__all__ = [
    "arrays",
    "cifar10",
    "cifar100",
    "digits",
    "fashion_mnist",
    "from_recipe",
    "hugging_face",
    "image_folder",
    "kmnist",
    "load",
    "maker_name",
    "mnist",
    "names",
    "npy",
    "npz",
    "recorded",
    "registry",
    "svhn",
    "table",
]
