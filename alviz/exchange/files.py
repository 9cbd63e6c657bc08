"""The formats by name and by extension, and files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from alviz.errors import InvalidInput
from alviz.store.files import no_room, sync_folder

CSV, PARQUET, COCO, LABEL_STUDIO, FOLDER, JSON = "csv", "parquet", "coco", "label-studio", "folder", "json"
_BY_EXTENSION = {".csv": CSV, ".parquet": PARQUET, ".pq": PARQUET, ".json": JSON}


def format_of(path: Path, given: str | None, among: Sequence[str]) -> str:
    """Return the format of a file by its name, or the one given; ``"json"`` where the extension leaves it open.

    Raises
    ------
    InvalidInput
        For a format that is not among those that there are here, or an extension that tells none.
    """
    if given is not None:
        if given not in among:
            raise InvalidInput(f"format is {given!r}, expected one of {', '.join(map(repr, among))}.")
        return given
    found = _BY_EXTENSION.get(path.suffix.lower())
    if found in among or (found == JSON and COCO in among):
        return str(found)
    extensions = [
        extension for extension, name in _BY_EXTENSION.items() if name in among or (name == JSON and COCO in among)
    ]
    raise InvalidInput(f"{path} ends in {path.suffix!r}, expected one of {', '.join(extensions)}, or format=...")


def check_target(path: str | PathLike[str], overwrite: bool) -> Path:
    """Return where a file will stand.

    Raises
    ------
    InvalidInput
        If something is there and is not to be replaced.
    """
    target = Path(path)
    if target.is_dir():
        raise InvalidInput(f"{target} is a folder, expected a file.")
    if target.exists() and not overwrite:
        raise InvalidInput(f"{target} is there already: pass overwrite=True to replace it, or give another name.")
    return target


def write_flushed(path: Path, text: str) -> None:
    """Write a text in UTF-8, flushed to the disk."""
    with path.open("wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """Yield a file to write into; it takes its name, flushed to the disk, when the block ends well."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    with no_room(target):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)
