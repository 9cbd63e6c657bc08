"""What the tests of runs share: a small pool, the configuration of a fast run, and what two runs must have alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import alviz
from alviz import Pool, Run

FAST: dict[str, Any] = {"learner": "linear", "sampler": "margin", "initial": 12, "budget": 5, "seed": 3}


def few(n: int = 160) -> Pool:
    """Return the first `n` of the digits, with 80 to test on, as a pool that no recipe can load."""
    digits = alviz.datasets.digits()
    assert digits.X_test is not None
    assert digits.y_test is not None
    return alviz.datasets.arrays(
        digits.X[:n], digits.y[:n], digits.X_test[:80], digits.y_test[:80], classes=digits.classes, name="few"
    )


def story(run: Run) -> dict[str, Any]:
    """Return all that a run computed, down to the last bit; without what differs by nature: times and names."""
    told: dict[str, Any] = {"fitted": run.fitted, "picked": run.picked, "closed": run.closed}
    for cycle in range(run.fitted):
        record, snapshot, labels = run.record(cycle), run.snapshot(cycle), run.labeled(cycle)
        told[f"fit {cycle}"] = {
            "metrics": dict(record.metrics),
            "learner": record.learner,
            "notes": record.notes,
            "labeled": (labels.ids.tolist(), labels.values.tolist()),
            "features": _bits(snapshot.features),
            "probs": _bits(snapshot.probs),
            "head": None if snapshot.head is None else _bits(snapshot.head.weight) + _bits(snapshot.head.bias),
        }
        selection = run.selection(cycle)
        if selection is not None:
            told[f"pick {cycle}"] = {
                "sampler": record.sampler,
                "ids": selection.ids.tolist(),
                "scores": _bits(selection.scores),
                "extra": {name: _bits(value) for name, value in sorted(selection.extra.items())},
            }
        if cycle < run.closed:
            answers = run.answers(cycle)
            told[f"labels {cycle}"] = (record.oracle, answers.ids.tolist(), answers.values.tolist())
    return told


def _bits(value: Any) -> bytes:
    return b"" if value is None else np.asarray(value).tobytes()


def files(folder: Path) -> dict[str, int]:
    """Return every file below a folder with its size, hidden ones too; not the lock's own."""
    return {
        str(path.relative_to(folder)): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (".writer.lock", ".writer.json", ".labels.jsonl.lock")
    }


def book(run: Run) -> list[dict[str, Any]]:
    """Return the label book without the times."""
    return [{name: value for name, value in answer.items() if name != "when"} for answer in run.label_book()]


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes; not the lock's own."""
    return {name: (folder / name).read_bytes() for name in files(folder)}


def flip(path: Path, at: int = -1) -> None:
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def plain_json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))
