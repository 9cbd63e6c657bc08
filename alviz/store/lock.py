"""One writer per run folder."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from alviz.errors import RunLocked
from alviz.store.files import no_room

_NAME = ".writer.lock"
_WHO = ".writer.json"
_ADVICE = "Close that runner or end that process; alviz.Run.open(...) reads the run meanwhile."


def acquire(folder: Path, advice: str = _ADVICE) -> FileLock:
    """Return the held lock of `folder`; the system lets go of it when the process ends, however it ends.

    Parameters
    ----------
    folder : Path
    advice : str
        What whoever is refused may do.

    Raises
    ------
    RunLocked
        Naming the process that writes.
    """
    lock = FileLock(folder / _NAME, timeout=0, thread_local=False)
    who = {"pid": os.getpid(), "host": socket.gethostname()}
    with no_room(folder):
        try:
            lock.acquire()
        except Timeout as error:
            raise RunLocked(f"{folder} is being written by {_holder(folder)}. {advice}") from error
        try:
            (folder / _WHO).write_text(json.dumps(who), encoding="utf-8")
        except BaseException:
            lock.release()
            raise
    return lock


def _holder(folder: Path) -> str:
    try:
        who: dict[str, Any] = json.loads((folder / _WHO).read_text(encoding="utf-8"))
        return f"process {who['pid']} on {who['host']}"
    except (OSError, ValueError, KeyError):
        return "another process"
