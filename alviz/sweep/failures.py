"""Runs that failed, each with its traceback, for as long as they are not made after all."""

from __future__ import annotations

from pathlib import Path

from alviz.store.files import read_json, write_json
from alviz.sweep.job import Outcome

_FOLDER = "failed"


def write(sweep: Path, outcome: Outcome) -> None:
    """Keep why a run failed."""
    (sweep / _FOLDER).mkdir(exist_ok=True)
    write_json(
        sweep / _FOLDER / f"{outcome.name}.json",
        {"run": outcome.name, "error": outcome.error, "traceback": outcome.traceback},
    )


def clear(sweep: Path, name: str) -> None:
    """Forget that a run failed: it was made."""
    (sweep / _FOLDER / f"{name}.json").unlink(missing_ok=True)


def read(sweep: Path) -> dict[str, tuple[str, str]]:
    """Return (error, traceback) of every run that failed, by its name."""
    told = [read_json(path) for path in sorted((sweep / _FOLDER).glob("*.json"))]
    return {one["run"]: (one["error"], one["traceback"]) for one in told}
