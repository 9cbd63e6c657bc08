"""`export_pseudo_labels`: what a fit predicts for what nobody has labeled, marked as that."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from alviz.errors import ArrayDropped, InvalidInput
from alviz.exchange import tables
from alviz.exchange.files import CSV, PARQUET, check_target, format_of, whole_file
from alviz.exchange.rows import about, row_names
from alviz.numeric.entropy import entropy
from alviz.store import Run

COLUMNS = ("id", "name", "pseudo_label", "pseudo_class", "certainty", "entropy", "cycle", "kind")


def export_pseudo_labels(
    run: Run,
    path: str | PathLike[str],
    cycle: int | None = None,
    least: float = 0.0,
    *,
    format: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the predicted class of every example that has no label now. `import_labels` refuses such a file.

    The columns are id, name, pseudo_label (the class name), pseudo_class (its number), certainty (the highest
    probability), entropy (of all, in nats), cycle, and kind, which is ``pseudo`` in every row.

    Parameters
    ----------
    run : Run
    path : path
        Ends in .csv or .parquet.
    cycle : int, optional
        Whose fit predicts; the last one by default.
    least : float
        The certainty that a row needs to be in, 0 to 1.
    format : {"csv", "parquet"}, optional
        By default as the name ends.
    overwrite : bool
        Whether a file that is there is replaced.

    Returns
    -------
    Path

    Raises
    ------
    InvalidInput
        For a fit without probabilities, a file that is there, or another format.
    ArrayDropped
        If ``keep=`` left the probabilities out.
    """
    target = check_target(path, overwrite)
    found = format_of(target, format, (CSV, PARQUET))
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1:
        raise InvalidInput(f"least is {least!r}, expected a certainty from 0 to 1.")
    records = _records(run, last_fit(run) if cycle is None else cycle, least)
    write = tables.write_csv if found == CSV else tables.write_parquet
    with whole_file(target) as file:
        write(file, COLUMNS, records, about(run))
    return target


def last_fit(run: Run) -> int:
    """Return the last cycle that is fitted.

    Raises
    ------
    InvalidInput
        If none is.
    """
    fitted = run.fitted
    if not fitted:
        raise InvalidInput(f"Run {run.name!r} has no fit yet: nothing has learned from its labels.")
    return fitted - 1


def _records(run: Run, cycle: int, least: float) -> list[dict[str, Any]]:
    if "probs" in run.dropped(cycle):
        raise ArrayDropped(run.dropped_message(cycle, "fit", "probs"))
    probs = run.snapshot(cycle).probs
    if probs is None:
        raise InvalidInput(f"Cycle {cycle} of run {run.name!r} has no probabilities: its fit learned from no label.")
    tally, names = run.book.look(), row_names(run)
    # Names as they are now: a class that was renamed is still the same class.
    labels, classes = tally.held(run.initial.by_id()), tally.classes
    unlabeled = np.setdiff1d(np.arange(run.size), list(labels))
    certainty = probs[unlabeled].max(axis=1)
    sure = certainty >= least
    rows = unlabeled[sure]
    return [
        {
            "id": id,
            "name": "" if names is None else str(names[id]),
            "pseudo_label": classes[number],
            "pseudo_class": number,
            "certainty": float(certain),
            "entropy": float(unsure),
            "cycle": cycle,
            "kind": "pseudo",
        }
        for id, number, certain, unsure in zip(
            rows.tolist(), probs[rows].argmax(axis=1).tolist(), certainty[sure], entropy(probs[rows]), strict=True
        )
    ]
