"""Files that are made once and may be deleted: content-addressed, each there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def folder() -> Path:
    """Return where cached files stand: ``ALVIZ_CACHE``, or alviz's folder among the user's caches."""
    from platformdirs import user_cache_path

    given = os.environ.get("ALVIZ_CACHE")
    return Path(given) if given else user_cache_path("alviz", appauthor=False)


def made(kind: str, key: str, suffix: str, make: Callable[[Path], None]) -> Path:
    """Return the file of that kind and key, made now if it is not there.

    Parameters
    ----------
    kind : str
        The subfolder ("vectors").
    key : str
        Names everything that the content depends on; becomes the file's name.
    suffix : str
        With its dot.
    make : callable
        ``make(path)`` writes the content to a path of its own; what it raises leaves nothing behind.
    """
    path = folder() / kind / f"{key}{suffix}"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{key}-{os.getpid()}{suffix}")
    try:
        make(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path
