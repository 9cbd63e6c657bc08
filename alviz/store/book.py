"""The label book: every answer ever given, one JSON line each, append-only."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from alviz.errors import DamagedFile
from alviz.store.files import no_room

NAME = "labels.jsonl"


def append(root: Path, answers: Sequence[dict[str, Any]]) -> None:
    """Append answers to the book of the run folder `root`, flushed to the disk, under a short lock of its own."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    text = "".join(json.dumps({**answer, "when": now}) + "\n" for answer in answers)
    path = root / NAME
    with FileLock(path.with_name(f".{NAME}.lock"), thread_local=False), no_room(path), path.open("ab+") as file:
        # A line that a kill cut short gets its end, so that it cannot swallow the next one.
        if file.tell() and not _ends_line(file):
            text = "\n" + text
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def read(root: Path) -> list[dict[str, Any]]:
    """Return all answers in the order in which they were given; a last line without its end is no answer yet."""
    path = root / NAME
    if not path.exists():
        return []
    answers = []
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            answers.append(json.loads(line))
        except ValueError as error:
            if _cut_short(line):
                continue
            raise DamagedFile(f"{path}, line {number} is not an answer: {line[:80]!r}.") from error
    return answers


def _cut_short(line: bytes) -> bool:
    """Whether a kill ended the writing of this line: it starts as an answer does and has no end."""
    return line.startswith(b"{") and not line.rstrip().endswith(b"}")


def _ends_line(file: Any) -> bool:
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) == b"\n")
