"""Pools from Hugging Face datasets (the extra ``alviz[huggingface]``)."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from alviz.datasets import columns
from alviz.datasets.image_form import Fit, Form, common_form
from alviz.datasets.image_pixels import decode, quiet_decoders, read_header, why_unreadable
from alviz.datasets.tables import from_table, numbered
from alviz.errors import InvalidInput
from alviz.memory import check_memory
from alviz.pool import Pool
from alviz.task import Classification

_BATCH = 1_000


def hugging_face(
    dataset: Any,
    *,
    label: str | None = "label",
    image: str | None = None,
    features: str | Sequence[str] | None = None,
    id: str | None = None,
    classes: Sequence[str] | None = None,
    test: Any = None,
    size: tuple[int, int] | None = None,
    fit: Fit = "crop",
    channels: Literal[1, 3] | None = None,
    seed: int = 0,
    name: str = "hugging_face",
) -> Pool:
    """Return the pool of a Hugging Face dataset that you loaded: images, or vectors from columns of numbers.

    Parameters
    ----------
    dataset : datasets.Dataset or datasets.DatasetDict
        Of a dict, ``"train"`` is the pool and ``"test"``, if it is there, the test split.
    label : str or None
        The column of labels: a ClassLabel, names, or whole numbers; missing or -1 where not known.
    image : str, optional
        The column of images; by default the one column of images, if there is one.
    features : str or sequence of str, optional
        The columns of vectors where there are no images, as for `alviz.datasets.table`.
    id : str, optional
        A column with your own name of each row.
    classes : sequence of str, optional
        Class names in the order of the labels; by default those of the ClassLabel, or as found.
    test : datasets.Dataset or float, optional
        The test split, or the share of the labeled rows to set aside.
    size, fit, channels
        Of images, as for `alviz.datasets.image_folder`.
    seed : int
        Of the split.
    name : str
        What figures call the pool. It has no recipe: pass it again when a run is resumed.
    """
    train, second = _splits(dataset, test)
    share = test if isinstance(test, float) else None
    tables = [_Rows(part) for part in (train, second) if part is not None]
    first, other = tables[0], tables[1] if second is not None else None
    columns.check_columns(first, (label, image, id))
    if classes is None and label is not None:
        classes = getattr(train.features[label], "names", None)
    image = image or _only_image(train)
    if image is None:
        pool = from_table(first, features, label, id, None, classes, other, name)
    else:
        X = _images(tables, image, size, channels, fit)
        y, y_test, found = numbered(first, label, classes, other)
        pool = Pool(
            X[0],
            np.full(len(X[0]), -1) if y is None else y,
            Classification(found),
            X[1] if other is not None else None,
            y_test,
            name=name,
            row_names=None if id is None else columns.texts(first, id),
        )
    return pool if share is None else pool.split(share, seed)


@dataclass(frozen=True)
class _Rows:
    """A Hugging Face dataset as a `columns.Table`."""

    dataset: Any

    @property
    def path(self) -> Path | None:
        """None: it stands in files of its own."""
        return None

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"the dataset ({self.dataset.split or 'no split'}, {len(self.dataset):,} rows)"

    @property
    def state(self) -> list[Any]:
        """Its fingerprint: that of its rows and all that was done to them."""
        return [self.dataset._fingerprint]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.dataset)

    @property
    def schema(self) -> Any:
        """Names and types of the columns."""
        return self.dataset.features.arrow_schema

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        """Yield the rows in order."""
        yield from self.dataset.select_columns(list(names)).with_format("arrow").iter(_BATCH)

    def whole(self, column: str) -> Any | None:
        """Return None: rows may be chosen and reordered by an index."""
        return None


def _splits(dataset: Any, test: Any) -> tuple[Any, Any]:
    """Return the dataset of the pool, and that of the test split or None."""
    if isinstance(dataset, Mapping):
        if "train" not in dataset:
            raise InvalidInput(f"The dataset has the splits {', '.join(dataset)}: pass the one to use, dataset[...].")
        dataset, test = dataset["train"], dataset.get("test") if test is None else test
    for part in (dataset, None if isinstance(test, float) else test):
        if part is not None and not all(hasattr(part, needed) for needed in ("features", "with_format", "__len__")):
            raise InvalidInput(
                f"{type(part).__name__} is no dataset with rows to choose from: expected a datasets.Dataset or "
                "DatasetDict, as datasets.load_dataset(...) returns without streaming."
            )
    return dataset, None if isinstance(test, float) else test


def _only_image(dataset: Any) -> str | None:
    """Return the one column of images, or None."""
    found = [name for name, kind in dataset.features.items() if type(kind).__name__ == "Image"]
    if len(found) > 1:
        raise InvalidInput(f"The dataset has several columns of images ({', '.join(found)}): name one, image=...")
    return found[0] if found else None


def _images(
    tables: Sequence[_Rows],
    column: str,
    size: tuple[int, int] | None,
    channels: Literal[1, 3] | None,
    fit: Fit,
) -> list[NDArray[np.uint8]]:
    """Return the images of both splits in one form."""
    with quiet_decoders():
        headers = [_told(read_header, io.BytesIO(data), row) for t in tables for row, data in _files(t, column)]
        form = common_form(Path(f"column {column!r}"), headers, size, channels, fit)
        check_memory(
            sum(table.rows for table in tables),
            int(np.prod(form.shape)),
            f"The images of column {column!r}",
            "Pass a smaller size=.",
        )
        return [_decoded(table, column, form) for table in tables]


def _decoded(table: _Rows, column: str, form: Form) -> NDArray[np.uint8]:
    X = np.empty((table.rows, *form.shape), dtype=np.uint8)
    for row, data in _files(table, column):
        X[row] = _told(decode, data, row, form)
    return X


def _files(table: _Rows, column: str) -> Iterator[tuple[int, bytes]]:
    """Yield (row, the bytes of its image file)."""
    row = 0
    for batch in table.batches([column]):
        for value in batch.column(column).to_pylist():
            if value is None or not (value.get("bytes") or value.get("path")):
                raise InvalidInput(f"Row {row} of column {column!r} holds no image.")
            yield row, value["bytes"] or Path(value["path"]).read_bytes()
            row += 1


def _told(read: Any, data: Any, row: int, *more: Any) -> Any:
    """Return what `read` makes of an image; one that cannot be read is told by its row."""
    try:
        return read(data, *more)
    except Exception as error:  # decoders raise whatever they like on damaged files
        raise InvalidInput(f"The image of row {row} cannot be read: {why_unreadable(error)}.") from error
