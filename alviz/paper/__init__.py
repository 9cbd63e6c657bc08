"""The papers' figures from recorded runs, in the size and type of a page, and saved as PDF, SVG or PNG.

Every function returns a plotly Figure: shown in a notebook as it is, changed with ``update_layout``, written with
`save`.
"""

from alviz.paper.accuracy_curves import accuracy_curves
from alviz.paper.adjacency_curves import adjacency_curves
from alviz.paper.agreement_table import agreement_table
from alviz.paper.hyperparameter_curves import hyperparameter_curves
from alviz.paper.rank_scatter import rank_scatter
from alviz.paper.sample_sheet import sample_sheet
from alviz.paper.saving import save
from alviz.paper.selection_grid import selection_grid

__all__ = [
    "accuracy_curves",
    "adjacency_curves",
    "agreement_table",
    "hyperparameter_curves",
    "rank_scatter",
    "sample_sheet",
    "save",
    "selection_grid",
]
