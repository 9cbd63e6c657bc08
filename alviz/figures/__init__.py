"""Figures: arrays in, a plotly Figure out; no widget, no store."""

from alviz.figures.agreement import agreement_matrix, rank_scatter
from alviz.figures.curves import Curve, accuracy_curves
from alviz.figures.palette import DARK, LIGHT, THEMES, Theme, class_colors, ranks
from alviz.figures.selection_map import TRACES, Coloring, class_marks, selection_map

__all__ = [
    "DARK",
    "LIGHT",
    "THEMES",
    "TRACES",
    "Coloring",
    "Curve",
    "Theme",
    "accuracy_curves",
    "agreement_matrix",
    "class_colors",
    "class_marks",
    "rank_scatter",
    "ranks",
    "selection_map",
]
