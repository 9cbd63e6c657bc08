"""Looks every now and then whether somebody else has written into a label book."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

_SECONDS = 1.0


def watch(
    path: Callable[[Any], Path], changed: Callable[[Any], None], owner: object, seconds: float = _SECONDS
) -> None:
    """Call ``changed(owner)`` after the file ``path(owner)`` has grown, for as long as the owner is used.

    It is called in a thread of its own, also for what the owner has written itself.
    """
    threading.Thread(
        target=_watch, args=(weakref.ref(owner), path, changed, seconds), daemon=True, name="alviz-book-watch"
    ).start()


def _watch(
    reference: weakref.ref[object], path: Callable[[Any], Path], changed: Callable[[Any], None], seconds: float
) -> None:
    before: tuple[Path, int] | None = None
    while True:
        owner = reference()
        if owner is None:
            return
        book = path(owner)
        seen = (book, _size(book))
        if before is not None and seen != before:
            changed(owner)
        before = seen
        del owner  # or it would never be let go of
        time.sleep(seconds)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # not there yet, or the run folder is gone: who follows the run says so
        return 0
