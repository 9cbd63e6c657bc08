"""Where recorded examples stand, and the folder that each is extracted to, once per user and content."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from alviz import cache
from alviz.errors import DamagedFile, NewerSchema, UnknownName
from alviz.recorded.extracting import digest, extract

ABOUT = "example.json"
SCHEMA = 1

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Example:
    """A recorded example, extracted.

    Attributes
    ----------
    name : str
    path : Path
        Its folder, which is a sweep's.
    title : str
        What it is, in one sentence.
    run : str
        The run that is shown where none is named.
    command : str
        What makes it again.
    """

    name: str
    path: Path
    title: str
    run: str
    command: str


def names() -> list[str]:
    """Return the names of all examples that are there."""
    return sorted({file.stem for folder in _places() for file in folder.glob("*.zip")})


def find(name: str) -> Example:
    """Return an example, extracted now if it is not yet.

    Raises
    ------
    UnknownName
        Naming those that there are.
    DamagedFile, NewerSchema
        If its file cannot be read.
    StoreError
        If the cache folder cannot be written.
    """
    file = next((file for folder in _places() if (file := folder / f"{name}.zip").is_file()), None)
    if file is None or "/" in name or "\\" in name:
        raise UnknownName("recorded example", name, names())
    folder = cache.folder() / "examples" / digest(file)[:16] / name
    extract(file, folder)
    return _read(name, folder)


def _places() -> list[Path]:
    """Return where to look: a checkout's own ``data`` first, which may be newer than what was packed."""
    root = _HERE.parents[1]
    return [root / "data", _HERE] if (root / "pyproject.toml").is_file() else [_HERE]


def _read(name: str, folder: Path) -> Example:
    try:
        told = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        if told["schema"] > SCHEMA:
            raise NewerSchema(
                f"The example {name!r} is of a newer alviz (schema {told['schema']}; this one reads up to {SCHEMA})."
            )
        return Example(name, folder, told["title"], told["run"], told["command"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DamagedFile(
            f"{folder} is no recorded example: {ABOUT} cannot be read ({error!r}). Delete the folder: it is made again."
        ) from error
