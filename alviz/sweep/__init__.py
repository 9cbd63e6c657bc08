"""Many runs that can be compared: a grid of learners, samplers and seeds in one folder, paired by seed."""

from alviz.sweep.folder import Sweep
from alviz.sweep.grid import Cell
from alviz.sweep.progress import SweepProgress
from alviz.sweep.sweeping import sweep

__all__ = ["Cell", "Sweep", "SweepProgress", "sweep"]
