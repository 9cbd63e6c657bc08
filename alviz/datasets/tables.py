"""Pools from tables in files, Parquet and Arrow: with vectors, labels, the user's own ids and thumbnails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alviz.datasets import columns
from alviz.errors import AlvizWarning, InvalidInput
from alviz.pool import Pool, class_names
from alviz.task import Classification

# Rows read at a time.
_BATCH = 16_384


def table(
    path: str | PathLike[str],
    *,
    features: str | Sequence[str] | None = None,
    label: str | None = "label",
    id: str | None = None,
    thumbnail: str | None = None,
    classes: Sequence[str] | None = None,
    test: str | PathLike[str] | float | None = None,
    seed: int = 0,
) -> Pool:
    """Return a pool of vectors from a Parquet or an Arrow (Feather) file, whichever its first bytes say.

    Parameters
    ----------
    path : path
    features : str or sequence of str, optional
        A column of lists of numbers, all of one length, or several columns of numbers. By default the one
        column of lists, or else every column of numbers that has no other meaning.
    label : str or None
        The column of labels: names, or whole numbers 0..C-1; empty where the label is not known. None for a
        pool without labels (`classes` then names them).
    id : str, optional
        A column with your own name of each row; ids in alviz stay row numbers (`Pool.row_names` tells yours).
    thumbnail : str, optional
        A column with the path of an image for each row, absolute or beside the file.
    classes : sequence of str, optional
        Class names in the order of the labels; by default as found, names sorted.
    test : path or float, optional
        A second file with the test split, or the share of the labeled rows to set aside.
    seed : int
        Of the split.

    Returns
    -------
    Pool
        A float32 column of lists of fixed size that lies in one chunk of an Arrow file is memory-mapped as it
        stands. Other vectors of more than 1 GiB are written once to alviz's cache folder and memory-mapped.

    Raises
    ------
    InvalidInput
        For a file that is none, columns that are not there (naming those that are), lists of different
        lengths, labels that are no classes, values that are not finite.
    """
    share = test if isinstance(test, float) else None
    second = None if test is None or share is not None else _opened(test)  # type: ignore[arg-type]
    first = _opened(path)
    pool = from_table(first, features, label, id, thumbnail, classes, second, first.path.stem)
    params = {
        "path": str(first.path),
        "features": features if features is None or isinstance(features, str) else list(features),
        "label": label,
        "id": id,
        "thumbnail": thumbnail,
        "classes": None if classes is None else list(classes),
        "test": None if second is None else str(second.path),
    }
    pool = replace(pool, recipe={"dataset": "table", "params": params})
    return pool if share is None else pool.split(share, seed)


def _opened(path: str | PathLike[str]) -> Parquet | Arrow:
    file = existing(path)
    with file.open("rb") as stream:
        return Parquet(file) if stream.read(4) == b"PAR1" else Arrow(file)


@dataclass(frozen=True)
class _File:
    """What tables in files have in common."""

    path: Path

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self.path)

    @property
    def state(self) -> list[Any]:
        """The file as it is now."""
        return columns.file_state(self.path)


@dataclass(frozen=True)
class Parquet(_File):
    """A Parquet file as a `columns.Table`."""

    @cached_property
    def _file(self) -> Any:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile

        try:
            return ParquetFile(self.path, memory_map=True)
        except (ArrowException, OSError) as error:
            raise InvalidInput(f"{self.path} cannot be read as a Parquet file: {_first_line(error)}") from error

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self._file.metadata.num_rows)

    @property
    def schema(self) -> Any:
        """Names and types of the columns."""
        return self._file.schema_arrow

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        """Yield the rows in order."""
        yield from self._file.iter_batches(_BATCH, columns=list(names))

    def whole(self, column: str) -> Any | None:
        """Return None: pages of Parquet are encoded, and have to be copied."""
        return None


@dataclass(frozen=True)
class Arrow(_File):
    """An Arrow file or stream as a `columns.Table`, memory-mapped."""

    @cached_property
    def _table(self) -> Any:
        import pyarrow as pa

        try:
            source = pa.memory_map(str(self.path))
            try:
                return pa.ipc.open_file(source).read_all()
            except pa.ArrowInvalid:
                source.seek(0)
                return pa.ipc.open_stream(source).read_all()
        except (pa.ArrowException, OSError) as error:
            raise InvalidInput(f"{self.path} is neither a Parquet nor an Arrow file: {_first_line(error)}") from error

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self._table.num_rows)

    @property
    def schema(self) -> Any:
        """Names and types of the columns."""
        return self._table.schema

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        """Yield the rows in order."""
        yield from self._table.select(list(names)).to_batches(_BATCH)

    def whole(self, column: str) -> Any | None:
        """Return the column if it is one chunk."""
        chunks = self._table.column(column)
        return chunks.chunk(0) if chunks.num_chunks == 1 else None


def from_table(
    table: columns.Table,
    features: str | Sequence[str] | None,
    label: str | None,
    id: str | None,
    thumbnail: str | None,
    classes: Sequence[str] | None,
    test: columns.Table | None,
    name: str,
) -> Pool:
    """Return the pool of a table, and of a second one for the test split."""
    others = (label, id, thumbnail)
    for part in filter(None, (table, test)):
        if part.rows == 0:
            raise InvalidInput(f"{part.name} has 0 rows.")
        columns.check_columns(part, others if part is table else (label,))
    names = columns.feature_columns(table, features, others)
    if test is not None:
        columns.check_columns(test, names)
    y, y_test, class_list = numbered(table, label, classes, test)
    X = columns.matrix(table, names)
    return Pool(
        X,
        np.full(len(X), -1) if y is None else y,
        Classification(class_list),
        None if test is None else columns.matrix(test, names),
        y_test,
        name=name,
        row_names=None if id is None else columns.texts(table, id),
        thumbnail_paths=None if thumbnail is None else _files(columns.texts(table, thumbnail), table),
    )


def existing(path: str | PathLike[str]) -> Path:
    """Return the absolute path of a file that is there."""
    file = Path(fspath(path)).absolute()
    if not file.is_file():
        raise InvalidInput(f"There is no file {file}.")
    return file


def numbered(
    table: columns.Table, label: str | None, classes: Sequence[str] | None, test: columns.Table | None
) -> tuple[NDArray[Any] | None, NDArray[Any] | None, tuple[str, ...]]:
    """Return the labels as numbers, those of the test split, and the class names."""
    if label is None:
        if classes is None:
            raise InvalidInput(f"Without labels in {table.name}, classes=[...] has to name the classes.")
        return None, None, tuple(map(str, classes))
    train = columns.labels(table, label)
    found = [train] if test is None else [train, columns.labels(test, label)]
    if len({named for _, named in found}) > 1:
        raise InvalidInput(f"The label column {label!r} holds names in one file and numbers in the other.")
    if train[1]:
        seen = sorted({value for values, _ in found for value in values if value is not None})
        names = tuple(seen) if classes is None else tuple(map(str, classes))
        unknown = [value for value in seen if value not in names]
        if unknown:
            raise InvalidInput(
                f"The label column {label!r} of {table.name} holds {len(unknown)} name(s) that are not among classes, "
                f"the first is {unknown[0]!r}."
            )
        number = {name: place for place, name in enumerate(names)} | {None: -1}
        numbers = [np.array([number[value] for value in values], dtype=np.int64) for values, _ in found]
    else:
        numbers = [values for values, _ in found]
        names = class_names(np.concatenate(numbers), classes)
    if len(names) < 2:
        shown = f"the class {names[0]!r} only" if names else "no class"
        raise InvalidInput(
            f"The label column {label!r} of {table.name} shows {shown}; at least 2 are needed. Pass classes=[...] to "
            "name them all."
        )
    return numbers[0], numbers[1] if len(numbers) > 1 else None, names


def _files(paths: NDArray[np.str_], table: columns.Table) -> NDArray[np.str_]:
    """Return absolute paths of thumbnails, those beside the table's file found from there."""
    import warnings

    beside = table.path.parent if table.path is not None else Path.cwd()
    files = [str(beside / path) if path else "" for path in paths.tolist()]
    missing = [path for path in files if not Path(path).is_file()]
    if missing:
        warnings.warn(
            f"{len(missing)} of {len(files)} thumbnails of {table.name} are not there, the first is {missing[0]!r}. "
            "They are shown gray.",
            AlvizWarning,
            stacklevel=2,
        )
    return np.array(files, dtype=np.str_)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
