"""How far samplers agree at the cycles of a sweep's runs, as it was found when the features were there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alviz.store.files import read_json, write_json

NAME = "agreement.json"


def write(sweep: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep one row per seed, cycle and pair of samplers; all rows have the same columns."""
    columns = list(rows[0]) if rows else []
    write_json(sweep / NAME, {"columns": columns, "rows": [[row[name] for name in columns] for row in rows]})


def read(sweep: Path) -> list[dict[str, Any]]:
    """Return the rows that were kept; none where nothing was."""
    if not (sweep / NAME).is_file():
        return []
    told = read_json(sweep / NAME)
    return [dict(zip(told["columns"], row, strict=True)) for row in told["rows"]]
