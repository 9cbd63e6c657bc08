"""The label book: every answer ever given, one JSON line each, append-only."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from io import FileIO
from pathlib import Path
from typing import Any

from filelock import FileLock

from alviz.errors import DamagedFile
from alviz.store.files import no_room, sync_folder

NAME = "labels.jsonl"


def append(root: Path, answers: Sequence[Mapping[str, Any]]) -> None:
    """Append answers to the book of the run folder `root`, flushed to the disk, under a short lock of its own.

    An answer that is the last one to its id already, from an attempt that did not come to its end, is not
    written twice.
    """
    path = root / NAME
    with no_room(path), FileLock(path.with_name(f".{NAME}.lock"), thread_local=False):
        last = {answer["id"]: _said(answer) for answer in read(root)}
        new = [answer for answer in answers if last.get(answer["id"]) != _said(answer)]
        rest = "".join(json.dumps(answer) + "\n" for answer in new).encode()
        # Unbuffered: closing the file has nothing left to write, also after an error.
        with path.open("ab+", buffering=0) as file:
            size = _whole_size(file)
            file.truncate(size)  # what a kill cut short was never an answer
            try:
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            except BaseException:
                file.truncate(size)
                raise
        sync_folder(root)


def read(root: Path) -> list[dict[str, Any]]:
    """Return all answers in the order in which they were given; a last line without its end is no answer yet.

    Raises
    ------
    DamagedFile
        Naming the line that is not an answer.
    """
    path = root / NAME
    if not path.exists():
        return []
    answers = []
    *lines, _unfinished = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            answer = json.loads(line)
            answers.append({**answer, "id": int(answer["id"]), "label": int(answer["label"])})
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedFile(f"{path}, line {number} is not an answer: {line[:80]!r}.") from error
    return answers


def _said(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes two answers the same one: everything but the time."""
    return {name: value for name, value in answer.items() if name != "when"}


def _whole_size(file: FileIO) -> int:
    """Return the number of bytes up to the end of the last finished line."""
    file.seek(0)
    return file.read().rfind(b"\n") + 1
