"""Maps: where the points of a pool lie in the plane, from cycle to cycle; one method per file."""

from alviz.maps.layout import Layout
from alviz.maps.layouts import Layouts
from alviz.maps.method import MapMethod
from alviz.maps.table import registry, titles

names = registry.names
get = registry.get
make = registry.make

__all__ = ["Layout", "Layouts", "MapMethod", "get", "make", "names", "registry", "titles"]


def __getattr__(name: str) -> object:
    # alviz.maps.UMAP and alviz.maps.umap, each imported when it is first asked for.
    return registry.attribute(__name__, name)
