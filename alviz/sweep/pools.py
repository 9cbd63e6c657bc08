"""How a pool gets to another process: by its recipe, or as files in the sweep's folder, never with every run anew."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alviz.errors import ConfigMismatch
from alviz.pool import Pool
from alviz.store.files import committed, write_array
from alviz.task import Classification

_FOLDER = ".pool"
_ARRAYS = ("X", "y", "X_test", "y_test")

# The pool of this process: a worker reads it once, for all of its runs.
_lock = threading.Lock()
_here: Pool | None = None


@dataclass(frozen=True)
class Sent:
    """A pool on its way.

    Attributes
    ----------
    digest : str
    recipe : mapping or None
    folder : Path or None
        Where its arrays stand, if no recipe can load it.
    name : str
    classes : tuple of str
    """

    digest: str
    recipe: Mapping[str, Any] | None
    folder: Path | None
    name: str
    classes: tuple[str, ...]


def send(pool: Pool, sweep: Path) -> Sent:
    """Make a pool ready for other processes that see the folder of the sweep."""
    folder = None
    if pool.recipe is None:
        folder = sweep / _FOLDER / pool.digest[:16]
        if not folder.is_dir():
            with committed(folder) as draft:
                for name in _ARRAYS:
                    array = getattr(pool, name)
                    if array is not None:
                        write_array(draft / f"{name}.npy", array)
    return Sent(pool.digest, pool.recipe, folder, pool.name, pool.classes)


def forget(sweep: Path) -> None:
    """Remove the arrays that were written for other processes."""
    shutil.rmtree(sweep / _FOLDER, ignore_errors=True)


def receive(sent: Sent | Pool) -> Pool:
    """Return the pool that was sent, read once per process.

    Raises
    ------
    ConfigMismatch
        If what the recipe loads here is not the same.
    """
    global _here
    if isinstance(sent, Pool):
        return sent
    with _lock:
        if _here is None or _here.digest != sent.digest:
            pool = _read(sent)
            if pool.digest != sent.digest:
                raise ConfigMismatch(
                    f"The recipe of the pool {sent.name!r} loads other examples on this machine (digest "
                    f"{pool.digest[:12]}…, not {sent.digest[:12]}…). Put the same files there."
                )
            _here = pool
        return _here


def _read(sent: Sent) -> Pool:
    if sent.folder is None:
        from alviz.datasets import from_recipe

        assert sent.recipe is not None
        return from_recipe(sent.recipe)
    files = {name: sent.folder / f"{name}.npy" for name in _ARRAYS}
    found = {name: np.load(path, mmap_mode="r", allow_pickle=False) for name, path in files.items() if path.is_file()}
    return Pool(
        found["X"], found["y"], Classification(sent.classes), found.get("X_test"), found.get("y_test"), name=sent.name
    )
