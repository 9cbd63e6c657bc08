"""From what run.json or a command line says to the pool that it means."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from alviz.datasets.derived import DERIVED
from alviz.errors import InvalidInput
from alviz.pool import Pool
from alviz.registry import Registry

registry: Registry[Callable[..., Pool]] = Registry(
    "dataset",
    {
        "arrow": "alviz.datasets.tables:table",
        "cifar10": "alviz.datasets.torchvision_sets:cifar10",
        "cifar100": "alviz.datasets.torchvision_sets:cifar100",
        "digits": "alviz.datasets.digits:digits",
        "fashion_mnist": "alviz.datasets.torchvision_sets:fashion_mnist",
        "image_folder": "alviz.datasets.image_folder:image_folder",
        "kmnist": "alviz.datasets.torchvision_sets:kmnist",
        "mnist": "alviz.datasets.torchvision_sets:mnist",
        "npy": "alviz.datasets.numpy_files:npy",
        "npz": "alviz.datasets.numpy_files:npz",
        "parquet": "alviz.datasets.tables:table",
        "recorded": "alviz.datasets.recorded:recorded",
        "svhn": "alviz.datasets.torchvision_sets:svhn",
        "table": "alviz.datasets.tables:table",
    },
    group="alviz.datasets",
)

# Methods of `Pool` that make a pool of another one, and that a recipe may name.
_DERIVED = ("split", "subset", "imbalanced")


def maker_name(spec: str) -> str:
    """Return the registered name in ``NAME`` or ``NAME:PATH``; a dash stands for an underscore."""
    return spec.partition(":")[0].replace("-", "_")


def load(spec: str, **params: Any) -> Pool:
    """Return the pool of ``NAME`` or ``NAME:PATH``, for example ``mnist:FOLDER`` or ``parquet:FILE``.

    Parameters
    ----------
    spec : str
        The path goes to the maker's first parameter.
    **params
        The maker's other parameters.
    """
    name, colon, path = spec.partition(":")
    maker = registry.get(maker_name(spec))
    first = next(iter(inspect.signature(maker).parameters.values()), None)
    needed = first is not None and first.default is first.empty and first.kind is not first.KEYWORD_ONLY
    if needed is not bool(path) and not (first is not None and first.name in params and not colon):
        form = f"{name}:{first.name.upper()}" if needed and first is not None else name
        raise InvalidInput(f"The dataset {name!r} is written {form!r}, got {spec!r}.")
    return maker(path, **params) if path else maker(**params)


def from_recipe(recipe: Mapping[str, Any]) -> Pool:
    """Return the pool that a recipe describes, made of another one where it says so."""
    for how in _DERIVED:
        if how in recipe:
            pool: Pool = getattr(from_recipe(recipe["of"]), how)(**recipe[how])
            return pool
    for how, make in DERIVED.items():
        if how in recipe:
            return make(from_recipe(recipe["of"]), **recipe[how])
    return registry.get(recipe["dataset"])(**recipe["params"])
