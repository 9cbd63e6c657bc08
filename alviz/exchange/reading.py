"""Any file of labels, or folder of classes, into what stands in it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from alviz.errors import ConfigMismatch, InvalidInput
from alviz.exchange import coco, folders, label_studio, tables
from alviz.exchange.files import COCO, CSV, FOLDER, LABEL_STUDIO, PARQUET, format_of
from alviz.exchange.given import Given
from alviz.exchange.json_fields import load

_AMONG = (CSV, PARQUET, COCO, LABEL_STUDIO, FOLDER)


def read(path: str | PathLike[str], format: str | None, digest: str) -> Given:
    """Return what a file says of the pool of that digest.

    Raises
    ------
    InvalidInput
        If it cannot be read, or holds something else than labels.
    ConfigMismatch
        If it tells that its ids are rows of another pool.
    """
    given = _read(Path(path), format)
    if given.pool not in (None, digest):
        raise ConfigMismatch(
            f"{given.path} holds labels of another pool (digest {str(given.pool)[:12]}…, expected {digest[:12]}…): its "
            "ids are rows of that one. A CSV with the columns name and label goes by names alone."
        )
    return given


def _read(path: Path, format: str | None) -> Given:
    if not path.exists():
        raise InvalidInput(f"There is no file {path}.")
    found = FOLDER if path.is_dir() and format is None else format_of(path, format, _AMONG)
    if (found == FOLDER) != path.is_dir():
        there, expected = ("a folder", "a file") if path.is_dir() else ("a file", "a folder")
        raise InvalidInput(f"{path} is {there}, and format={found!r} needs {expected}.")
    if found == FOLDER:
        return folders.read(path)
    if found == CSV:
        return tables.read_csv(path)
    if found == PARQUET:
        return tables.read_parquet(path)
    data = load(path)
    if found != LABEL_STUDIO and isinstance(data, dict):
        return coco.read(path, data)
    if found != COCO and isinstance(data, list):
        return label_studio.read(path, data)
    wanted = {COCO: "an object with images, categories and annotations", LABEL_STUDIO: "a list of tasks"}
    expected = wanted.get(found) or " or ".join(wanted.values())
    raise InvalidInput(f"{path} holds {type(data).__name__} at its top, expected {expected}.")
