"""What cycles take on disk, and whether there is room for them."""

from __future__ import annotations

import shutil
import warnings

from alviz.errors import AlvizWarning, DiskFull
from alviz.store.run import Run

# Before the first fit the feature size is unknown: 512 numbers of half precision are a ResNet-18's.
_FEATURE_BYTES = 2 * 512


def check_room(run: Run) -> None:
    """Refuse to start a cycle that will not fit on the disk.

    Raises
    ------
    DiskFull
    """
    free, needed = shutil.disk_usage(run.path).free, _cycle_bytes(run)
    if free < needed:
        raise DiskFull(
            f"The next cycle needs about {needed / 1e6:.0f} MB in {run.path}, {free / 1e6:.0f} MB are free. Nothing "
            "was started: free some space and make the same call again, or keep fewer arrays (keep=...)."
        )


def warn_of_size(run: Run, cycle: int) -> None:
    """Warn when the cycles up to the fit of `cycle` may take more than there is."""
    cycles = max(0, cycle + 1 - run.fitted)
    whole, free = cycles * _cycle_bytes(run), shutil.disk_usage(run.path).free
    if cycles > 1 and whole > free:
        warnings.warn(
            f"{cycles} cycles may take {whole / 1e6:.0f} MB in {run.path}, {free / 1e6:.0f} MB are free.",
            AlvizWarning,
            stacklevel=3,
        )


def _cycle_bytes(run: Run) -> int:
    """Return what the next cycle is expected to take: as much as the last one."""
    if run.fitted:
        stages = (run.folder(run.fitted - 1, stage) for stage in ("fit", "pick"))
        return sum(file.stat().st_size for stage in stages for file in stage.glob("*"))
    return run.size * (4 * len(run.classes) + 4 + _FEATURE_BYTES)
