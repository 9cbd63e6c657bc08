"""`read_labels`: labels for a pool, before there is a run."""

from __future__ import annotations

from os import PathLike

import numpy as np
from numpy.typing import NDArray

from alviz.exchange.matching import RowNames, match
from alviz.exchange.reading import read
from alviz.pool import Pool


def read_labels(path: str | PathLike[str], pool: Pool, format: str | None = None) -> NDArray[np.int64]:
    """Return the labels that a file has for a pool: ``dataclasses.replace(pool, y=read_labels(path, pool))``.

    Parameters
    ----------
    path : path
        As for `import_labels`.
    pool : Pool
    format : {"csv", "parquet", "coco", "label-studio", "folder"}, optional
        By default as the name ends, and as what stands in the file.

    Returns
    -------
    ndarray of int64, (n,)
        -1 where the file has none.

    Raises
    ------
    InvalidInput
        For a file that cannot be read or used, with the first place.
    ConfigMismatch
        If the file holds labels of another pool.
    """
    given = read(path, format, pool.digest)
    found = match(given, RowNames(pool.row_names, len(pool)), pool.classes)
    y = np.full(len(pool), -1, dtype=np.int64)
    for id, label in found.labels.items():
        y[id] = label
    return y
