"""Neighbor graphs and what runs over them."""

from alviz.graphs.graph import Graph
from alviz.graphs.knn import knn_graph

__all__ = ["Graph", "knn_graph"]
