"""From the columns of a table to the arrays of a pool, a batch of rows at a time."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from alviz import cache
from alviz.errors import InvalidInput
from alviz.memory import check_memory

# A larger matrix (bytes as float32) is kept in a file and memory-mapped.
LARGE = 2**30


class Table(Protocol):
    """What is asked of a table."""

    @property
    def path(self) -> Path | None:
        """The file that it stands in, if it stands in one."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def state(self) -> list[Any]:
        """What changes when its content does, as JSON holds it."""

    @property
    def rows(self) -> int:
        """Number of rows."""

    @property
    def schema(self) -> Any:
        """Names and types of its columns, a ``pyarrow.Schema``."""

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        """Yield the rows in order, as ``pyarrow.RecordBatch`` or ``Table``."""

    def whole(self, column: str) -> Any | None:
        """Return a column that lies in one piece where it can be read without a copy, or None."""


def check_columns(table: Table, columns: Sequence[str | None]) -> None:
    """Refuse names of columns that the table does not have, saying which it has."""
    missing = [name for name in columns if name is not None and name not in table.schema.names]
    if missing:
        raise InvalidInput(
            f"{table.name} has no column {', '.join(map(repr, missing))}. Its columns: {_described(table)}."
        )


def feature_columns(table: Table, features: str | Sequence[str] | None, others: Sequence[str | None]) -> list[str]:
    """Return the columns that hold the vectors: one of lists, or several of numbers.

    Parameters
    ----------
    features : str, sequence of str, or None
        As given by the user; None takes the one column of lists, or else every column of numbers that is
        not among `others`.
    """
    types = pa_types()
    schema = table.schema
    if features is not None:
        named = [features] if isinstance(features, str) else list(features)
        check_columns(table, named)
        lists = [name for name in named if _is_list(schema.field(name).type)]
        numbers = [name for name in named if _is_number(schema.field(name).type)]
        if not named or (lists and len(named) > 1) or len(lists) + len(numbers) < len(named):
            raise InvalidInput(
                f"features={features!r} of {table.name}: expected one column of lists of numbers, or "
                f"several of numbers. Its columns: {_described(table)}."
            )
        return named
    free = [name for name in schema.names if name not in others]
    lists = [name for name in free if _is_list(schema.field(name).type)]
    if len(lists) > 1:
        raise InvalidInput(f"{table.name} has several columns of lists ({', '.join(lists)}): name one, features=...")
    numbers = [
        name for name in free if _is_number(schema.field(name).type) and not types.is_boolean(schema.field(name).type)
    ]
    if not lists and not numbers:
        raise InvalidInput(f"{table.name} has no column of numbers to learn from. Its columns: {_described(table)}.")
    return lists or numbers


def matrix(table: Table, columns: Sequence[str]) -> NDArray[np.float32]:
    """Return the vectors (n, d) as float32: in memory, or memory-mapped where they are `LARGE`."""
    if len(columns) == 1:
        piece = table.whole(columns[0])
        if piece is not None and _is_flat(piece.type):
            return piece.flatten().to_numpy(zero_copy_only=True).reshape(table.rows, -1)
    width = _width(table, columns)
    size = 4 * table.rows * width
    if size <= LARGE:
        check_memory(table.rows, 4 * width, table.name, "Choose fewer columns, or split the file.")
        X = np.empty((table.rows, width), dtype=np.float32)
        _fill(X, table, columns)
        return X
    path = cache.made("vectors", _key(table, columns), ".npy", lambda draft: _write(draft, table, columns, width))
    mapped: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    return mapped


def texts(table: Table, column: str) -> NDArray[np.str_]:
    """Return a column as text (n,); a missing value is an empty text."""
    values: list[str] = []
    for batch in table.batches([column]):
        values += ["" if value is None else str(value) for value in batch.column(column).to_pylist()]
    return np.array(values, dtype=np.str_)


def labels(table: Table, column: str) -> tuple[NDArray[Any], bool]:
    """Return a label column (n,), and whether it holds names.

    Names are an object array with None where the label is missing; numbers are float64 with NaN there, or int64.
    """
    types = pa_types()
    type_ = table.schema.field(column).type
    value_type = type_.value_type if types.is_dictionary(type_) else type_
    named = types.is_string(value_type) or types.is_large_string(value_type) or types.is_boolean(value_type)
    if not named and not _is_number(value_type):
        raise InvalidInput(
            f"The label column {column!r} of {table.name} holds {type_}, expected names (text) or whole numbers."
        )
    found: list[Any] = []
    for batch in table.batches([column]):
        found += batch.column(column).to_pylist()
    if named:
        return np.array([None if value is None else str(value) for value in found], dtype=object), True
    if any(value is None for value in found) or types.is_floating(value_type):
        return np.array([np.nan if value is None else value for value in found], dtype=np.float64), False
    return np.array(found, dtype=np.int64), False


