"""Run folders: what was computed stands on disk, and everything that looks at it reads it there."""

from alviz.store.run import Run
from alviz.store.writer import Store

__all__ = ["Run", "Store"]
