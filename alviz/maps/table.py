"""The table of map methods; a file and a line here, or an entry point of another package, add one everywhere."""

from __future__ import annotations

from alviz.errors import InvalidInput
from alviz.maps.method import MapMethod
from alviz.registry import PartRegistry

registry: PartRegistry[MapMethod] = PartRegistry(
    "map",
    MapMethod,
    {
        "pca": "alviz.maps.pca:PCA",
        "tsne": "alviz.maps.tsne:TSNE",
        "umap": "alviz.maps.umap:UMAP",
    },
    group="alviz.maps",
)


def titles() -> dict[str, str]:
    """Return what the map methods are called on a page, by name.

    One that cannot be loaded goes by its name: a damaged plugin shall not keep the others from being offered,
    and whoever asks for it is told what is wrong.
    """
    return {name: _title(name) for name in registry.names()}


def _title(name: str) -> str:
    try:
        return registry.get(name).title
    except InvalidInput:
        return name
