"""Forks and their parents: who stands on whom, making a fork independent, deleting a run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from alviz.errors import AlvizError, StoreError
from alviz.store import book
from alviz.store.files import committed, copy_file, read_json, write_json

if TYPE_CHECKING:
    from alviz.store.run import Run


def forks(run: Run) -> list[Path]:
    """Return the folders beside a run that hold forks of it, by name.

    A folder whose ``run.json`` cannot be read is nobody's fork: it cannot be opened either.
    """
    found = []
    for header in sorted(run.path.resolve().parent.glob("*/run.json")):
        try:
            parent = read_json(header)["parent"]
        except AlvizError:
            continue
        if parent is not None and parent["uid"] == run.uid:
            found.append(header.parent)
    return found


def flatten(run: Run) -> None:
    """Copy into a fork what it shares with its parent, then write that it has none."""
    from alviz.store.stages import STAGES
    from alviz.store.writer import exclusively, unfinished_copies

    parent, at = run.parent, run.at
    if parent is None or at is None:
        return
    with exclusively(run.path):
        for copied in unfinished_copies(run):
            shutil.rmtree(copied) if copied.is_dir() else copied.unlink()
        for cycle in range(at + 1):
            for stage in STAGES:
                source = run.folder(cycle, stage)
                if run.owner(cycle, stage) is run or not source.is_dir():
                    continue
                with committed(run.path / "cycles" / source.parent.name / stage) as folder:
                    for file in source.iterdir():
                        copy_file(file, folder / file.name)
        if (run.root.path / book.NAME).is_file():
            copy_file(run.root.path / book.NAME, run.path / book.NAME)
        # Until here nobody looks at the copies: this one file decides.
        header = {**run.header, "parent": None}
        write_json(run.path / "run.json", header)
        run.become(header)


def delete(run: Run) -> None:
    """Remove a run folder, from its name on: a kill leaves at most a hidden folder that is no run."""
    from alviz.store.writer import take

    standing = forks(run)
    if standing:
        names = ", ".join(path.name for path in standing)
        raise StoreError(
            f"{run.path} is the parent of {names}: deleting it would take their first cycles. Delete those first, or "
            "Run.open(fork).flatten() makes each independent."
        )
    hidden = run.path.with_name(f".{run.path.name}.deleted")
    lock = take(run.path)
    try:
        shutil.rmtree(hidden, ignore_errors=True)
        run.path.rename(hidden)
    finally:
        lock.release()
    shutil.rmtree(hidden)
