"""What was computed for maps: on disk as an .npy and a .json side by side, each there whole or not at all."""

from __future__ import annotations

import json
import uuid
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alviz.errors import AlvizWarning


class Kept(NamedTuple):
    """The map of the base sample in one cycle.

    Attributes
    ----------
    xy : ndarray of float32, (n, 2)
    trustworthiness : float or None
    moved : float or None
        How far points moved from the map that this one was laid onto; None for the first of a chain.
    """

    xy: NDArray[np.float32]
    trustworthiness: float | None
    moved: float | None = None


class Cache:
    """Maps by the path that names them: in files, and in memory where files cannot be written.

    The files may be deleted at any time, and any number of processes may read and write them.
    """

    def __init__(self) -> None:
        self._memory: dict[Path, Kept] = {}
        self._warned = False

    def recall(self, path: Path, n: int) -> Kept | None:
        """Return the map of `n` points that is kept under `path`, or None."""
        found = self._memory.get(path) or read(path)
        return found if found is not None and len(found.xy) == n else None

    def keep(self, path: Path, kept: Kept) -> Kept:
        """Keep a map under `path`; return what stands there now, another process's map if it came first.

        Warns
        -----
        AlvizWarning
            Once, if the folder cannot be written.
        """
        # The first stays: other maps may have been laid onto it.
        first = self.recall(path, len(kept.xy))
        if first is not None:
            return first
        try:
            write(path, kept)
        except OSError as error:
            self._memory[path] = kept
            if not self._warned:
                self._warned = True
                warnings.warn(
                    f"Maps cannot be kept in {path.parent} ({error.strerror or error}): "
                    "they stay in memory and are computed again next time.",
                    AlvizWarning,
                    stacklevel=2,
                )
        return kept


def read(path: Path) -> Kept | None:
    """Return the map kept in files named `path`, or None.

    Files that cannot be understood count as missing: the cache may be deleted, so it may be replaced.
    """
    try:
        xy = np.load(path.with_suffix(".npy"), allow_pickle=False)
        about = json.loads(path.with_suffix(".json").read_text())
        if xy.ndim != 2 or xy.shape[1] != 2 or not np.isfinite(xy).all():
            return None
        if xy.dtype == np.uint16:
            xy = about["low"] + about["step"] * xy.astype(np.float64)
        # Maps of before movement was measured lack it.
        return Kept(xy.astype(np.float32, copy=False), about["trustworthiness"], about.get("moved"))
    except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError):
        return None


def write(path: Path, kept: Kept, small: bool = False) -> None:
    """Keep a map in files named `path`; whoever reads meanwhile sees the old or the new.

    Parameters
    ----------
    path : Path
    kept : Kept
    small : bool
        Whether coordinates become whole numbers of 16 bits: no point moves by more than a 131,070th of the map's
        longer side.

    Raises
    ------
    OSError
        The folder cannot be written, or the run that it belongs to was deleted meanwhile.
    """
    path.parent.mkdir(exist_ok=True)
    # A name of its own: two that compute the same map do not write into one file.
    draft = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    xy, about = _small(kept.xy) if small else (kept.xy, {})
    try:
        with draft.open("wb") as file:
            np.save(file, xy, allow_pickle=False)
        draft.replace(path.with_suffix(".npy"))
        # Last, since a map counts as kept when both are there.
        draft.write_text(json.dumps({"trustworthiness": kept.trustworthiness, "moved": kept.moved, **about}))
        draft.replace(path.with_suffix(".json"))
    finally:
        draft.unlink(missing_ok=True)


def _small(xy: NDArray[np.float32]) -> tuple[NDArray[np.uint16], dict[str, Any]]:
    """Return coordinates as steps from the lowest, and what tells them back."""
    low = xy.min(axis=0).astype(np.float64)
    step = float((xy.max(axis=0) - low).max()) / np.iinfo(np.uint16).max or 1.0
    return np.rint((xy - low) / step).astype(np.uint16), {"low": low.tolist(), "step": step}
