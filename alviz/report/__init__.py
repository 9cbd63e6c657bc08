"""A run on one page: a file that shows cycles, maps, curves and agreement without a kernel and without a network."""

from alviz.report.writing import report

__all__ = ["report"]
