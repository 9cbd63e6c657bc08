"""Maps: where the points of a pool lie in the plane, from cycle to cycle."""

from alviz.maps.layouts import METHODS, Layout, Layouts

__all__ = ["METHODS", "Layout", "Layouts"]
