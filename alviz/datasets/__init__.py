"""Pools by name, each from its source."""

from alviz.datasets.arrays import arrays
from alviz.datasets.digits import digits
from alviz.datasets.mnist import mnist
from alviz.datasets.recipes import from_recipe, load, names

__all__ = ["arrays", "digits", "from_recipe", "load", "mnist", "names"]
