"""What there is to show of a run's cycles, as arrays: read from disk once, the same for widgets and for pages."""

from alviz.scenes.codes import COLORINGS, NONE, codes, palettes
from alviz.scenes.rows import Rows
from alviz.scenes.scene import Picks, Scene

__all__ = ["COLORINGS", "NONE", "Picks", "Rows", "Scene", "codes", "palettes"]
