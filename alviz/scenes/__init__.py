"""What there is to show of a run's cycles, as arrays: read from disk once, the same for widgets and for pages."""

from alviz.scenes.catalog import catalog, head, trust
from alviz.scenes.codes import COLORINGS, NONE, codes, palettes
from alviz.scenes.marks import Mark, asked_mark, fit_name, recorded_ids, recorded_mark
from alviz.scenes.rows import Rows
from alviz.scenes.scene import Picks, Scene
from alviz.scenes.wanted import wanted

__all__ = [
    "COLORINGS",
    "NONE",
    "Mark",
    "Picks",
    "Rows",
    "Scene",
    "asked_mark",
    "catalog",
    "codes",
    "fit_name",
    "head",
    "palettes",
    "recorded_ids",
    "recorded_mark",
    "trust",
    "wanted",
]
