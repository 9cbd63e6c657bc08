"""A folder becomes a zip: equal folders become equal files, whenever and wherever they are packed."""

from __future__ import annotations

import zipfile
from pathlib import Path

_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16


def pack(folder: Path, file: Path) -> None:
    """Write the files below a folder to a zip, without hidden ones: sorted by name, without dates, compressed."""
    paths = sorted(
        (path for path in folder.rglob("*") if path.is_file() and not _hidden(path.relative_to(folder))),
        key=lambda path: path.relative_to(folder).as_posix(),
    )
    draft = file.with_name(f".{file.name}.tmp")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in paths:
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _DATE)
                entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _MODE, 3
                archive.writestr(entry, path.read_bytes())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
