"""The images below a folder or in a zip: their paths in natural order, and their bytes where they lie."""

from __future__ import annotations

import io
import os
import re
import stat
import threading
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from alviz.errors import InvalidInput

# Everything else is ignored: papers, scripts, Thumbs.db.
EXTENSIONS = frozenset(
    {".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)
_ARCHIVES = frozenset({".7z", ".gz", ".rar", ".tar", ".tgz", ".zip"})
_MAC = "__MACOSX"
# Compressed bytes below which a member of a zip is read whole: opening it as a stream takes longer.
_SMALL = 1 << 16


class ImageFiles(ABC):
    """Where images come from. Paths are relative, with ``/`` between their parts on every system.

    Attributes
    ----------
    path : Path
        The folder or zip.
    folders : frozenset of str
        Every folder, empty ones too, without hidden ones.
    images : tuple of str
        Every file with an extension of an image, without hidden ones: img2 before img10.
    """

    def __init__(self, path: Path, folders: Iterable[str], files: Iterable[str]) -> None:
        seen = list(files)
        self.path = path
        self.folders = frozenset(folders)
        self.images = tuple(sorted((file for file in seen if _extension(file) in EXTENSIONS), key=_natural))
        if not self.images:
            packed = sorted((file for file in seen if _extension(file) in _ARCHIVES), key=_natural)
            hint = f" It holds {packed[0]!r}, which has to be unpacked first." if packed else ""
            raise InvalidInput(f"There is no image in {path}: expected files in {', '.join(sorted(EXTENSIONS))}.{hint}")

    @abstractmethod
    def open(self, image: str) -> BinaryIO:
        """Return a stream of one image, to look at its first bytes; for one thread at a time."""

    @abstractmethod
    def read(self, image: str) -> bytes:
        """Return all bytes of one image; any thread may ask."""

    @abstractmethod
    def close(self) -> None:
        """Give back what the source holds open."""


def open_images(path: Path) -> ImageFiles:
    """Return the images of a folder or a zip.

    Raises
    ------
    InvalidInput
        If there is nothing at `path`, or no image; if a zip is damaged or encrypted.
    """
    if path.is_dir():
        return _Folder(path)
    if not path.is_file():
        raise InvalidInput(f"There is nothing at {path}: expected a folder of images, or a zip of one.")
    return _Zip(path)


class _Folder(ImageFiles):
    def __init__(self, path: Path) -> None:
        folders: list[str] = []
        files: list[str] = []
        for relative, is_folder in _walk(path):
            (folders if is_folder else files).append(relative)
        super().__init__(path, folders, files)

    def open(self, image: str) -> BinaryIO:
        path = self.path / image
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError("not a regular file")  # opening a named pipe would wait forever
        return path.open("rb")

    def read(self, image: str) -> bytes:
        with self.open(image) as stream:
            return stream.read()

    def close(self) -> None:
        pass  # each file was closed when it had been read


class _Zip(ImageFiles):
    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise InvalidInput(f"{path} cannot be read: expected a folder or a zip of images ({error}).") from error
        try:
            self._members = {name: info for info in self._zip.infolist() if (name := _member(info))}
            files = [name for name, info in self._members.items() if not _is_folder(info)]
            folders = set(self._members).difference(files)
            folders.update(parent for name in self._members for parent in _parents(name))
            super().__init__(path, folders, files)
            if any(self._members[image].flag_bits & 1 for image in self.images):
                raise InvalidInput(f"{path} is encrypted: unpack it with its password and pass the folder.")
        except InvalidInput:
            self._zip.close()
            raise
        # Reads of one ZipFile in several threads are not promised to be safe; decoding takes most of the time.
        self._lock = threading.Lock()

    def open(self, image: str) -> BinaryIO:
        info = self._members[image]
        if info.compress_size < _SMALL:
            return io.BytesIO(self._zip.read(info))
        return self._zip.open(info)  # type: ignore[return-value] # an IO[bytes] that reads and seeks

    def read(self, image: str) -> bytes:
        with self._lock:
            return self._zip.read(self._members[image])

    def close(self) -> None:
        self._zip.close()


def _walk(root: Path) -> Iterator[tuple[str, bool]]:
    """Yield (path relative to `root`, whether it is a folder), level by level.

    Links to folders are followed, and every folder is entered once, by its shortest path: a link to a folder above
    does not go round.
    """
    level, entered = [""], {_identity(root)}
    while level:
        below: list[str] = []
        for folder in level:
            try:
                with os.scandir(root / folder) as found:
                    entries = sorted((entry for entry in found if _shown(entry.name)), key=lambda entry: entry.name)
            except OSError as error:
                raise InvalidInput(f"The folder {root / folder} cannot be listed: {error.strerror}.") from error
            for entry in entries:
                relative = f"{folder}/{entry.name}".lstrip("/")
                is_folder = _leads_to_folder(entry)
                if is_folder:
                    identity = _identity(Path(entry.path))
                    if identity in entered:
                        continue
                    entered.add(identity)
                    below.append(relative)
                yield relative, is_folder
        level = below


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _member(info: zipfile.ZipInfo) -> str:
    """Return a member's path without odd separators, "" where it is hidden. Some tools of Windows write backslashes."""
    parts = [part for part in info.filename.replace("\\", "/").split("/") if part]
    return "/".join(parts) if all(map(_shown, parts)) else ""


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith(("/", "\\"))


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _shown(name: str) -> bool:
    return not name.startswith(".") and name != _MAC


def _extension(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


def _natural(path: str) -> tuple[list[list[tuple[int, str] | str]], str]:
    """Return a key that sorts numbers by value, folder by folder; without `int`, which refuses very long ones."""
    parts = [re.split(r"([0-9]+)", part) for part in path.split("/")]
    return [[_number(text) if at % 2 else text for at, text in enumerate(part)] for part in parts], path


def _number(digits: str) -> tuple[int, str]:
    value = digits.lstrip("0")
    return len(value), value
