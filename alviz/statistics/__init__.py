"""Runs of several seeds compared: means with intervals, areas, labels to reach a value, paired tests, verdicts."""

from alviz.statistics.statistics import Statistics

__all__ = ["Statistics"]
