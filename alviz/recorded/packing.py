"""A folder becomes a zip: equal folders become equal files, whenever and wherever they are packed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

SAME = ".same.json"
"""The file of a zip that says which further files are copies of which: maps of features that never change are many."""

# Smaller ones are not worth a line.
_LEAST_BYTES = 512
_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16


def pack(folder: Path, file: Path) -> None:
    """Write the files below a folder to a zip, without hidden ones: sorted by name, without dates, compressed."""
    paths = sorted(
        (path for path in folder.rglob("*") if path.is_file() and not _hidden(path.relative_to(folder))),
        key=lambda path: path.relative_to(folder).as_posix(),
    )
    draft = file.with_name(f".{file.name}.tmp")
    first: dict[bytes, str] = {}
    copies: dict[str, str] = {}
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in paths:
                name, content = path.relative_to(folder).as_posix(), path.read_bytes()
                if len(content) >= _LEAST_BYTES and first.setdefault(content, name) != name:
                    copies[name] = first[content]
                else:
                    _write(archive, name, content)
            if copies:
                _write(archive, SAME, json.dumps(copies, indent=0).encode())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _MODE, 3
    archive.writestr(entry, content)


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
