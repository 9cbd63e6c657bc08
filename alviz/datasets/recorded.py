"""The pool of a recorded example whose data has no other public source that is always at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.errors import DamagedFile, InvalidInput
from alviz.pool import Pool
from alviz.recorded import find
from alviz.task import Classification

FOLDER = "pool"
_ARRAYS = ("X", "y", "X_test", "y_test", "pictures")


def recorded(name: str) -> Pool:
    """Return the pool that comes with a recorded example: ``alviz.datasets.recorded("mnist-lowbudget")``.

    Parameters
    ----------
    name : str
        One of ``alviz.recorded.names()``.

    Raises
    ------
    UnknownName
        If there is no such example.
    InvalidInput
        If the example brings no pool of its own.
    """
    folder = find(name).path / FOLDER
    if not folder.is_dir():
        raise InvalidInput(
            f"The example {name!r} brings no pool: its runs load theirs by themselves, Run.example(...).pool."
        )
    return read(folder, {"dataset": "recorded", "params": {"name": name}})


def read(folder: Path, recipe: dict[str, Any]) -> Pool:
    """Return the pool that `write` wrote."""
    try:
        told = json.loads((folder / "pool.json").read_text(encoding="utf-8"))
        found = {name: _load(folder / f"{name}.npy") for name in _ARRAYS}
        X, y = found["X"], found["y"]
        assert X is not None
        assert y is not None
        return Pool(
            X,
            y,
            Classification(tuple(told["classes"])),
            found["X_test"],
            found["y_test"],
            name=told["name"],
            recipe=recipe,
            pictures=found["pictures"],
        )
    except (OSError, ValueError, EOFError, LookupError, AssertionError) as error:
        raise DamagedFile(f"{folder} cannot be read as a pool: {error!r}. Delete it: it is made again.") from error


def write(folder: Path, pool: Pool) -> None:
    """Write a pool whose vectors half precision holds exactly, and whose labels a byte does."""
    folder.mkdir(parents=True)
    for name in _ARRAYS:
        array = getattr(pool, name)
        if array is None:
            continue
        small = array.astype(np.float16) if array.dtype == np.float32 else array.astype(np.uint8)
        if not np.array_equal(small.astype(array.dtype), array):
            raise InvalidInput(
                f"{name} of {pool!r} changes when it is written small: round it to half precision first."
            )
        np.save(folder / f"{name}.npy", small, allow_pickle=False)
    (folder / "pool.json").write_text(json.dumps({"name": pool.name, "classes": list(pool.classes)}), encoding="utf-8")


def _load(path: Path) -> NDArray[Any] | None:
    return np.load(path, mmap_mode="r", allow_pickle=False) if path.is_file() else None
