"""Files that are there whole or not at all, and that say when they were damaged."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from alviz.errors import DamagedFile, DiskFull

_SEAL = "sha256"


def sha256(path: Path) -> str:
    """Return the hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write `data` with a checksum of itself, flushed to the disk, under a temporary name and renamed."""
    text = json.dumps({**data, _SEAL: _seal(data)}, indent=1, allow_nan=False)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with no_room(path):
        try:
            with temporary.open("wb") as file:
                file.write(text.encode())
                _flush(file)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def read_json(path: Path) -> dict[str, Any]:
    """Return what `write_json` wrote.

    Raises
    ------
    DamagedFile
        If the file is missing, is no JSON, or differs from its checksum.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        seal = data.pop(_SEAL)
    except FileNotFoundError as error:
        raise DamagedFile(f"{path} is missing.") from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise DamagedFile(f"{path} is not a record that alviz wrote: {error!r}.") from error
    if seal != _seal(data):
        raise DamagedFile(f"{path} differs from its checksum: it was changed after it was written.")
    return dict(data)


def _seal(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True, allow_nan=False).encode()).hexdigest()


def write_array(path: Path, array: NDArray[Any]) -> dict[str, Any]:
    """Write a .npy file, flushed to the disk, and return what its folder's record says of it."""
    with path.open("wb") as file:
        hashed = _Hashed(file)
        # One order in memory for all, so that equal arrays are equal files.
        np.save(hashed, np.asarray(array, order="C"), allow_pickle=False)
        _flush(file)
    return {
        "file": path.name,
        "sha256": hashed.digest.hexdigest(),
        "dtype": array.dtype.str,
        "shape": list(array.shape),
    }


class _Hashed:
    """A file that is hashed while it is written.

    numpy hands the bytes of a plain file to C, whose error on a full disk has no number to know it by;
    to anything else it writes through `write`.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Write and hash."""
        self.digest.update(data)
        return self._file.write(data)


def write_weights(path: Path, weights: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Write a .safetensors file, flushed to the disk, and return what its folder's record says of it."""
    from safetensors.numpy import save

    with path.open("wb") as file:
        file.write(save({name: np.asarray(value, order="C") for name, value in weights.items()}))
        _flush(file)
    return {"file": path.name, "sha256": sha256(path)}


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, flushed to the disk."""
    with no_room(target), source.open("rb") as old, target.open("wb") as new:
        shutil.copyfileobj(old, new)
        _flush(new)


@contextmanager
def committed(folder: Path) -> Iterator[Path]:
    """Yield a folder beside `folder` to write into; it takes its name when the block ends well.

    Everything is flushed before the rename, and the parent after it: after a power cut the folder is
    there whole or not at all. When the block fails, what it wrote is removed.
    """
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    with no_room(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(temporary, ignore_errors=True)
        try:
            temporary.mkdir()
            yield temporary
            sync_folder(temporary)
            temporary.rename(folder)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        sync_folder(folder.parent)
        sync_folder(folder.parent.parent)


@contextmanager
def no_room(path: Path) -> Iterator[None]:
    """Turn a full disk into alviz's own error."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFull(
            f"There is no room left for {path}. Nothing was half-written: free some space and make the same call "
            "again, it goes on from the last finished step."
        ) from error


def leftovers(folder: Path) -> Iterator[Path]:
    """Yield what a killed writer left half-written below `folder`."""
    yield from folder.glob(".*.tmp")
    yield from folder.glob("cycles/*/.*.tmp")
    yield from folder.glob("cycles/*/[!.]*/.*.tmp")


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
