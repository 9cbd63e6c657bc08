"""Figures: arrays in, a plotly Figure out; no widget, no store."""

from alviz.figures.agreement import agreement_matrix, rank_scatter
from alviz.figures.agreement_panels import agreement_panel, rank_panel
from alviz.figures.bands import Band, band_curves, value_points
from alviz.figures.booktabs import booktabs
from alviz.figures.curve import Curve, Level
from alviz.figures.curves import accuracy_curves, cycle_line, here_point
from alviz.figures.dot_rows import DotRow, dot_rows
from alviz.figures.map_grid import Panel, map_grid
from alviz.figures.palette import DARK, LIGHT, THEMES, Theme, class_colors, ranks
from alviz.figures.parity import Pair, parity_dots
from alviz.figures.selection_map import TRACES, Coloring, class_marks, selection_map
from alviz.figures.sheet import sheet
from alviz.figures.win_matrix import win_matrix

__all__ = [
    "DARK",
    "LIGHT",
    "THEMES",
    "TRACES",
    "Band",
    "Coloring",
    "Curve",
    "DotRow",
    "Level",
    "Pair",
    "Panel",
    "Theme",
    "accuracy_curves",
    "agreement_matrix",
    "agreement_panel",
    "band_curves",
    "booktabs",
    "class_colors",
    "class_marks",
    "cycle_line",
    "dot_rows",
    "here_point",
    "map_grid",
    "parity_dots",
    "rank_panel",
    "rank_scatter",
    "ranks",
    "selection_map",
    "sheet",
    "value_points",
    "win_matrix",
]
