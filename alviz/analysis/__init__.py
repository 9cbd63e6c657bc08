"""Measures on graphs, picks, labels and predictions: arrays in, numbers out."""

from alviz.analysis.adjacency import Adjacency, adjacency_accuracy
from alviz.analysis.agreement import Agreement, agreement
from alviz.analysis.overlap import jaccard, spearman
from alviz.analysis.stabilization import Hint, cohens_kappa

__all__ = ["Adjacency", "Agreement", "Hint", "adjacency_accuracy", "agreement", "cohens_kappa", "jaccard", "spearman"]
