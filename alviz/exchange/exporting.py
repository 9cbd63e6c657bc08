"""`export_labels`: the labels of a run into a file."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from alviz.errors import InvalidInput
from alviz.exchange import coco, label_studio, tables
from alviz.exchange.files import COCO, CSV, JSON, LABEL_STUDIO, PARQUET, check_target, format_of, whole_file
from alviz.exchange.rows import COLUMNS, about, rows
from alviz.store import Run

FORMATS = (CSV, PARQUET, COCO, LABEL_STUDIO)


def export_labels(run: Run, path: str | PathLike[str], format: str | None = None, *, overwrite: bool = False) -> Path:
    """Write all labels of a run that hold now: the last answers of its label book over the initial labels.

    Examples that were set aside, or of which there is only a note, are in as rows without a label, with `why`. Row
    names are left out where the pool cannot be loaded here.

    Parameters
    ----------
    run : Run
        Any run of a family: they share one label book.
    path : path
        Ends in .csv, .parquet or .json.
    format : {"csv", "parquet", "coco", "label-studio"}, optional
        By default as the name ends; needed for .json.
    overwrite : bool
        Whether a file that is there is replaced.

    Returns
    -------
    Path
        Where the file stands: whole, or not at all.

    Raises
    ------
    InvalidInput
        For a file that is there, or another format.
    DiskFull
        Nothing was written.
    """
    target = check_target(path, overwrite)
    found = format_of(target, format, FORMATS)
    if found == JSON:
        raise InvalidInput(f"{target} may be of two kinds: pass format='coco' or format='label-studio'.")
    told = rows(run)
    with whole_file(target) as file:
        if found == COCO:
            coco.write(file, told, about(run))
        elif found == LABEL_STUDIO:
            label_studio.write(file, told, about(run))
        else:
            write = tables.write_csv if found == CSV else tables.write_parquet
            write(file, COLUMNS, map(tables.cells, told), about(run))
    return target
