"""Coordinates on disk: an .npy and a .json side by side, each there whole or not at all."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def read(path: Path) -> tuple[NDArray[np.float32], float | None] | None:
    """Return coordinates (n, 2) and trustworthiness kept under `path`, or None.

    A file that cannot be understood counts as missing: the cache may be deleted, so it may be replaced.
    """
    try:
        xy = np.load(path.with_suffix(".npy"), allow_pickle=False)
        about = json.loads(path.with_suffix(".json").read_text())
        return xy.astype(np.float32, copy=False), about["trustworthiness"]
    except (OSError, ValueError, LookupError, TypeError):
        return None


def write(path: Path, xy: NDArray[np.float32], trustworthiness: float | None) -> None:
    """Keep coordinates and trustworthiness under `path`; whoever reads meanwhile sees the old or the new.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The name is this thread's own: two that compute the same layout do not write into one file.
    draft = path.with_name(f".{path.name}-{os.getpid()}-{threading.get_ident()}")
    try:
        with draft.open("wb") as file:
            np.save(file, xy, allow_pickle=False)
        draft.replace(path.with_suffix(".npy"))
        # Last, since a layout counts as kept when both are there.
        draft.write_text(json.dumps({"trustworthiness": trustworthiness}))
        draft.replace(path.with_suffix(".json"))
    finally:
        draft.unlink(missing_ok=True)
