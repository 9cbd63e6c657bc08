"""Measures on graphs, picks, labels, predictions and curves: arrays in, numbers out."""

from alviz.analysis.adjacency import Adjacency, adjacency_accuracy
from alviz.analysis.agreement import Agreement, agreement
from alviz.analysis.area import area_under_curve
from alviz.analysis.holm import holm
from alviz.analysis.means import Means, mean_intervals
from alviz.analysis.overlap import jaccard, spearman
from alviz.analysis.paired import Paired, paired_test
from alviz.analysis.power import paired_power, seeds_needed
from alviz.analysis.reaching import labels_to_reach
from alviz.analysis.stabilization import Hint, cohens_kappa
from alviz.analysis.verdict import Outcome, verdict
from alviz.analysis.wins import Wins, wins

__all__ = [
    "Adjacency",
    "Agreement",
    "Hint",
    "Means",
    "Outcome",
    "Paired",
    "Wins",
    "adjacency_accuracy",
    "agreement",
    "area_under_curve",
    "cohens_kappa",
    "holm",
    "jaccard",
    "labels_to_reach",
    "mean_intervals",
    "paired_power",
    "paired_test",
    "seeds_needed",
    "spearman",
    "verdict",
    "wins",
]