def pa_types() -> Any:
    """Return ``pyarrow.types``, imported when a table is read."""
    import pyarrow

    return pyarrow.types


def _is_number(type_: Any) -> bool:
    types = pa_types()
    return bool(types.is_integer(type_) or types.is_floating(type_) or types.is_boolean(type_))


def _is_list(type_: Any) -> bool:
    types = pa_types()
    lists = types.is_list(type_) or types.is_large_list(type_) or types.is_fixed_size_list(type_)
    return bool(lists and _is_number(type_.value_type))


def _is_flat(type_: Any) -> bool:
    types = pa_types()
    return bool(types.is_fixed_size_list(type_) and types.is_float32(type_.value_type))


def _described(table: Table) -> str:
    return ", ".join(f"{field.name} ({field.type})" for field in table.schema)


def _width(table: Table, columns: Sequence[str]) -> int:
    """Return how many numbers a row has."""
    if not _is_list(table.schema.field(columns[0]).type):
        return len(columns)
    for batch in table.batches(columns):
        first = batch.column(columns[0])[0].as_py() if batch.num_rows else None
        if batch.num_rows:
            return 0 if first is None else len(first)
    return 0


def _fill(X: NDArray[np.float32], table: Table, columns: Sequence[str]) -> None:
    start = 0
    for batch in table.batches(columns):
        stop = start + batch.num_rows
        if _is_list(table.schema.field(columns[0]).type):
            X[start:stop] = _rows_of_lists(batch.column(columns[0]), X.shape[1], table, columns[0], start)
        else:
            for place, name in enumerate(columns):
                X[start:stop, place] = _numbers(batch.column(name))
        start = stop


def _rows_of_lists(column: Any, width: int, table: Table, name: str, start: int) -> NDArray[np.float32]:
    import pyarrow.compute as pc

    if hasattr(column, "combine_chunks"):
        column = column.combine_chunks()
    lengths = pc.list_value_length(column).to_numpy(zero_copy_only=False)
    odd = np.flatnonzero(~(lengths == width))  # NaN, for a missing list, differs too
    if odd.size:
        row = int(odd[0])
        found = "is missing" if np.isnan(float(lengths[row])) else f"has {int(lengths[row])} numbers"
        raise InvalidInput(
            f"Row {start + row} of column {name!r} in {table.name} {found}, row 0 has {width}: all must have as many."
        )
    return _numbers(column.flatten()).reshape(-1, width)


def _numbers(column: Any) -> NDArray[np.float32]:
    """Return numbers as float32, NaN where they are missing."""
    import pyarrow

    with np.errstate(over="ignore"):  # what float32 cannot hold is refused with its row by the pool
        return (
            np.asarray(column.cast(pyarrow.float64()).to_numpy(zero_copy_only=False), dtype=np.float32)
            if (column.null_count)
            else np.asarray(column.to_numpy(zero_copy_only=False)).astype(np.float32, copy=False)
        )


def _write(draft: Path, table: Table, columns: Sequence[str], width: int) -> None:
    needed, free = 4 * table.rows * width, shutil.disk_usage(draft.parent).free
    if free < needed:
        raise InvalidInput(
            f"The vectors of {table.name} take {needed / 1e9:.1f} GB as float32, and {draft.parent} has "
            f"{free / 1e9:.1f} GB left. Free some space, or set ALVIZ_CACHE to a folder elsewhere."
        )
    mapped = np.lib.format.open_memmap(draft, mode="w+", dtype=np.float32, shape=(table.rows, width))
    _fill(mapped, table, columns)
    mapped.flush()


def _key(table: Table, columns: Sequence[str]) -> str:
    """Name what the vectors depend on: the table as it is now, and the columns."""
    told = [list(columns), table.rows, *table.state]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def file_state(path: Path) -> list[Any]:
    """Return what changes when a file does: its place, time and size."""
    told = path.stat()
    return [str(path.resolve()), told.st_mtime_ns, told.st_size]
