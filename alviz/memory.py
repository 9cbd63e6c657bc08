"""How much memory may be used, and whether examples will fit, asked before any of them is read."""

from __future__ import annotations

import os
import re

import psutil

from alviz.errors import InvalidInput

_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
_ENVIRONMENT = "ALVIZ_MAX_MEMORY"
_limit: int | None = None


def max_memory() -> int:
    """Return how many bytes may be taken for work: the limit, where one is set, or else what is free."""
    if _limit is not None:
        return _limit
    told = os.environ.get(_ENVIRONMENT)
    return psutil.virtual_memory().available if told is None else _bytes(told, _ENVIRONMENT)


def set_max_memory(limit: int | str | None) -> None:
    """Limit what samplers take for their work in this process; the environment's ``ALVIZ_MAX_MEMORY`` does the same.

    Blocks become smaller and less is kept, so that it takes longer; results stay the same. Examples and features
    that are there already do not count.

    Parameters
    ----------
    limit : int, str or None
        Bytes, or a text such as ``"2 GB"``; None ends the limit.
    """
    global _limit
    _limit = None if limit is None else _bytes(limit, "max_memory")


def _bytes(told: int | str, what: str) -> int:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?b)?\s*", str(told).lower())
    size = int(float(found[1]) * _UNITS[found[2] if found[2] not in (None, "b") else ""]) if found else 0
    if size < 10**6:
        raise InvalidInput(
            f"{what} is {told!r}, expected at least 1 MB, as a number of bytes or a text such as '2 GB'."
        )
    return size


def check_memory(rows: int, row_bytes: int, what: str, remedy: str) -> None:
    """Refuse to make an array that the machine has no room for. A container's own limit is not known here.

    Parameters
    ----------
    rows, row_bytes : int
        The array's rows, and the bytes of each; a product beyond 64 bits is fine.
    what : str
        What the array would hold, as the first words of the message ("The images of photos.zip").
    remedy : str
        The last sentence of the message: what to do instead.

    Raises
    ------
    InvalidInput
        With what is needed and what is free.
    """
    needed, free = int(rows) * int(row_bytes), min(max_memory(), psutil.virtual_memory().available)
    if needed > free:
        raise InvalidInput(
            f"{what} would take {_size(needed)} of memory ({rows:,} rows of {row_bytes:,} bytes), "
            f"{_size(free)} are free. {remedy}"
        )


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
