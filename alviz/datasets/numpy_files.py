"""Pools from NumPy's own files, memory-mapped."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from alviz.datasets.arrays import arrays
from alviz.datasets.tables import existing
from alviz.errors import InvalidInput
from alviz.memory import check_memory
from alviz.pool import Pool

# What a run holds per row beside the examples: labels, masks, scores.
_BESIDE = 32


def npy(
    path: str | PathLike[str],
    labels: str | PathLike[str] | None = None,
    *,
    classes: Sequence[str] | None = None,
    test: str | PathLike[str] | float | None = None,
    test_labels: str | PathLike[str] | None = None,
    seed: int = 0,
) -> Pool:
    """Return a pool from ``.npy`` files; float32 vectors and uint8 images stay on disk, memory-mapped.

    Parameters
    ----------
    path : path
        Vectors (n, d) of any number type, or uint8 images (n, h, w) or (n, h, w, c).
    labels : path, optional
        Labels (n,): whole numbers, -1 or NaN where missing. Without it none is known and `classes` is needed.
    classes : sequence of str, optional
        Class names; by default "0".."C-1" by the largest label.
    test : path or float, optional
        A file with the test split, which needs `test_labels`; or the share of the labeled rows to set aside.
    test_labels : path, optional
    seed : int
        Of the split.
    """
    share = test if isinstance(test, float) else None
    files = {
        "path": path,
        "labels": labels,
        "test": None if share is not None else test,
        "test_labels": test_labels,
    }
    found = {key: None if given is None else existing(given) for key, given in files.items()}  # type: ignore[arg-type]
    loaded = {key: None if file is None else _mapped(file) for key, file in found.items()}
    pool = _checked(loaded, classes, str(found["path"]), Path(found["path"] or "").stem)
    params: dict[str, Any] = {key: None if file is None else str(file) for key, file in found.items()}
    params["classes"] = None if classes is None else list(classes)
    pool = replace(pool, recipe={"dataset": "npy", "params": params})
    return pool if share is None else pool.split(share, seed)


def npz(
    path: str | PathLike[str],
    *,
    X: str = "X",
    y: str | None = "y",
    X_test: str | None = None,
    y_test: str | None = None,
    classes: Sequence[str] | None = None,
    test: float | None = None,
    seed: int = 0,
) -> Pool:
    """Return a pool from the arrays of an ``.npz`` file; those that are not compressed are memory-mapped.

    Parameters
    ----------
    path : path
    X, y, X_test, y_test : str or None
        Names of the arrays in it, as those of `alviz.datasets.arrays`. ``y=None`` for a pool without labels.
    classes : sequence of str, optional
    test : float, optional
        The share of the labeled rows to set aside where there is no test split.
    seed : int
        Of the split.
    """
    file = existing(path)
    wanted = {"path": X, "labels": y, "test": X_test, "test_labels": y_test}
    try:
        with zipfile.ZipFile(file) as archive:
            there = [name.removesuffix(".npy") for name in archive.namelist()]
            missing = [name for name in wanted.values() if name is not None and name not in there]
            if missing:
                raise InvalidInput(
                    f"{file} has no array {', '.join(map(repr, missing))}. Its arrays: {', '.join(there)}."
                )
            loaded = {
                key: None if name is None else _member(file, archive, f"{name}.npy") for key, name in wanted.items()
            }
    except zipfile.BadZipFile as error:
        raise InvalidInput(f"{file} is no .npz file: {error}.") from error
    pool = _checked(loaded, classes, str(file), file.stem)
    params: dict[str, Any] = {"path": str(file), "X": X, "y": y, "X_test": X_test, "y_test": y_test}
    params["classes"] = None if classes is None else list(classes)
    pool = replace(pool, recipe={"dataset": "npz", "params": params})
    return pool if test is None else pool.split(test, seed)


def _checked(loaded: dict[str, Any], classes: Sequence[str] | None, what: str, name: str) -> Pool:
    X = loaded["path"]
    if X.ndim and len(X) == 0:
        raise InvalidInput(f"{what} has 0 rows.")
    if loaded["labels"] is None and classes is None:
        raise InvalidInput(f"Without labels for {what}, classes=[...] has to name the classes.")
    stays = X.dtype in (np.float32, np.uint8)
    width = int(np.prod(X.shape[1:]))
    check_memory(
        len(X) if X.ndim else 0,
        _BESIDE + (0 if stays else 4 * width),
        what,
        "Take fewer rows." if stays else "Save it as float32: it is then read from disk as needed.",
    )
    return arrays(X, loaded["labels"], loaded["test"], loaded["test_labels"], classes=classes, name=name)


def _mapped(file: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise InvalidInput(f"{file} cannot be read as an .npy file of numbers: {error}.") from error
    if not isinstance(array, np.ndarray):
        raise InvalidInput(f"{file} is an .npz file: use datasets.npz.")
    return array


def _member(file: Path, archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """Return an array of an archive, memory-mapped where its bytes stand in the file as they are."""
    told = archive.getinfo(name)
    try:
        if told.compress_type != zipfile.ZIP_STORED:
            with archive.open(name) as stream:
                array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
            return array
        with file.open("rb") as stream:
            stream.seek(told.header_offset + 26)
            lengths = np.frombuffer(stream.read(4), dtype="<u2")  # of the name and the extra field of its local header
            stream.seek(told.header_offset + 30 + int(lengths.sum()))
            shape, fortran, dtype = _header(stream)
            if dtype.hasobject:
                raise ValueError("it holds Python objects")
            if 0 in shape:
                return np.empty(shape, dtype)
            order: Any = "F" if fortran else "C"
            return np.memmap(file, dtype=dtype, mode="r", offset=stream.tell(), shape=shape, order=order)
    except (ValueError, EOFError) as error:
        raise InvalidInput(f"The array {name.removesuffix('.npy')!r} of {file} cannot be read: {error}.") from error


def _header(stream: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read(stream)
