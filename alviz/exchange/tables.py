"""Labels as tables, CSV and Parquet: one row per example.

CSV is RFC 4180 in UTF-8. A cell of text that a spreadsheet would take for a formula (it begins with ``=``, ``+``,
``-``, ``@``, a tab or a carriage return) is written with an apostrophe before it: names of files are data of others.
Reading takes that apostrophe away again, so that what comes back is what went out. Parquet has no formulas and is
written as it is.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, BinaryIO

from alviz.errors import InvalidInput
from alviz.exchange.given import Given, line
from alviz.exchange.rows import COLUMNS, About, Row

NUMBERS = ("id", "class", "cycle", "pseudo_class")
_FLOATS = ("certainty", "entropy")
_ALIASES = {"row name": "name", "row_name": "name"}
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_KEY = b"alviz"


@dataclass(frozen=True)
class _Read:
    """A table in a file: its columns, its rows as text, and what it says of itself."""

    columns: list[str]
    rows: Iterable[tuple[str, list[str]]]
    about: Mapping[str, Any]


def cells(row: Row) -> dict[str, Any]:
    """Return a row by column."""
    told = dict(vars(row))
    told["class"] = told.pop("number")
    return {name: told[name] for name in COLUMNS}


def write_csv(file: BinaryIO, columns: Sequence[str], records: Iterable[Mapping[str, Any]], about: About) -> None:
    """Write a table as CSV."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    out = csv.writer(text)
    out.writerow(columns)
    for record in records:
        out.writerow(_cell(name, record[name]) for name in columns)
    text.flush()
    text.detach()


def write_parquet(file: BinaryIO, columns: Sequence[str], records: Iterable[Mapping[str, Any]], about: About) -> None:
    """Write a table as Parquet; the schema's metadata says which pool its ids are rows of."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {name: pa.int64() for name in NUMBERS} | {name: pa.float64() for name in _FLOATS}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in columns])
    told = {"pool": about.pool, "name": about.name, "classes": about.classes, "kind": kind(columns)}
    schema = schema.with_metadata({_KEY: json.dumps(told)})
    plain = [{name: _utf8(value) for name, value in record.items()} for record in records]
    # Into memory first: an error of the disk keeps its number, by which a full one is known.
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(plain, schema=schema), sink)
    file.write(sink.getbuffer())


def kind(columns: Sequence[str]) -> str:
    """Return what a table holds: labels that people gave, or predictions."""
    return "pseudo" if "pseudo_label" in columns else "labels"


def read_csv(path: Path) -> Given:
    """Return what a CSV file holds; a byte-order mark is no matter."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            columns = next(reader, [])
            # A blank line is no row.
            rows = [(f"row {place}", list(map(_plain, row))) for place, row in enumerate(reader, 2) if row]
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{path} is no UTF-8 text ({error.reason} at byte {error.start}): save it as UTF-8."
        ) from error
    except csv.Error as error:
        raise InvalidInput(f"{path} cannot be read as CSV: {error}.") from error
    return _given(path, _Read(columns, rows, {}))


def read_parquet(path: Path) -> Given:
    """Return what a Parquet file holds."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path, partitioning=None)
        told = json.loads((table.schema.metadata or {}).get(_KEY, b"{}"))
    except (pa.ArrowException, OSError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidInput(f"{path} cannot be read as a Parquet file: {first}") from error

    def rows() -> Iterator[tuple[str, list[str]]]:
        place = 0
        for batch in table.to_batches(16_384):
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield f"row {place}", [_text(value) for value in values]
                place += 1

    return _given(path, _Read(table.column_names, rows(), told if isinstance(told, dict) else {}))


def _given(path: Path, read: _Read) -> Given:
    columns = [_ALIASES.get(name.strip().lower(), name.strip()) for name in read.columns]
    _check_columns(path, columns, read.about)
    lines = []
    for place, row in read.rows:
        if len(row) != len(columns):
            raise InvalidInput(f"{path}, {place} has {len(row)} cells, expected {len(columns)}: one per column.")
        lines.append(line(path, place, **dict(zip(columns, row, strict=True))))
    pool = read.about.get("pool")
    return Given(path, lines, pool if isinstance(pool, str) else None, table=True)


def _check_columns(path: Path, columns: Sequence[str], about: Mapping[str, Any]) -> None:
    """Refuse predictions, and columns that are not those of labels."""
    if "pseudo_label" in columns or "kind" in columns or about.get("kind") == "pseudo":
        raise InvalidInput(
            f"{path} holds pseudo-labels: what a model predicted is no answer, and is not imported as one."
        )
    expected = f"expected id or name, and label; there may be {', '.join(COLUMNS[3:])}"
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        near = get_close_matches(unknown[0].lower(), COLUMNS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise InvalidInput(f"{path} has the column(s) {', '.join(map(repr, unknown))}, {expected}.{hint}")
    if len(set(columns)) < len(columns):
        raise InvalidInput(f"{path} has a column more than once: {', '.join(map(repr, columns))}.")
    if "label" not in columns or not {"id", "name"} & set(columns):
        raise InvalidInput(f"{path} has the columns {', '.join(map(repr, columns)) or 'none'}, {expected}.")


def _cell(name: str, value: Any) -> str:
    text = "" if value is None else str(_utf8(value))
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _utf8(value: Any) -> Any:
    """Return text that UTF-8 can hold; names of files need not be any."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _text(value: Any) -> str:
    if value is None or value != value:  # NaN
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
