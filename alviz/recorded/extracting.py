"""A zip becomes a folder: whole or not at all, by any number of processes at once, and nowhere else."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import uuid
import zipfile
from pathlib import Path, PurePosixPath

from alviz.errors import DamagedFile, DiskFull, StoreError
from alviz.recorded.packing import SAME

# What all files of a zip may take on disk: far more than any example does, far less than harms.
_MOST_BYTES = 500_000_000


def digest(file: Path) -> str:
    """Return the hash of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def extract(file: Path, folder: Path) -> None:
    """Extract a zip into `folder`, unless that is there.

    Raises
    ------
    DamagedFile
        If the zip is cut short or changed, or names a place outside the folder.
    DiskFull, StoreError
        If there is no room, or the folder cannot be written.
    """
    if folder.is_dir():
        return
    draft = folder.with_name(f".{folder.name}-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    try:
        draft.mkdir(parents=True)
        _unzip(file, draft)
        try:
            draft.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was first, with the same
                raise
    except (zipfile.BadZipFile, EOFError, ValueError, LookupError, NotImplementedError) as error:
        raise DamagedFile(f"{file} cannot be read: {error} Get it again, or make it as data/README.md says.") from error
    except OSError as error:
        kind = DiskFull if shutil.disk_usage(_there(folder)).free < 2**20 else StoreError
        raise kind(
            f"{file.name} cannot be extracted into {folder.parent} ({error.strerror or error}). ALVIZ_CACHE names "
            "another folder for it."
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _unzip(file: Path, folder: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        entries = {entry.filename: entry for entry in archive.infolist() if not entry.is_dir()}
        copies: dict[str, str] = json.loads(archive.read(entries.pop(SAME))) if SAME in entries else {}
        taken = sum(entry.file_size for entry in (*entries.values(), *(entries[name] for name in copies.values())))
        if taken > _MOST_BYTES:
            raise zipfile.BadZipFile(f"its files take {taken:,} bytes, more than {_MOST_BYTES:,}.")
        links = [name for name, entry in entries.items() if stat.S_ISLNK(entry.external_attr >> 16)]
        paths = {name: folder / _inside(name) for name in (*entries, *copies)}
        if links:
            raise zipfile.BadZipFile(f"it holds the link {links[0]!r}.")
        for parent in {path.parent for path in paths.values()}:
            parent.mkdir(parents=True, exist_ok=True)
        for name, entry in entries.items():
            # Read whole: what is damaged is found by its checksum before anything of it is written.
            paths[name].write_bytes(archive.read(entry))
        for name, of in copies.items():
            shutil.copyfile(paths[of], paths[name])


def _inside(name: str) -> PurePosixPath:
    """Return the path of an entry; refuse one that leads out of the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or any(mark in name for mark in "\\:"):
        raise zipfile.BadZipFile(f"it holds {name!r}, which does not stay in the folder.")
    return path


def _there(folder: Path) -> Path:
    """Return the nearest folder above that exists."""
    return next(parent for parent in folder.parents if parent.is_dir())
