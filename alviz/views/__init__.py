"""Views: what people see and click in JupyterLab."""

from alviz.views.accuracy_curves import AccuracyCurves
from alviz.views.adjacency_curves import AdjacencyCurves
from alviz.views.agreement_matrix import AgreementMatrix
from alviz.views.compare_list import CompareList
from alviz.views.cycle_costs import CycleCosts
from alviz.views.explorer import Explorer
from alviz.views.labeler import Labeler
from alviz.views.picks_gallery import PicksGallery
from alviz.views.point_inspector import PointInspector
from alviz.views.rank_scatter import RankScatter
from alviz.views.sampler_extras import SamplerExtras
from alviz.views.sampler_panel import SamplerPanel
from alviz.views.selection_map import SelectionMap

__all__ = [
    "AccuracyCurves",
    "AdjacencyCurves",
    "AgreementMatrix",
    "CompareList",
    "CycleCosts",
    "Explorer",
    "Labeler",
    "PicksGallery",
    "PointInspector",
    "RankScatter",
    "SamplerExtras",
    "SamplerPanel",
    "SelectionMap",
]
