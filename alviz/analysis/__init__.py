"""Measures on graphs, picks and pseudo-labels: arrays in, numbers out."""

from alviz.analysis.adjacency import Adjacency, adjacency_accuracy
from alviz.analysis.agreement import Agreement, agreement
from alviz.analysis.overlap import jaccard, spearman

__all__ = ["Adjacency", "Agreement", "adjacency_accuracy", "agreement", "jaccard", "spearman"]
